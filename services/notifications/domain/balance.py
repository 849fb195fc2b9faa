"""Good news against concerns, per student and teacher; it warns in both directions and compares nobody with anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SHORTEST_EXAMPLE = 20  # characters: "Great week!" names nothing that was seen


class Direction(StrEnum):
    MORE_GOOD = "more_good"  # concerns, and too little good news beside them
    ONLY_PRAISE = "only_praise"  # praise while a grade fails and nobody says so
    SILENT = "silent"  # a grade fails and nobody says anything


@dataclass(frozen=True, slots=True)
class Counts:
    """One teacher's personal notes with an example about one student, in the window."""

    positive: int = 0
    concern: int = 0
    last_good: datetime | None = None


def has_example(text: str | None, category: str | None) -> bool:
    """Whether a note names something that was seen: a strength that was picked, or words enough to say what."""
    return category is not None or len((text or "").strip()) >= SHORTEST_EXAMPLE


def judge(counts: Counts, *, target: float, failing: bool, told: bool) -> Direction | None:
    """What is out of balance tonight. `failing`: a grade of this teacher's course is below the threshold; `told`: the
    home has heard of a concern in the window, from a person or by an early alert."""
    if failing and not told and not counts.concern:
        return Direction.ONLY_PRAISE if counts.positive else Direction.SILENT
    if counts.concern and counts.positive < target * counts.concern:
        return Direction.MORE_GOOD
    return None


def before_sending(kind: str, counts: Counts, *, target: float, failing: bool, told: bool) -> Direction | None:
    """What to say to a teacher who is about to send a note of this kind; it never stops the note."""
    if kind == "concern" and counts.positive < target * (counts.concern + 1):
        return Direction.MORE_GOOD
    if kind == "positive" and failing and not told and not counts.concern:
        return Direction.ONLY_PRAISE
    return None
