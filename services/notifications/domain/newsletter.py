"""The days of a month that a newsletter lists by itself, from the school's settings and calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from babel.dates import format_date, format_time

from services.notifications.domain.rhythm import SchoolYear, family_fridays


@dataclass(frozen=True, slots=True)
class Day:
    """One line, in the school's language; its date and times survive translation, or translation holds it."""

    on: date
    line: str


def events_of(settings: Mapping[str, Any], calendar: Mapping[str, Any], year: SchoolYear, *, month: date) -> list[Day]:
    """Family Fridays, days without school, the day reports go out, and terms that begin or end, from `month` on."""
    first, last = month, (month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    days: list[Day] = []
    fridays = settings.get("family_friday")
    if fridays:
        hours = f"{_clock(fridays['start'])}–{_clock(fridays['end'])}"
        online = ", online too" if fridays.get("online") else ""
        days += [
            Day(day, f"{_day(day)}, {hours}: Family Friday{online}. Come as you are.")
            for day in family_fridays(fridays["rule"], year, [month])
        ]
    days += _closed(year)
    midterm = calendar.get("midterm_release_on")
    if midterm:
        days.append(Day(midterm, f"{_day(midterm)}: midterm reports go home."))
    days += [Day(term.ends_on, f"{_day(term.ends_on)}: last day of the term.") for term in year.terms]
    return sorted({day.line: day for day in days if first <= day.on <= last}.values(), key=lambda day: day.on)


def _closed(year: SchoolYear) -> list[Day]:
    """Holidays in a row (weekends between them too) as one line."""
    runs: list[list[date]] = []
    for day in sorted(year.holidays):
        if runs and all(_free(year, between) for between in _between(runs[-1][-1], day)):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [Day(run[0], _no_school(run[0], run[-1])) for run in runs]


def _between(start: date, end: date) -> list[date]:
    return [start + timedelta(days=offset) for offset in range(1, (end - start).days)]


def _free(year: SchoolYear, day: date) -> bool:
    return day.weekday() >= 5 or day in year.holidays


def _no_school(first: date, last: date) -> str:
    return f"{_day(first)}: no school." if first == last else f"{_day(first)} to {_day(last)}: no school."


def _day(day: date) -> str:
    return format_date(day, "EEE d MMM", locale="en")


def _clock(text: str) -> str:
    return format_time(time.fromisoformat(text), "short", locale="en").replace("\u202f", " ")
