"""Early alerts: once per fall, weeks before the report, never again until the student has recovered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Judgement:
    """`alerted` is the state to keep; `raise_now` whether somebody is told today."""

    alerted: bool
    raise_now: bool
    days_to_midterm: int | None = None


def judge(
    *, alerted: bool, score: float, threshold: float, recovery: float, today: date, midterm_on: date | None
) -> Judgement:
    """`alerted`: told before, and not recovered since. Scores in percent; `recovery` is passed at its value or above."""
    if alerted:
        return Judgement(alerted=score < recovery, raise_now=False)
    early = midterm_on is None or today < midterm_on
    if score >= threshold or not early:
        return Judgement(alerted=False, raise_now=False)
    return Judgement(True, True, (midterm_on - today).days if midterm_on else None)
