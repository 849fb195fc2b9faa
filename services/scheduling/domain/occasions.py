"""A school's regular days from its file, and what a day clashes with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.scheduling.domain.observances import FIRST_YEAR, LAST_YEAR, Observance, around

FRIDAY = 4
INVITE_DAYS = 5  # before: long enough to plan, short enough to remember (features, F39)
GREET_DAYS = 2
HIDDEN_UNDER = 10  # a smaller group is named, not counted


@dataclass(frozen=True, slots=True)
class Dated:
    """One occurrence. `series` is the month it is for; `moved_from` the day that a holiday took."""

    series: str
    on: date
    moved_from: date | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """What falls on a day. `families`: how many keep it, None where so few that a number would point at them."""

    observance: Observance
    families: int | None


def fridays(rule: str, terms: Sequence[tuple[date, date]], holidays: Collection[date]) -> list[Dated]:
    """The first (or last) Friday of each month of the school year; a holiday moves it a week on (for the last: back).

    One that would fall outside every term is left out. The year's months are those that a term touches.
    """
    found = []
    for first in _months(terms):
        planned = _friday(first, last=rule == "last-friday")
        step = timedelta(days=-7 if rule == "last-friday" else 7)
        on = planned
        while on in holidays and on.month == first.month:
            on += step
        inside = any(begins <= on <= ends for begins, ends in terms)
        if on.month == first.month and on not in holidays and inside:
            found.append(Dated(f"{first:%Y-%m}", on, planned if on != planned else None))
    return found


def clashes(day: date, kept: Mapping[str, int], *, hidden_under: int = HIDDEN_UNDER) -> list[Clash]:
    """Observances that touch a day and that some family of the school has asked to keep free; `kept`: families by key."""
    if not FIRST_YEAR < day.year < LAST_YEAR:
        return []
    return [
        Clash(one, kept[one.key] if kept[one.key] >= hidden_under else None)
        for one in around(day, tuple(key for key, families in kept.items() if families))
    ]


def _months(terms: Sequence[tuple[date, date]]) -> list[date]:
    found: set[date] = set()
    for begins, ends in terms:
        month = begins.replace(day=1)
        while month <= ends:
            found.add(month)
            month = (month + timedelta(days=32)).replace(day=1)
    return sorted(found)


def _friday(first: date, *, last: bool) -> date:
    if last:
        end = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - FRIDAY) % 7)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7)
