"""When a member of staff can be met: weekly windows and exceptions in, free slots out.

Windows are wall time in the school's zone and stay so across daylight saving; only slots are instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.availability_clock import at, instant
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
from services.scheduling.domain.availability_segments import Days, Segment
from services.scheduling.domain.availability_taken import Taken, seconds_of

__all__ = [
    "GRID",
    "WEEKDAYS",
    "Blackout",
    "Booked",
    "Interval",
    "Limits",
    "Override",
    "Rules",
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


def slots(
    rules: Rules,
    busy: Iterable[Interval],
    *,
    zone: ZoneInfo,
    start: datetime,
    until: datetime,
    now: datetime | None = None,
    away: Iterable[Interval] = (),
) -> list[Slot]:
    """Free slots that begin in [start, until), in order; each, with the buffers around it, keeps clear of the others.

    `busy`: what is taken, each with its own buffers (`Booked` says which part is the meeting); it counts against the caps.
    `away`: other absences. `now`: without it, notice and the booking window are not looked at. Each slot is free by
    itself: after one of them is booked, a cap may leave none of the others. A wall time that a change of clocks skips or
    repeats yields no slot (RFC 5545 §3.3.10 skips the former). Which slots there are does not depend on `start` and `until`.
    """
    first, last = _bookable(rules, zone=zone, now=now)
    if first is None:
        return []
    taken, days = Taken(rules, busy, away, zone=zone), Days(rules)
    low, high = start.timestamp(), until.timestamp()
    found: list[Slot] = []
    previous: Slot | None = None
    for day in _days(start.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()):
        for segment in days.of(day):
            for slot in _in_segment(segment, day, rules=rules, zone=zone, taken=taken, previous=previous):
                previous = slot
                inside = low <= slot.start.timestamp() < high and (last is None or day <= last)
                if inside and (now is None or slot.start >= now + segment.notice) and not taken.full(day):
                    found.append(slot)
    return found


def _bookable(rules: Rules, *, zone: ZoneInfo, now: datetime | None) -> tuple[date | None, date | None]:
    """(today, the last day that may be booked); no first day where booking is not open."""
    limits = rules.limits
    if now is None:
        return date.min, None
    closed = (limits.opens is not None and now < at(zone, limits.opens)) or (
        limits.closes is not None and now >= at(zone, limits.closes)
    )
    if closed:
        return None, None
    today = now.astimezone(zone).date()
    return today, None if limits.days_ahead is None else today + timedelta(days=limits.days_ahead)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _in_segment(
    segment: Segment, day: date, *, rules: Rules, zone: ZoneInfo, taken: Taken, previous: Slot | None
) -> Iterator[Slot]:
    """Slots one after the other, clear of what is taken and of the one before."""
    length, limits = seconds_of(rules.length), rules.limits
    before, after = seconds_of(limits.before), seconds_of(rules.buffer)
    step = limits.step or limits.before + rules.length + rules.buffer
    minutes, advance = length // 60, max(seconds_of(step) // 60, _GRID_MINUTES)
    minute = -(-segment.start // _GRID_MINUTES) * _GRID_MINUTES
    while minute + minutes <= segment.end:
        begins, ends = instant(zone, day, minute), instant(zone, day, minute + minutes)
        minute += advance
        if begins is None or ends is None or ends - begins != length:
            continue
        span = (begins, ends)
        if previous is not None and begins - before < _free_from(previous, segment, rules=rules):
            continue
        left = taken.seats_left(span, (begins - before, ends + after), seats=segment.seats)
        if left == 0 or taken.too_long_a_row(span) or taken.too_far(span, segment.place):
            continue
        previous = Slot(
            datetime.fromtimestamp(begins, UTC),
            datetime.fromtimestamp(ends, UTC),
            segment.evening,
            left,
            limits.before,
            rules.buffer,
            segment.place,
        )
        yield previous


def _free_from(previous: Slot, segment: Segment, *, rules: Rules) -> float:
    """When the buffers of the slot before are over, or the way from it is, whichever is later (seconds since 1970)."""
    buffers = previous.end + previous.after
    if previous.place == segment.place:
        return buffers.timestamp()
    way = previous.end + rules.travel.time(previous.place, segment.place) - rules.limits.before
    return max(buffers, way).timestamp()


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
