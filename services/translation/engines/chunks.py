"""Cuts a batch into requests that an engine takes, and a text that is too large into pieces that it takes.

A piece ends where a paragraph, a sentence or at least a word ends, so that no mask token is ever cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.translation.engines.port import Capabilities, Segment

# the best places first: after a line, after a sentence (with the marks of other scripts), after a word
_ENDS = (re.compile(r"\n+"), re.compile(r"(?<=[.!?…。！？؟।۔።])\s*"), re.compile(r"\s+"))


def requests(segments: Sequence[Segment], can: Capabilities) -> Iterator[list[Segment]]:
    """Runs of segments of one pair, within the engine's items and size; order is kept.

    A segment above the size of a request goes alone: whoever asks sees that it is too large.
    """
    run: list[Segment] = []
    size = 0
    for segment in segments:
        weight = can.unit.of(segment.text)
        pair = (segment.source, segment.target)
        full = len(run) >= can.max_items or size + weight > can.max_request
        if run and (full or (run[0].source, run[0].target) != pair):
            yield run
            run, size = [], 0
        run.append(segment)
        size += weight
    if run:
        yield run


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text and the white space that stood behind it."""

    text: str
    gap: str


def pieces(text: str, can: Capabilities) -> tuple[Piece, ...] | None:
    """The text in parts of at most the engine's size; None if a single word is above it (nothing would be whole)."""
    limit = min(can.max_size, can.max_request)
    if can.unit.of(text) <= limit:
        return (Piece(text, ""),)
    return _cut(text, limit, can, 0)


def joined(parts: Sequence[Piece], translated: Sequence[str]) -> str:
    """The translations with the gaps of their originals."""
    return "".join(text + part.gap for part, text in zip(parts, translated, strict=True))


def _cut(text: str, limit: int, can: Capabilities, level: int) -> tuple[Piece, ...] | None:
    if can.unit.of(text) <= limit:
        return (Piece(text, ""),)
    if level == len(_ENDS):
        return None
    found: list[Piece] = []
    for unit, gap in _split(text, _ENDS[level]):
        last = found[-1] if found else None
        if last is not None and can.unit.of(last.text + last.gap + unit) <= limit:
            found[-1] = Piece(last.text + last.gap + unit, gap)
            continue
        inner = _cut(unit, limit, can, level + 1)
        if inner is None:
            return None
        found += [*inner[:-1], Piece(inner[-1].text, inner[-1].gap + gap)]
    return tuple(found)


def _split(text: str, ends: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Each part with the gap behind it."""
    start = 0
    for match in ends.finditer(text):
        if match.start() > start:
            yield text[start : match.start()], match[0]
            start = match.end()
    if start < len(text):
        yield text[start:], ""
