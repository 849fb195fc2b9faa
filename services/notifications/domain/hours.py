"""When staff read and by when they answer: school days, their own windows, and the wall clock where they work (F25)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY_START, DAY_END, ANSWER_BY = time(7, 30), time(17, 0), time(16, 0)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FURTHEST = 400  # days until the next school day: beyond it a calendar has a gap, no holidays


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day on the school's wall clock; `end` is not in it."""

    start: time
    end: time


@dataclass(frozen=True)
class SchoolDays:
    """Which days are school days: weekdays in a term that are no holiday; without terms, every weekday that is none."""

    holidays: frozenset[date] = frozenset()
    terms: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, calendar: Mapping[str, Any] | None) -> SchoolDays:
        """From a row of the calendar projection; None: nothing is published."""
        if calendar is None:
            return cls()
        return cls(
            frozenset(date.fromisoformat(str(day)) for day in calendar["holidays"]),
            tuple(
                (date.fromisoformat(str(term["starts_on"])), date.fromisoformat(str(term["ends_on"])))
                for term in calendar["terms"]
            ),
        )

    def has(self, day: date) -> bool:
        """Whether there is school."""
        if day.weekday() >= 5 or day in self.holidays:
            return False
        return not self.terms or any(begins <= day <= ends for begins, ends in self.terms)

    def on_or_after(self, day: date) -> date:
        """The first school day from `day` on; the first weekday where the calendar knows none, or none that is near."""
        weekday = day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
        found = self._next(day)
        # measured from the weekday itself, so that it is no other day when it is asked again then
        return found if found is not None and (found - weekday).days < FURTHEST else weekday

    def _next(self, day: date) -> date | None:
        for begins, ends in sorted(self.terms) or [(day, day + timedelta(days=FURTHEST))]:
            first = max(begins, day)
            later = (first + timedelta(days=n) for n in range((ends - first).days + 1))
            if (found := next((each for each in later if self.has(each)), None)) is not None:
                return found
        return None

    def after(self, day: date, count: int) -> date:
        """The `count`th school day after `day` (which may itself be none)."""
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day


@dataclass(frozen=True)
class StaffHours:
    """A member of staff's hours: the school day, and windows of their own card beyond it, on school days only."""

    zone: ZoneInfo
    days: SchoolDays = SchoolDays()
    day: Span = Span(DAY_START, DAY_END)
    windows: tuple[tuple[str, Span], ...] = ()
    within_school_days: int = 1
    answer_by: time = ANSWER_BY

    def read_at(self, moment: datetime) -> datetime:
        """When words that come at `moment` are read: at once inside the hours, else when they next begin (UTC)."""
        for start, end in self._spans(moment.astimezone(self.zone).date()):
            if moment < end:
                return max(moment, start)
        raise AssertionError("there is always a next school day")

    def answer_due(self, moment: datetime) -> datetime:
        """By when they are answered: so many school days after the day they are read, at the hour of answers (UTC)."""
        read_on = self.read_at(moment).astimezone(self.zone).date()
        return self.instant(self.days.after(read_on, max(1, self.within_school_days)), self.answer_by)

    def instant(self, day: date, clock: time) -> datetime:
        """That wall-clock time there, as UTC; a time that daylight saving skips is the one an hour on."""
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def _spans(self, first: date) -> Iterator[tuple[datetime, datetime]]:
        """The hours from that day on, earliest first."""
        day = first
        while True:
            day = self.days.on_or_after(day)
            own = [span for name, span in self.windows if name == WEEKDAYS[day.weekday()]]
            for span in sorted((self.day, *own), key=lambda each: (each.start, each.end)):
                start, end = self.instant(day, span.start), self.instant(day, span.end)
                if start < end:
                    yield start, end
            day += timedelta(days=1)


def spans_of(windows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, Span], ...]:
    """A card's windows (weekday, start, end as "HH:MM"); what cannot be read is left out."""
    found = []
    for window in windows:
        span = span_of(window)
        if span is not None and window.get("weekday") in WEEKDAYS:
            found.append((str(window["weekday"]), span))
    return tuple(found)


def span_of(window: Mapping[str, Any] | None) -> Span | None:
    """From "HH:MM" twice; None where it is not that, or ends before it starts."""
    try:
        given = window or {}
        span = Span(time.fromisoformat(str(given["start"])), time.fromisoformat(str(given["end"])))
    except (KeyError, ValueError):
        return None
    return span if span.start < span.end else None


def hours_of(
    school: Mapping[str, Any] | None, calendar: Mapping[str, Any] | None, card: Mapping[str, Any] | None
) -> StaffHours:
    """From the projections' rows; what is not known has its default (working day 7:30 to 17:00, one school day)."""
    settings = school["settings"] if school else {}
    rhythm, talk = settings.get("rhythm") or {}, settings.get("conversation") or {}
    working = {"start": rhythm.get("work_starts", f"{DAY_START:%H:%M}"), "end": rhythm.get("work_ends", f"{DAY_END:%H:%M}")}
    return StaffHours(
        zone=ZoneInfo(school["timezone"] if school else "UTC"),
        days=SchoolDays.of(calendar),
        day=span_of(working) or Span(DAY_START, DAY_END),
        windows=spans_of(card["windows"] if card else ()),
        within_school_days=int(card["reply_within_school_days"]) if card else 1,
        answer_by=_clock(talk.get("answer_by")) or ANSWER_BY,
    )


def _clock(text: Any) -> time | None:
    try:
        return time.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


