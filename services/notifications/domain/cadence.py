"""When a home has not heard from school for too long. Broadcasts are no contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Gap:
    """`days_since` is None where there has been no personal contact at all."""

    days_since: int | None
    floor_days: int


def find_gap(*, last: date | None, today: date, term_starts_on: date, floor_days: int) -> Gap | None:
    """A gap once more than `floor_days` have passed since the last personal contact, and since the term began."""
    since = max(last, term_starts_on) if last else term_starts_on
    if (today - since).days <= floor_days:
        return None
    return Gap((today - last).days if last else None, floor_days)


def term_start(terms: Sequence[dict[str, str]], today: date, holidays: frozenset[date]) -> date | None:
    """The first school day of the term that `today` lies in; None between terms."""
    for term in terms:
        starts, ends = date.fromisoformat(str(term["starts_on"])), date.fromisoformat(str(term["ends_on"]))
        if starts <= today <= ends:
            return next_school_day(starts, holidays)
    return None


def next_school_day(day: date, holidays: frozenset[date]) -> date:
    """`day` itself, or the first after it that is neither weekend nor holiday."""
    while day.weekday() >= 5 or day in holidays:
        day += timedelta(days=1)
    return day


def share_in_cadence(students: int, gaps: int) -> int:
    """Whole percent of students without a gap; a school without students has none."""
    return 100 if not students else (100 * (students - gaps)) // students


def live_slot(
    windows: Sequence[dict[str, str]], now: datetime, zone: ZoneInfo, *, minutes: int = 10
) -> tuple[datetime, datetime] | None:
    """The next ten minutes of a teacher's own hours, as instants; None where no hours are published.

    `windows`: weekday ("mon"), start and end ("HH:MM", the school's wall clock).
    """
    length = timedelta(minutes=minutes)
    found = []
    for window in windows:
        start, end = time.fromisoformat(window["start"]), time.fromisoformat(window["end"])
        for days in range(8):
            day = now.astimezone(zone).date() + timedelta(days=days)
            begins = datetime.combine(day, start, tzinfo=zone).astimezone(UTC)
            ends = datetime.combine(day, end, tzinfo=zone).astimezone(UTC)
            if _WEEKDAYS[day.weekday()] == window["weekday"] and begins > now and begins + length <= ends:
                found.append(begins)
    return (min(found), min(found) + length) if found else None
