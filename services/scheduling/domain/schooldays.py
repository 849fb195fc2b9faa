"""Days when there is school, and the hours that promises keep to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(8, 0)
_LONGEST_BREAK = 120  # days without school before the calendar is taken to have a hole


def is_school_day(day: date, *, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def school_day_before(day: date, *, holidays: Collection[date]) -> date:
    """The last school day before `day`; the day before where the calendar knows of none for months."""
    for back in range(1, _LONGEST_BREAK):
        found = day - timedelta(days=back)
        if is_school_day(found, holidays=holidays):
            return found
    return day - timedelta(days=1)


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """08:00 there, as an instant."""
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
