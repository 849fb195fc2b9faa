"""What comes by itself and when: a school's weekly brief, newsletter, welcome and the day live contact is looked at.

All days are the school's; times are its wall clock. Nothing falls on a weekend or a holiday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.cadence import next_school_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MORNING = time(9, 0)
LIVE_BEFORE_END = timedelta(days=17)  # a term that ends on 18 December is looked at on the 1st
TOO_LATE = timedelta(days=3)  # a welcome is for before day one, not for the day before
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A school's `rhythm` settings; what it leaves out is the default here."""

    brief_on: str = "fri"
    brief_at: time = time(15, 40)
    brief_words: int = 120
    newsletter_at: time = time(16, 0)
    welcome_days: int = 14
    live_contact_on: tuple[date, ...] = ()
    balance_days: int = 30
    work_starts: time = time(7, 30)
    work_ends: time = time(17, 0)
    heavy_threads: int = 25
    heavy_after_hours: int = 5

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rhythm:
        """From a school's settings as they came; unknown keys are another version's and stay unread."""
        given = settings.get("rhythm") or {}
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {key: value for key, value in given.items() if key in known and value is not None}
        for key in ("brief_at", "newsletter_at", "work_starts", "work_ends"):
            if key in values:
                values[key] = time.fromisoformat(str(values[key]))
        if "live_contact_on" in values:
            values["live_contact_on"] = tuple(date.fromisoformat(str(day)) for day in values["live_contact_on"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Term:
    id: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """Terms in order and the days without school."""

    terms: tuple[Term, ...]
    holidays: frozenset[date]

    @classmethod
    def of(cls, calendar: Mapping[str, Any]) -> SchoolYear:
        """From the projection's row: ISO dates in JSON."""
        terms = [
            Term(
                str(term.get("id") or term["starts_on"]),
                date.fromisoformat(str(term["starts_on"])),
                date.fromisoformat(str(term["ends_on"])),
            )
            for term in calendar["terms"]
        ]
        holidays = frozenset(date.fromisoformat(str(day)) for day in calendar["holidays"])
        return cls(tuple(sorted(terms, key=lambda term: term.starts_on)), holidays)

    def term_on(self, day: date) -> Term | None:
        return next((term for term in self.terms if term.starts_on <= day <= term.ends_on), None)

    def is_school_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays and self.term_on(day) is not None


def at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the school's clock shows this."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def brief_day(rhythm: Rhythm, year: SchoolYear, week_of: date) -> date | None:
    """The day of that week's brief: the set weekday, else the last school day before it; None in a week without one."""
    monday = week_of - timedelta(days=week_of.weekday())
    wanted = WEEKDAYS.index(rhythm.brief_on)
    days = (monday + timedelta(days=offset) for offset in range(wanted, -1, -1))
    return next((day for day in days if year.is_school_day(day)), None)


def next_brief_day(rhythm: Rhythm, year: SchoolYear, now: datetime, zone: ZoneInfo) -> date | None:
    """The next day whose brief has not gone yet; None after the last term."""
    today = now.astimezone(zone).date()
    for week in range(60):
        day = brief_day(rhythm, year, today + timedelta(weeks=week))
        if day is not None and at(day, rhythm.brief_at, zone) > now:
            return day
    return None


def newsletter_day(year: SchoolYear, month: date) -> date | None:
    """The first school day of the month; None where it has none."""
    first = month.replace(day=1)
    days = (first + timedelta(days=offset) for offset in range(28))
    return next((day for day in days if year.is_school_day(day)), None)


def next_newsletter(rhythm: Rhythm, year: SchoolYear, now: datetime, zone: ZoneInfo) -> date | None:
    """The next newsletter's day; None after the last term."""
    month = now.astimezone(zone).date().replace(day=1)
    for _ in range(14):
        day = newsletter_day(year, month)
        if day is not None and at(day, rhythm.newsletter_at, zone) > now:
            return day
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def welcome_at(rhythm: Rhythm, year: SchoolYear, now: datetime, zone: ZoneInfo) -> tuple[Term, datetime] | None:
    """The Monday at least `welcome_days` before the first term, 09:00; late: the next 09:00.

    None from three days before it on: the first days bring the six questions, and two messages at once help nobody.
    """
    if not year.terms:
        return None
    term = year.terms[0]
    first = next_school_day(term.starts_on, year.holidays)
    if now >= at(first - TOO_LATE, time.min, zone):
        return None
    latest = first - timedelta(days=rhythm.welcome_days)
    planned = at(latest - timedelta(days=latest.weekday()), MORNING, zone)
    if planned > now:
        return term, planned
    today = now.astimezone(zone).date()
    late = at(today, MORNING, zone)
    return term, late if late > now else at(today + timedelta(days=1), MORNING, zone)


def live_contact_days(rhythm: Rhythm, year: SchoolYear) -> dict[date, Term]:
    """The day in each term on which homes that nobody has spoken with are looked for."""
    found: dict[date, Term] = {}
    for term in year.terms:
        chosen = [day for day in rhythm.live_contact_on if term.starts_on <= day <= term.ends_on]
        usual = max(term.ends_on - LIVE_BEFORE_END, term.starts_on)
        for day in chosen or [usual]:
            found[next_school_day(day, year.holidays)] = term
    return found


def family_fridays(rule: str, year: SchoolYear, months: Iterable[date]) -> list[date]:
    """The first or last Friday of each month; on a holiday a week later, or earlier for the last. In term only."""
    found = []
    for month in months:
        first = month.replace(day=1)
        fridays = [
            day
            for day in (first + timedelta(days=offset) for offset in range(31))
            if day.month == first.month and day.weekday() == _FRIDAY
        ]
        ordered: Sequence[date] = fridays if rule == "first-friday" else fridays[::-1]
        open_days = [day for day in ordered if day not in year.holidays]
        if open_days and year.term_on(open_days[0]) is not None:
            found.append(open_days[0])
    return found


def working_hours(rhythm: Rhythm, instant: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody who wrote then wrote in working hours: a weekday, between the set times."""
    local = instant.astimezone(zone)
    return local.weekday() < 5 and rhythm.work_starts <= local.time() < rhythm.work_ends
