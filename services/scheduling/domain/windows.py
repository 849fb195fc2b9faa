"""When a member of staff can be met: weekly windows and exceptions in, free slots out.

Windows are wall time in the school's zone and stay so across daylight saving; only slots are instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.availability_clock import at, instants
from services.scheduling.domain.availability_rules import (
    Blackout,
    Booked,
    Interval,
    Limits,
    Override,
    Rules,
    Slot,
    Travel,
    Weeks,
    Window,
)
from services.scheduling.domain.availability_segments import Days, Segment, Span
from services.scheduling.domain.availability_taken import Sitting, Taken, seconds_of

__all__ = [
    "GRID",
    "WEEKDAYS",
    "Blackout",
    "Booked",
    "Interval",
    "Limits",
    "Override",
    "Rules",
    "Sitting",
    "Slot",
    "Travel",
    "Weeks",
    "Window",
    "cells",
    "parse_windows",
    "slots",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRID = timedelta(minutes=5)  # bookings start and end on it; SQLite's cells are this long
_GRID_MINUTES = 5
_Before = tuple[int, str | None]  # when the slot before ends, in seconds since 1970, and where it is


def slots(
    rules: Rules,
    busy: Iterable[Interval | Sitting],
    *,
    zone: ZoneInfo,
    start: datetime,
    until: datetime,
    now: datetime | None = None,
    away: Iterable[Interval] = (),
) -> list[Slot]:
    """Free slots that begin in [start, until), in order; each, with the buffers around it, keeps clear of the others.

    `busy`: what is taken, each with its own buffers (`Booked` and `Sitting` say which part is the meeting); it counts
    against the caps. `away`: other absences. `now`: without it, notice and the booking window are not looked at. Each slot is
    free by itself: after one of them is booked, a cap may leave none of the others. A wall time that a change of clocks skips
    or repeats yields no slot (RFC 5545 §3.3.10 skips the former). Which slots there are does not depend on `start` and `until`.
    """
    open_, last = _bookable(rules, zone=zone, now=now)
    if not open_:
        return []
    taken, days = Taken(rules, busy, away, zone=zone), Days(rules)
    low, high = start.timestamp(), until.timestamp()
    before, after = rules.limits.before, rules.buffer
    found: list[Slot] = []
    previous: _Before | None = None
    for day in _days(start.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()):
        offered = (last is None or day <= last) and not taken.full(day)
        for segment in days.of(day):
            soonest = low if now is None else max(low, (now + segment.notice).timestamp())
            for span, left in _in_segment(segment, day, rules=rules, zone=zone, taken=taken, previous=previous):
                previous = span[1], segment.place
                if offered and soonest <= span[0] < high:
                    begins, ends = datetime.fromtimestamp(span[0], UTC), datetime.fromtimestamp(span[1], UTC)
                    found.append(Slot(begins, ends, segment.evening, left, before, after, segment.place))
    return found


def _bookable(rules: Rules, *, zone: ZoneInfo, now: datetime | None) -> tuple[bool, date | None]:
    """(whether booking is open, the last day that may be booked)."""
    limits = rules.limits
    if now is None:
        return True, None
    closed = (limits.opens is not None and now < at(zone, limits.opens)) or (
        limits.closes is not None and now >= at(zone, limits.closes)
    )
    if closed:
        return False, None
    today = now.astimezone(zone).date()
    return True, None if limits.days_ahead is None else today + timedelta(days=limits.days_ahead)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _in_segment(
    segment: Segment, day: date, *, rules: Rules, zone: ZoneInfo, taken: Taken, previous: _Before | None
) -> Iterator[tuple[Span, int]]:
    """Slots one after the other with the seats left in each, clear of what is taken and of the one before."""
    length, limits = seconds_of(rules.length), rules.limits
    before, after = seconds_of(limits.before), seconds_of(rules.buffer)
    step = limits.step or limits.before + rules.length + rules.buffer
    minutes, advance = length // 60, max(seconds_of(step) // 60, _GRID_MINUTES)
    when = instants(zone, day)
    free_from = _free_from(previous, segment, rules=rules)
    for minute in range(-(-segment.start // _GRID_MINUTES) * _GRID_MINUTES, segment.end - minutes + 1, advance):
        begins, ends = when(minute), when(minute + minutes)
        if begins is None or ends is None or ends - begins != length or begins < free_from:
            continue
        span = (begins, ends)
        left = taken.seats_left(span, (begins - before, ends + after), seats=segment.seats)
        if left and not taken.too_long_a_row(span) and not taken.too_far(span, segment.place):
            free_from = ends + after + before
            yield span, left


def _free_from(previous: _Before | None, segment: Segment, *, rules: Rules) -> int:
    """When a slot may begin: after the buffers of both, or the way from the one before, whichever takes longer."""
    if previous is None:
        return 0
    end, place = previous
    way = rules.travel.time(place, segment.place)
    return end + seconds_of(max(rules.buffer + rules.limits.before, way))


def parse_windows(raw: Sequence[dict[str, Any]], *, evening: bool = False) -> tuple[Window, ...]:
    """Windows from configuration: `{"weekday": "wed", "start": "15:30", "end": "16:30"}`, and what else a window may have."""
    return tuple(_window(each, evening=evening) for each in raw)


def _window(raw: dict[str, Any], *, evening: bool) -> Window:
    notice = raw.get("notice_minutes")
    return Window(
        WEEKDAYS.index(raw["weekday"]),
        time.fromisoformat(raw["start"]),
        time.fromisoformat(raw["end"]),
        evening or bool(raw.get("evening")),
        raw.get("place"),
        raw.get("seats"),
        None if notice is None else timedelta(minutes=notice),
        Weeks(raw.get("weeks") or Weeks.EVERY),
        bool(raw.get("drop_in")),
    )


def cells(interval: Interval) -> list[datetime]:
    """The grid cells that the interval touches: what SQLite keeps unique in place of a range."""
    first = datetime.fromtimestamp(interval.start.timestamp() // 300 * 300, UTC)
    found = []
    while first < interval.end:
        found.append(first)
        first += GRID
    return found
