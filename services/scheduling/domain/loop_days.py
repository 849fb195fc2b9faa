"""Days the loop keeps to: so many school days from now, and the hours an answer may take."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from services.scheduling.domain.schooldays import is_school_day

MEDIATION_SCHOOL_DAYS = 5  # features, F33
REFERRAL_WITHIN = timedelta(hours=48)  # F34
CORRECT_WITHIN = timedelta(days=3)  # F42
_LONGEST_BREAK = 120


def school_days_on(day: date, count: int, *, holidays: Collection[date]) -> date:
    """The `count`-th school day after `day`; calendar days where the calendar knows of none for months."""
    found, left = day, count
    for _ in range(count + _LONGEST_BREAK):
        if left == 0:
            return found
        found += timedelta(days=1)
        left -= is_school_day(found, holidays=holidays)
    return day + timedelta(days=count)
