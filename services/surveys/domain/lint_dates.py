"""Dates that exist, in their order, and on days when somebody at school can be asked about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from services.surveys.domain.definition import Survey
from services.surveys.domain.lint_fault import Calendar, Fault

_SATURDAY = 5


def date_faults(survey: Survey, calendar: Calendar | None) -> Iterator[Fault]:
    """Weekends always; holidays and term time where the school's calendar is known."""
    found = {"send_on": _day(survey.send_on), "deadline": _day(survey.deadline)}
    for key, written in (("send_on", survey.send_on), ("deadline", survey.deadline)):
        day = found[key]
        if written is not None and day is None:
            yield Fault("survey.no_such_date", (key,), f"there is no {written}", "Write a date that exists.")
        elif day is not None and (closed := _closed(day, calendar)):
            yield Fault(
                "survey.closed_day", (key,), f"{key} is {closed}", "Choose a school day, when questions are answered."
            )
    sent, due = found["send_on"], found["deadline"]
    if sent is not None and due is not None and due <= sent:
        yield Fault(
            "survey.closed_day", ("deadline",), "the deadline is not after the day of sending", "Leave families time."
        )


def _day(written: str | None) -> date | None:
    try:
        return datetime.fromisoformat(written).date() if written is not None else None
    except ValueError:
        return None


def _closed(day: date, calendar: Calendar | None) -> str | None:
    if day.weekday() >= _SATURDAY:
        return f"a {day:%A}"
    if calendar is None:
        return None
    if day.isoformat() in calendar.holidays:
        return "a holiday"
    if calendar.terms and not any(term["starts_on"] <= day.isoformat() <= term["ends_on"] for term in calendar.terms):
        return "outside every term"
    return None
