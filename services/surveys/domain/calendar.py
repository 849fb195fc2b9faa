"""Dates of a survey and of an answer that is owed, on a school's own calendar and clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

SEND_AT = time(9, 0)
CONCERN_AT = time(16, 0)
GRACE = timedelta(days=7)
# after the usual grace, and never before the longest that a survey may give: the page then says kindly that it is closed
LINK_LIFE = timedelta(days=60)
_YEAR_TURNS = 7  # July: enrolment for the new school year has begun
_HORIZON = 60  # days looked ahead for a school day


class Acceptance(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    CLOSED = "closed"


def at_local(day: date, clock: time, zone: str) -> datetime:
    """That wall-clock time in the school's zone, in UTC."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def local_instant(text: str, zone: str) -> datetime:
    """`2026-09-11T17:00` on the school's clock, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def acceptance(now: datetime, due_at: datetime, *, grace_days: int = GRACE.days) -> Acceptance:
    """An answer at the due instant is on time; within the survey's grace it is late; then the survey is closed."""
    if now <= due_at:
        return Acceptance.ON_TIME
    return Acceptance.LATE if now <= due_at + timedelta(days=grace_days) else Acceptance.CLOSED


def school_year(day: date) -> str:
    """`2026` for 2026–27."""
    return str(day.year if day.month >= _YEAR_TURNS else day.year - 1)


def next_school_day(after: date, *, terms: Sequence[Mapping[str, Any]], holidays: Sequence[str]) -> date:
    """The first school day after `after`; outside every known term, the first weekday that is no holiday."""
    closed = set(holidays)
    days = [after + timedelta(days=number) for number in range(1, _HORIZON + 1)]
    weekdays = [day for day in days if day.weekday() < 5 and day.isoformat() not in closed]
    taught = [day for day in weekdays if any(t["starts_on"] <= day.isoformat() <= t["ends_on"] for t in terms)]
    return (taught or weekdays or days)[0]


def concern_due(now: datetime, zone: str, *, terms: Sequence[Mapping[str, Any]], holidays: Sequence[str]) -> datetime:
    """When a concern must have been answered: 16:00 on the next school day."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return at_local(next_school_day(today, terms=terms, holidays=holidays), CONCERN_AT, zone)
