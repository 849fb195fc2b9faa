"""What a conference round is made of, and its clock: wall times at the school, a grid of cells, instants.

The solver counts evenings and cells (`docs/scheduling-rounds.md`); people read wall times; bookings are instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

GRID = 5  # minutes per cell: bookings start and end on it
MUST, WANTED, NICE = 4, 2, 1  # weights of a wish, as the score counts them


class State(StrEnum):
    """A round's life; what it was is kept, nothing is deleted."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True)
class Span:
    """Wall time on one day at the school, [start, end)."""

    on: date
    start: time
    end: time

    @classmethod
    def of(cls, raw: Mapping[str, str]) -> Span:
        """From `{"on": "2026-10-26", "start": "17:00", "end": "20:00"}`; ValueError where one of them is no such thing."""
        return cls(
            date.fromisoformat(str(raw["on"])), time.fromisoformat(str(raw["start"])), time.fromisoformat(str(raw["end"]))
        )

    def raw(self) -> dict[str, str]:
        return {"on": self.on.isoformat(), "start": f"{self.start:%H:%M}", "end": f"{self.end:%H:%M}"}


@dataclass(frozen=True, slots=True)
class Teacher:
    """`windows` None: there on every evening, throughout."""

    staff_id: str
    minutes: int
    windows: tuple[Span, ...] | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """A household as the plan sees it. `language`: of the interpreter they need."""

    home_id: str
    mode: str
    language: str | None = None
    windows: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A home asks for a teacher, about these children."""

    home_id: str
    staff_id: str
    students: tuple[str, ...]
    weight: int = WANTED


@dataclass(frozen=True, slots=True)
class Lock:
    """A meeting that stays where somebody put it."""

    home_id: str
    staff_id: str
    on: date
    start: time


@dataclass(frozen=True)
class Grid:
    """The evenings as cells of five minutes, and back."""

    evenings: tuple[Span, ...]
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))

    @property
    def cells(self) -> int:
        """Per evening: those of the longest; a shorter one ends earlier in everybody's windows."""
        return max((self.length(number) for number in range(len(self.evenings))), default=0)

    def length(self, evening: int) -> int:
        span = self.evenings[evening]
        return (minute_of(span.end) - minute_of(span.start)) // GRID

    def windows(self, spans: Iterable[Span] | None) -> list[list[int]]:
        """`[evening, first cell, cell after the last]` for wall times, cut to whole cells; None: all of every evening."""
        if spans is None:
            return [[number, 0, self.length(number)] for number in range(len(self.evenings))]
        found = []
        for span in spans:
            for number, evening in enumerate(self.evenings):
                if evening.on != span.on:
                    continue
                begins = max(minute_of(span.start), minute_of(evening.start)) - minute_of(evening.start)
                ends = min(minute_of(span.end), minute_of(evening.end)) - minute_of(evening.start)
                first, last = -(-begins // GRID), ends // GRID
                if first < last:
                    found.append([number, first, last])
        return sorted(found)

    def without(self, windows: Sequence[Sequence[int]], busy: Iterable[tuple[datetime, datetime]]) -> list[list[int]]:
        """The windows less the cells that these instants touch."""
        taken = set()
        for begins, ends in busy:
            for number in range(len(self.evenings)):
                first = (begins - self.instant(number, 0)) // timedelta(minutes=GRID)
                last = -((self.instant(number, 0) - ends) // timedelta(minutes=GRID))
                taken |= {(number, cell) for cell in range(max(0, first), min(self.length(number), last))}
        found: list[list[int]] = []
        for number, first, last in windows:
            for cell in range(first, last):
                if (number, cell) in taken:
                    continue
                if found and found[-1][0] == number and found[-1][2] == cell and cell != first:
                    found[-1][2] = cell + 1
                else:
                    found.append([number, cell, cell + 1])
        return found

    def place(self, on: date, start: time) -> tuple[int, int] | None:
        """Evening and cell of a wall time; None where the round has none there."""
        for number, evening in enumerate(self.evenings):
            cell, over = divmod(minute_of(start) - minute_of(evening.start), GRID)
            if evening.on == on and not over and 0 <= cell < self.length(number):
                return number, cell
        return None

    def wall(self, evening: int, cell: int) -> datetime:
        """Wall time, without a zone."""
        span = self.evenings[evening]
        return datetime.combine(span.on, span.start) + timedelta(minutes=GRID * cell)

    def instant(self, evening: int, cell: int) -> datetime:
        return self.wall(evening, cell).replace(tzinfo=self.zone).astimezone(UTC)


def minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def problems(
    evenings: Sequence[Span], *, zone: ZoneInfo, closed: frozenset[date], answer_by: datetime, minutes: int
) -> dict[str, list[str]]:
    """What is wrong with a round, by field, in words that say how to put it right; empty: nothing."""
    found: dict[str, list[str]] = {}

    def wrong(name: str, text: str) -> None:
        found.setdefault(name, []).append(text)

    if not evenings:
        wrong("evenings", 'expected at least one evening, like "2026-10-26 17:00-20:00"')
    for span in evenings:
        if span.end <= span.start:
            wrong("evenings", f"{span.on}: expected an end after the start")
        elif minute_of(span.start) % GRID or minute_of(span.end) % GRID:
            wrong("evenings", f"{span.on}: expected times on five minutes, like 17:05")
        elif minute_of(span.end) - minute_of(span.start) < minutes:
            wrong("evenings", f"{span.on}: expected room for one meeting of {minutes} minutes")
        if span.on in closed:
            wrong("evenings", f"{span.on}: the school is closed that day; choose another")
        if _clocks_change(span, zone):
            wrong("evenings", f"{span.on}: the clocks change during that time; choose other hours")
    if len({span.on for span in evenings}) < len(evenings):
        wrong("evenings", "expected each day once")
    if minutes % GRID or not 5 <= minutes <= 60:
        wrong("minutes", "expected 5, 10, 15, … 60")
    if evenings and answer_by >= min(_instant(span.on, span.start, zone) for span in evenings):
        wrong("answer_by", "expected a time before the first evening begins")
    return found


def _clocks_change(span: Span, zone: ZoneInfo) -> bool:
    """Whether any minute of it is skipped or comes twice (RFC 5545 §3.3.5 gives such times no one meaning)."""
    begins, ends = _instant(span.on, span.start, zone), _instant(span.on, span.end, zone)
    return ends - begins != datetime.combine(span.on, span.end) - datetime.combine(span.on, span.start)


def _instant(on: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, clock, tzinfo=zone).astimezone(UTC)


def parse_spans(text: str) -> tuple[Span, ...]:
    """Lines like "2026-10-26 17:00-20:00"; ValueError names the line that is none."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            day, hours = line.split()
            start, end = hours.split("-")
            found.append(Span(date.fromisoformat(day), time.fromisoformat(start), time.fromisoformat(end)))
        except ValueError:
            raise ValueError(f'line {number}: expected a day and times, like "2026-10-26 17:00-20:00"') from None
    return tuple(sorted(found, key=lambda span: (span.on, span.start)))


def spans_of(raw: Iterable[Mapping[str, Any]] | None) -> tuple[Span, ...] | None:
    return None if raw is None else tuple(Span.of(each) for each in raw)
