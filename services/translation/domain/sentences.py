"""Cuts a text into sentences, in any script, so that each can be held against its translation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# stops are taken from the first of their run and never given back: thousands of dots are to be read once
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'»”’)\]]*+(?=\s|\Z)|[。！？؟।።။]+[」』”]*|\n+")
_SHORTENED = re.compile(
    r"(?:\A|[\s(])(?:mr|mrs|ms|mx|dr|dra|sr|sra|srta|st|ste|prof|no|nº|núm|tel|mme|mlle|m|pág|p|art|vs|ext|bldg|rm|gr|apt"
    r"|(?-i:[A-Z]))\.\Z",
    re.IGNORECASE,
)
_HALF_BEGUN = re.compile(r"\b[ap]\.\Z", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"[ap]\.\s?m\.\Z", re.IGNORECASE)
_NEAR = 16  # characters around a stop that tell what it ends


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it begins in its text."""

    text: str
    start: int


@lru_cache(maxsize=1024)  # every check asks for them
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` that hold anything; "Mr. Lee", "5:30 p. m. en" and "3.5" end none."""
    found: list[Sentence] = []
    start = 0
    for end in _END.finditer(text):
        if end[0].startswith(".") and _goes_on(
            text[max(start, end.end() - _NEAR) : end.end()].rstrip("\"'»”’)]"), text[end.end() : end.end() + _NEAR]
        ):
            continue
        _keep(found, text, start, end.end())
        start = end.end()
    _keep(found, text, start, len(text))
    return tuple(found)


def _goes_on(before: str, after: str) -> bool:
    rest = after.lstrip()
    if not rest:
        return False
    if _HALF_BEGUN.search(before) and rest[:2].lower() == "m.":
        return True
    if rest[0].islower():
        return before.endswith("m.") or bool(_SHORTENED.search(before))
    return bool(_SHORTENED.search(before)) and not _HALF_OF_DAY.search(before)


def _keep(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if any(character.isalnum() for character in stripped):
        found.append(Sentence(stripped, start + len(piece) - len(piece.lstrip())))
