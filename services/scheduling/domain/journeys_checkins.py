"""Regular check-ins: how often, on which day each family's is due, and what two missed ones in a row mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from services.scheduling.domain.series import add_months, next_school_day

_SPREAD = 0.6  # of a period: due days lie in this first part of it, so that there is time to meet before it ends


class Cadence(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def months(self) -> int:
        return 1 if self is Cadence.MONTHLY else 3


@dataclass(frozen=True, slots=True)
class CheckinRules:
    """A school's `checkins` settings; a school without them has no check-ins.

    Quarterly for ten minutes, monthly with a plan, and a word to the teacher after two misses are the features' defaults.
    """

    every: Cadence | None = Cadence.QUARTERLY
    with_plan: Cadence | None = Cadence.MONTHLY
    minutes: int = 10
    misses: int = 2
    answer_days: int = 14

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> CheckinRules | None:
        """From a school's settings as they came; `none` as a cadence: no check-ins for those families."""
        given = settings.get("checkins")
        if not given:
            return None
        usual = cls()
        return cls(
            every=_cadence(given.get("every"), usual.every),
            with_plan=_cadence(given.get("with_plan"), usual.with_plan),
            minutes=int(given.get("minutes") or usual.minutes),
            misses=int(given.get("misses") or usual.misses),
            answer_days=int(given.get("answer_days") or usual.answer_days),
        )

    def cadence(self, *, plan: bool) -> Cadence | None:
        """For a child with or without a plan: a plan never makes check-ins rarer."""
        wanted = [each for each in (self.every, self.with_plan if plan else None) if each is not None]
        return min(wanted, key=lambda each: each.months, default=None)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end): months counted from the month in which the school year begins. `key` names it."""

    key: str
    start: date
    end: date


def period_on(day: date, cadence: Cadence, *, year_starts: date) -> Period | None:
    """The period that the day lies in; None before the school year."""
    first = year_starts.replace(day=1)
    passed = (day.year - first.year) * 12 + day.month - first.month
    if day < year_starts:
        return None
    start = add_months(first, passed - passed % cadence.months)
    end = add_months(start, cadence.months)
    key = f"{start:%Y-%m}" if cadence is Cadence.MONTHLY else f"{start:%Y-%m}+{cadence.months}"
    return Period(key, max(start, year_starts), end)


def due_on(period: Period, *, place: int, of: int, closed: Collection[date]) -> date | None:
    """The day on which the family at `place` (from 0) of a teacher's `of` families is offered times.

    A teacher's families are spread over the period, so that their hours are enough for all. None: no school that period.
    """
    span = (period.end - period.start).days * _SPREAD
    wanted = period.start + timedelta(days=int(span * place / max(of, 1)))
    day = next_school_day(wanted, closed)
    return day if day is not None and day < period.end else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`state` of a check-in after a look at its meeting; `misses` in a row."""

    state: str
    misses: int
    settled: bool


MARK_WITHIN = timedelta(days=7)  # after a meeting, for somebody to say whether it was held


def settle(*, meeting: str | None, today: date, closes_on: date, before: int, met_on: date | None = None) -> Outcome:
    """What became of it: `meeting` is its meeting's state (booked, held, missed, cancelled) or None, on the day `met_on`.

    `before`: misses in a row until this one. A meeting that is booked keeps it open, also beyond the last day to answer;
    one of which nobody has said whether it was held counts neither way.
    """
    if meeting == "held":
        return Outcome("done", 0, True)
    if meeting == "missed":
        return Outcome("missed", before + 1, True)
    if meeting == "booked" and met_on is not None and today > met_on + MARK_WITHIN:
        return Outcome("unmarked", before, True)
    if meeting == "booked":
        return Outcome("booked", before, False)
    if today > closes_on:
        return Outcome("missed", before + 1, True)
    return Outcome("offered", before, False)


def _cadence(given: object, usual: Cadence | None) -> Cadence | None:
    if given is None:
        return usual
    return None if given == "none" else Cadence(str(given))
