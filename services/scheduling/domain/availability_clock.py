"""From wall times to instants. A wall time that a change of clocks skips or repeats has none (RFC 5545 §3.3.10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
_GRID = 5
_EPOCH = date(1970, 1, 1).toordinal()


def instant(zone: ZoneInfo, day: date, minute: int) -> int | None:
    """Seconds since 1970 (UTC) when the clock in `zone` shows that minute of that day; None: never, or twice."""
    offset = _offset_at(zone, datetime.combine(day, time()) + timedelta(minutes=minute))
    if offset is None:
        return None
    return (day.toordinal() - _EPOCH) * 86_400 + minute * 60 - offset


def instants(zone: ZoneInfo, day: date) -> Callable[[int], int | None]:
    """`instant` for many minutes of one day: on all but a few days of the year, an addition."""
    offset = offset_of_day(zone, day)
    if offset is None:
        return lambda minute: instant(zone, day, minute)
    midnight = (day.toordinal() - _EPOCH) * 86_400 - offset
    return lambda minute: midnight + minute * 60


def at(zone: ZoneInfo, wall: datetime) -> datetime:
    """The instant of a naive wall time, as aware time in `zone`: the first of two, just after a gap the one that is skipped.

    For limits ("booking opens at …"), where some instant is better than none.
    """
    return wall.replace(tzinfo=zone, fold=0)


@lru_cache(maxsize=8192)
def offset_of_day(zone: ZoneInfo, day: date) -> int | None:
    """Seconds east of UTC that hold from midnight to midnight, or None where the clocks change on that day."""
    midnight = datetime.combine(day, time())
    walls = (midnight + timedelta(minutes=minute) for minute in range(0, DAY_MINUTES, _GRID))
    offsets = {_offset_at(zone, wall) for wall in walls}
    return offsets.pop() if len(offsets) == 1 else None


def _offset_at(zone: ZoneInfo, wall: datetime) -> int | None:
    """Seconds east of UTC at a naive wall time; None where it does not exist or exists twice (PEP 495: the folds differ)."""
    first = zone.utcoffset(wall)
    if first is None or first != zone.utcoffset(wall.replace(fold=1)):
        return None
    return int(first.total_seconds())
