"""Which voice speaks a language, as data: `voices.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from services.translation.domain.languages import normal, serving

_FILE = Path(__file__).with_name("voices.yaml")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of espeak-ng and its rate in words a minute."""

    name: str
    rate: int

    @property
    def label(self) -> str:
        """As provenance names it."""
        return f"espeak-ng:{self.name}"


@cache
def voices() -> dict[str, Voice]:
    """By language tag."""
    held = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {tag: Voice(each["voice"], int(each["rate"])) for tag, each in held["voices"].items()}


@cache
def unfit() -> dict[str, str]:
    """Languages that espeak-ng has a voice for that is not used, with the reason."""
    held = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return dict(held["unfit"])


def voice_for(tag: str) -> Voice | None:
    """The voice of a language; None where a person must record. A script or another language never stands in."""
    found = serving(normal(tag), list(voices()))
    return voices()[found] if found else None
