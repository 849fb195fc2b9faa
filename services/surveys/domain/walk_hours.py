"""When a guardian who said LATER is asked once more."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

EARLIEST, LATEST = time(9, 0), time(20, 0)


def next_day_at(now: datetime, zone: str, *, after: str | None) -> datetime:
    """The next day at `after` (HH:MM, the hour that suits them), else at this hour, kept between nine and twenty; in UTC."""
    local = now.astimezone(ZoneInfo(zone))
    clock = time.fromisoformat(after) if after else local.time().replace(second=0, microsecond=0)
    clock = min(max(clock, EARLIEST), LATEST)
    return datetime.combine(local.date() + timedelta(days=1), clock, ZoneInfo(zone)).astimezone(UTC)
