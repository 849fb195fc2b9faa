"""Which first letters a pattern of the data files can match, so that a word is only held against what starts like it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789áéíóúüñ¿¡")
_DIGITS = frozenset("0123456789")


def by_letter(alternatives: Sequence[str]) -> dict[str, re.Pattern[str]]:
    """For each first letter the alternatives that may start with it, each ending where a word ends."""
    parts = [part for each in alternatives for part in _split(each)]
    found = {letter: [part for part in parts if letter in starts(part)] for letter in ALPHABET}
    return {letter: re.compile(rf"(?:{'|'.join(some)})(?!\w)") for letter, some in found.items() if some}


def starts(pattern: str) -> frozenset[str]:
    """The letters that can come first; all of them where the pattern's beginning is not understood."""
    parts = list(_split(pattern))
    if len(parts) > 1:
        return frozenset().union(*(starts(part) for part in parts))
    if pattern.startswith("(?"):
        end = _close(pattern)
        rest = pattern[end + 1 :]
        if not pattern.startswith("(?:"):  # looks around, takes nothing
            return starts(rest)
        inner = starts(pattern[3:end])
        return inner | starts(rest[1:]) if rest.startswith("?") else inner
    if pattern.startswith("\\d"):
        return _DIGITS
    if pattern.startswith("\\b"):
        return starts(pattern[2:])
    if pattern[:1] in ALPHABET:
        return frozenset(pattern[0]) | (starts(pattern[2:]) if pattern[1:2] == "?" else frozenset())
    return ALPHABET


def _split(pattern: str) -> Iterator[str]:
    """The alternatives outside of any group."""
    depth, begun = 0, 0
    for place, sign in enumerate(pattern):
        if pattern[place - 1 : place] == "\\":
            continue
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and depth == 0:
            yield pattern[begun:place]
            begun = place + 1
    yield pattern[begun:]


def _close(pattern: str) -> int:
    """Where the group that begins the pattern ends."""
    depth = 0
    for place, sign in enumerate(pattern):
        if pattern[place - 1 : place] == "\\":
            continue
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    return len(pattern)
