"""Reads `overrides/<tag>.yaml`: names and patterns of a language that CLDR does not have, or has wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.errors import HomeroomError
from shared.language.bidi import right_to_left

_FIELDS = frozenset(
    "language also name why checked like months months_short days days_short halves plural ordinal patterns direction".split()
)


class OverrideError(HomeroomError):
    """A file that cannot be used: names file and field."""


@dataclass(frozen=True)
class Override:
    """What a file says; everything else is as in the CLDR locale `like`."""

    file: str
    name: str
    like: str
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    days: tuple[str, ...]
    days_short: tuple[str, ...]
    halves: tuple[str, str] | None
    plural: Mapping[str, str] | None
    ordinal: Mapping[str, str] | None
    patterns: Mapping[str, str]
    rtl: bool


@cache
def overrides(folder: Path) -> Mapping[str, Override]:
    """Every override of a folder, by tag and by the tags that it serves too."""
    found: dict[str, Override] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = _read(path)
        override = _override(path, content)
        found |= dict.fromkeys([path.stem, *content.get("also", [])], override)
    return found


def _override(path: Path, content: Mapping[str, Any]) -> Override:
    halves = _words(path, content, "halves", 2)
    return Override(
        file=path.name,
        name=str(content.get("name", path.stem)),
        like=str(content.get("like", "en")),
        months=_words(path, content, "months", 12),
        months_short=_words(path, content, "months_short", 12),
        days=_words(path, content, "days", 7),
        days_short=_words(path, content, "days_short", 7),
        halves=(halves[0], halves[1]) if halves else None,
        plural=content.get("plural"),
        ordinal=content.get("ordinal"),
        patterns={str(name): str(pattern) for name, pattern in content.get("patterns", {}).items()},
        rtl=content.get("direction", "rtl" if right_to_left(path.stem) else "ltr") == "rtl",
    )


def _words(path: Path, content: Mapping[str, Any], name: str, count: int) -> tuple[str, ...]:
    words = content.get(name, [])
    if (
        not isinstance(words, list)
        or (words and len(words) != count)
        or not all(isinstance(word, str) for word in words)
    ):
        raise OverrideError(
            "OVERRIDE_WORDS", f"not {count} words", f"list {count} words, in order", f"{path.name}:{name}"
        )
    return tuple(words)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise OverrideError(
            "OVERRIDE_FILE", f"cannot be read ({type(error).__name__})", "correct the file", path.name
        ) from None
    if not isinstance(content, dict):
        raise OverrideError("OVERRIDE_FILE", "holds no fields", "begin with `language: <tag>`", path.name)
    unknown = sorted(set(map(str, content)) - _FIELDS)
    if unknown:
        raise OverrideError(
            "OVERRIDE_FIELD", "an unknown field", f"use {', '.join(sorted(_FIELDS))}", f"{path.name}:{unknown[0]}"
        )
    return content
