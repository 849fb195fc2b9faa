"""Good translations and wrong ones, by hand: what the checks of translations are measured against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from shared.backing.state import REPOSITORY

DATA = REPOSITORY / "tests" / "data" / "translation"
SOURCE = "en"
# besides English and back: from approved Spanish, as districts draft
MORE = (("es", "pt"), ("es", "ca"), ("es", "fr"), ("pt", "es"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation; `held_out`: nothing was tuned to it."""

    id: str
    source: str
    translation: str
    languages: tuple[str, str]
    names: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """A translation that says the opposite of what binds its reader, and how."""

    id: str
    source: str
    translation: str
    language: str
    kind: str


def good() -> list[Pair]:
    """English with every language, both ways, and a few pairs without English."""
    english = _read(DATA / "good" / f"{SOURCE}.yaml")
    held, names = set(english["held_out"]), english["names"]
    texts: dict[str, dict[str, str]] = {
        path.stem: _read(path)["texts"] for path in sorted((DATA / "good").glob("*.yaml"))
    }
    others = [language for language in texts if language != SOURCE]
    pairs = [(SOURCE, other) for other in others] + [(other, SOURCE) for other in others] + list(MORE)
    return [
        Pair(id, texts[one][id], texts[other][id], (one, other), tuple(names.get(id, ())), id in held)
        for one, other in pairs
        for id in texts[one]
        if id in texts[other]
    ]


def rights() -> Iterator[Pair]:
    """The right translations of the safety set: they too must pass."""
    for language, id, source, answers in _safety():
        yield Pair(f"safety.{id}", source, answers["right"], (SOURCE, language), (), False)


def flips() -> Iterator[Flip]:
    """Every wrong translation of the safety set."""
    for language, id, source, answers in _safety():
        for kind, wrong in answers.items():
            if kind != "right":
                yield Flip(id, source, wrong, language, kind)


def _safety() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    texts = _read(DATA / "safety" / f"{SOURCE}.yaml")["texts"]
    for path in sorted((DATA / "safety").glob("*.yaml")):
        if path.stem != SOURCE:
            for id, answers in _read(path).items():
                yield path.stem, id, texts[id], answers


def _read(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return held
