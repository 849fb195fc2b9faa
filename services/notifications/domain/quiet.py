"""Quiet hours on a guardian's own wall clock, right across midnight and daylight saving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DIGEST_AT = time(17, 0)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` where the guardian lives; the same time twice means none at all."""

    start: time
    end: time

    @classmethod
    @lru_cache(maxsize=1024)  # few hours, many people
    def parse(cls, start: str | None, end: str | None) -> QuietHours | None:
        """From "HH:MM" twice; None where either is missing."""
        if not start or not end:
            return None
        return cls(time.fromisoformat(start), time.fromisoformat(end))

    def cover(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether the wall clock there shows a quiet time."""
        wall = moment.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def over_at(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) from `moment` on that is not quiet."""
        current = moment
        while self.cover(current, zone):
            current = self._next_end(current, zone)
        return current

    def _next_end(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The next time the wall clock shows `end`; the second of two equal times where the first has passed."""
        local = moment.astimezone(zone)
        for days in (0, 1):
            wall = datetime.combine(local.date() + timedelta(days=days), self.end)
            for fold in (0, 1):
                end = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
                if end > moment:
                    return end
        raise AssertionError("a day later the wall clock has shown every time")


def month_ends_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """When what waited for the cap goes out together: 17:00 on the month's last day, or now if that has passed."""
    local = moment.astimezone(zone).date()
    last = (local.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return max(moment, datetime.combine(last, DIGEST_AT, tzinfo=zone).astimezone(UTC))


def month_begins_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the first of the month there."""
    first = moment.astimezone(zone).date().replace(day=1)
    return midnight(first, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which `day` begins there."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
