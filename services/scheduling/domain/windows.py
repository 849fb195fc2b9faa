"""When a member of staff can be met: weekly windows and exceptions in, free slots out.

Windows are wall time in the school's zone and stay so across daylight saving; only slots are instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRID = timedelta(minutes=5)  # bookings start and end on it; SQLite's cells are this long


@dataclass(frozen=True, slots=True)
class Window:
    """Wall time on one weekday (0 is Monday). `evening`: offered only to families who cannot come earlier."""

    weekday: int
    start: time
    end: time
    evening: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What holds on one day instead of the weekly windows; no windows means not there."""

    on: date
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) as instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked, as instants in UTC."""

    start: datetime
    end: datetime
    evening: bool = False

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Rules:
    """Weekly windows, exceptions, days when the school is closed; lengths are wall minutes."""

    windows: tuple[Window, ...]
    overrides: tuple[Override, ...] = ()
    closed: frozenset[date] = frozenset()
    length: timedelta = timedelta(minutes=20)
    buffer: timedelta = timedelta(0)


def slots(
    rules: Rules, busy: Iterable[Interval], *, zone: ZoneInfo, start: datetime, until: datetime
) -> list[Slot]:
    """Free slots that begin in [start, until), in order; each, with the buffer after it, keeps clear of the others.

    `busy`: what is taken, each with its own buffer after it. A wall time that a change of clocks skips or repeats yields
    no slot (RFC 5545 §3.3.10 skips the former).
    """
    taken = list(busy)
    found: list[Slot] = []
    last_end: datetime | None = None
    for slot in sorted(_planned(rules, zone=zone, start=start, until=until), key=lambda s: s.start):
        if not start <= slot.start < until or (last_end is not None and slot.start < last_end):
            continue
        blocks = Interval(slot.start, slot.end + rules.buffer)
        if any(blocks.overlaps(interval) for interval in taken):
            continue
        found.append(slot)
        last_end = blocks.end
    return found


def _planned(rules: Rules, *, zone: ZoneInfo, start: datetime, until: datetime) -> Iterator[Slot]:
    instead = {override.on: override.windows for override in rules.overrides}
    day, last = start.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        if day not in rules.closed:
            weekly = [window for window in rules.windows if window.weekday == day.weekday()]
            for window in instead.get(day, weekly):
                yield from _in_window(window, day, rules=rules, zone=zone)
        day += timedelta(days=1)


def _in_window(window: Window, day: date, *, rules: Rules, zone: ZoneInfo) -> Iterator[Slot]:
    wall, end = _on_grid(datetime.combine(day, window.start)), datetime.combine(day, window.end)
    while wall + rules.length <= end:
        slot = _slot(wall, rules.length, zone=zone, evening=window.evening)
        if slot is not None:
            yield slot
        wall += rules.length + rules.buffer


def _slot(wall: datetime, length: timedelta, *, zone: ZoneInfo, evening: bool) -> Slot | None:
    """The slot at that wall time, or None where the clocks make it longer, shorter or non-existent."""
    begins = wall.replace(tzinfo=zone).astimezone(UTC)
    ends = (wall + length).replace(tzinfo=zone).astimezone(UTC)
    exist = all(
        instant.astimezone(zone).replace(tzinfo=None) == meant for instant, meant in ((begins, wall), (ends, wall + length))
    )
    return Slot(begins, ends, evening) if exist and ends - begins == length else None


def _on_grid(wall: datetime) -> datetime:
    """`wall` rounded up to the grid of bookings."""
    over = timedelta(minutes=wall.minute % 5, seconds=wall.second, microseconds=wall.microsecond)
    return wall if not over else wall + GRID - over


def parse_windows(raw: Sequence[dict[str, str]], *, evening: bool = False) -> tuple[Window, ...]:
    """Windows from configuration: `{"weekday": "wed", "start": "15:30", "end": "16:30"}`."""
    return tuple(
        Window(
            WEEKDAYS.index(each["weekday"]),
            time.fromisoformat(each["start"]),
            time.fromisoformat(each["end"]),
            evening or bool(each.get("evening")),
        )
        for each in raw
    )


def cells(interval: Interval) -> list[datetime]:
    """The grid cells that the interval touches: what SQLite keeps unique in place of a range."""
    first = datetime.fromtimestamp(interval.start.timestamp() // 300 * 300, UTC)
    found = []
    while first < interval.end:
        found.append(first)
        first += GRID
    return found
