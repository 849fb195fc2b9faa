"""YAML that remembers where everything stood, so that every complaint names a line and a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from shared.directory.finding import Finding

PathKey = tuple[str | int, ...]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's reads ten times as fast, with the same marks
BIGGEST = 1 << 20  # bytes; a settings file is a page, and aliases are refused, so nothing can blow up


@dataclass(slots=True)
class Marked:
    """A document's plain value, and the line and column (from 1) of each key and item in it."""

    value: Any
    places: dict[PathKey, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: PathKey) -> tuple[int, int]:
        """Where `path` stands; of its nearest ancestor when it is absent."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def load_marked(path: Path, name: str) -> Marked | Finding:
    """The document at `path`, or what keeps it from being read. `name` is how findings call the file."""
    try:
        raw = path.read_bytes()
    except OSError:
        return Finding("config.not_found", name, 1, message="The file cannot be read.",
                       remedy="Create it, or correct its name.", column=1)  # fmt: skip
    if len(raw) > BIGGEST:
        return Finding(
            "config.too_large", name, 1, message="A settings file is below 1 MB.", remedy="Shorten it.", column=1
        )
    try:
        node = yaml.compose(raw.decode("utf-8"), Loader=LOADER)
    except UnicodeDecodeError:
        return Finding(
            "config.invalid_utf8", name, 1, message="The file is not UTF-8.", remedy="Save it as UTF-8.", column=1
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Finding("config.invalid_yaml", name, line, message="The file is not well-formed YAML.",
                       remedy="Check the indentation and the quotes around here.", column=column)  # fmt: skip
    except yaml.YAMLError:
        return Finding("config.invalid_yaml", name, 1, message="The file holds a character that YAML forbids.",
                       remedy="Remove control characters.", column=1)  # fmt: skip
    marked = Marked(None)
    try:
        marked.value = _plain(node, (), marked) if node is not None else {}
    except _Duplicate as duplicate:
        return Finding("config.duplicate_key", name, duplicate.line, duplicate.key, "each key once", "twice",
                       f"The key {duplicate.key} appears twice.", "Keep one of them.", duplicate.column)  # fmt: skip
    return marked


class _Duplicate(Exception):
    def __init__(self, key: str, line: int, column: int) -> None:
        super().__init__(key)
        self.key, self.line, self.column = key, line, column


def _plain(node: yaml.Node, path: PathKey, marked: Marked) -> Any:
    marked.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if key in result:
                raise _Duplicate(key, line, column)
            marked.places[(*path, key)] = (line, column)
            result[key] = _plain(value_node, (*path, key), marked)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, place), marked) for place, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    """Numbers and booleans as such; dates and times stay text, which the schemas parse themselves."""
    tag, text = node.tag, str(node.value)
    if tag.endswith(":bool"):
        return text.lower() in ("true", "yes", "on")
    if tag.endswith(":int") and text.lstrip("+-").isdecimal():
        return int(text)
    if tag.endswith(":float"):
        try:
            return float(text)
        except ValueError:
            return text
    return None if tag.endswith(":null") else text
