"""A definition's plain content and where each part of it was written: one file, or a file and what was laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.directory.config.yamlmarks import Marked, PathKey

Key = tuple[str, ...]  # a path with ids and values instead of places in lists, which an overlay moves


@dataclass(frozen=True, slots=True)
class Layer:
    """One file: `places` are line and column (from 1) by key."""

    name: str
    places: Mapping[Key, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Source:
    """`content` is what all layers say together; the last layer that says a part is where it stands."""

    content: Mapping[str, Any]
    layers: tuple[Layer, ...]

    def place(self, path: PathKey) -> tuple[str, int, int]:
        """File, line and column of `path` in the content; of its nearest ancestor, if it is written nowhere."""
        return self.place_of(key_of(self.content, path))

    def place_of(self, key: Key) -> tuple[str, int, int]:
        for length in range(len(key), 0, -1):
            for layer in reversed(self.layers):
                if (found := layer.places.get(key[:length])) is not None:
                    return (layer.name, *found)
        return (self.layers[0].name, 1, 1)


def base(content: Mapping[str, Any], marked: Marked, name: str) -> Source:
    """A whole file on its own."""
    places: dict[Key, tuple[int, int]] = {}
    for path, place in marked.places.items():
        places.setdefault(key_of(marked.value, path), place)
    return Source(content, (Layer(name, places),))


def key_of(content: Any, path: PathKey) -> Key:
    """Ids and values for the places in lists: `questions.2.options.0` is `questions.mode.options.phone`.

    A second entry of the same name keeps its place in the key, so that it is not taken for the first."""
    key: list[str] = []
    for part in path:
        if isinstance(part, int) and isinstance(content, list):
            key.append(_name(content, part))
            content = content[part] if part < len(content) else None
        else:
            key.append(str(part))
            content = content.get(part) if isinstance(content, Mapping) else None
    return tuple(key)


def _name(entries: list[Any], place: int) -> str:
    names = [_own(entry, number) for number, entry in enumerate(entries)]
    if place >= len(names):
        return place_in(place)
    return names[place] if names[place] not in names[:place] else f"{names[place]}#{place}"


def _own(entry: Any, number: int) -> str:
    if isinstance(entry, Mapping):
        for key in ("id", "value", "name"):
            if key in entry:
                return str(entry[key])
    return place_in(number)


def place_in(number: int) -> str:
    """The key of an entry that has no name of its own."""
    return f"#{number}"
