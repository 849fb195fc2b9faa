"""Meetings that repeat: a rule in the school's wall time, its exceptions, and the instants that follow from both.

A wall time that a change of clocks skips or repeats yields no meeting (RFC 5545 §3.3.10 skips the former); it is named
among what was dropped, so that somebody can choose another time for that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_LONGEST_BREAK = 60  # days without school before an occurrence is skipped rather than moved


class Every(StrEnum):
    """How often. Months keep the weekday and its place: the second Tuesday; a fifth one is the month's last."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"
    QUARTER = "quarter"


class OnHoliday(StrEnum):
    SKIP = "skip"
    NEXT = "next"  # the next school day


class Why(StrEnum):
    """Why a day of the rule has no meeting."""

    HOLIDAY = "holiday"
    CLOCKS = "clocks"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Rule:
    """`at`: wall time at school; `until` is the last day that may be met on."""

    starts_on: date
    at: time
    minutes: int
    every: Every
    until: date
    on_holiday: OnHoliday = OnHoliday.SKIP


@dataclass(frozen=True, slots=True)
class Change:
    """One day of the rule is met on another day or at another time; `to` None: not at all."""

    on: date
    to: date | None
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`on` is the day that the rule gives, which names the occurrence however it is moved; instants in UTC."""

    on: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    on: date
    why: Why


def occurrences(
    rule: Rule, *, zone: ZoneInfo, closed: Collection[date] = (), changes: Sequence[Change] = ()
) -> tuple[list[Occurrence], list[Dropped]]:
    """What is met and what is not, each in the order of the rule's days. A change of one day beats holidays."""
    instead = {change.on: change for change in changes}
    met: list[Occurrence] = []
    dropped: list[Dropped] = []
    for on in days(rule):
        outcome = _one(rule, on, zone=zone, closed=closed, change=instead.get(on))
        if isinstance(outcome, Why):
            dropped.append(Dropped(on, outcome))
        else:
            met.append(Occurrence(on, *outcome))
    return met, dropped


def days(rule: Rule) -> Iterator[date]:
    """The days that the rule gives, from `starts_on` to `until`."""
    if rule.every in (Every.WEEK, Every.TWO_WEEKS):
        step = timedelta(weeks=1 if rule.every is Every.WEEK else 2)
        day = rule.starts_on
        while day <= rule.until:
            yield day
            day += step
        return
    months = 1 if rule.every is Every.MONTH else 3
    place = (rule.starts_on.day - 1) // 7
    month = rule.starts_on.replace(day=1)
    while (day := _nth(month, rule.starts_on.weekday(), place)) <= rule.until:
        yield day
        month = add_months(month, months)


def add_months(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """When the clocks there show this, in UTC; None where they never do, or do twice."""
    wall = datetime.combine(day, at)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = first.astimezone(zone).replace(tzinfo=None)
    return first if first == second and shown == wall else None


def next_school_day(day: date, closed: Collection[date]) -> date | None:
    """`day` or the first one after it with school; None where the calendar knows of none for weeks."""
    following = (day + timedelta(days=ahead) for ahead in range(_LONGEST_BREAK))
    return next((each for each in following if each.weekday() < 5 and each not in closed), None)


def _one(
    rule: Rule, on: date, *, zone: ZoneInfo, closed: Collection[date], change: Change | None
) -> tuple[datetime, datetime] | Why:
    day: date | None = on
    if change is not None:
        if change.to is None:
            return Why.OFF
        day = change.to
    elif on in closed:
        day = next_school_day(on, closed) if rule.on_holiday is OnHoliday.NEXT else None
    if day is None:
        return Why.HOLIDAY
    at = change.at if change is not None and change.at is not None else rule.at
    end_wall = datetime.combine(day, at) + timedelta(minutes=rule.minutes)
    start, end = instant(day, at, zone), instant(end_wall.date(), end_wall.time(), zone)
    if start is None or end is None or end - start != timedelta(minutes=rule.minutes):
        return Why.CLOCKS
    return start, end


def _nth(month: date, weekday: int, place: int) -> date:
    first = month + timedelta(days=(weekday - month.weekday()) % 7)
    day = first + timedelta(weeks=place)
    return day if day.month == month.month else day - timedelta(weeks=1)
