"""Promises: when their owner is reminded, when they count as missed, and the share that was kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.scheduling.domain.schooldays import morning_of, school_day_before


class State(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"  # not kept in time; may still be kept late, and then stays missed in the rate


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the promises whose day has come: how many, how many kept in time, the share (None: none yet)."""

    settled: int
    kept: int

    @property
    def share(self) -> float | None:
        return self.kept / self.settled if self.settled else None


def remind_at(due_on: date, *, zone: ZoneInfo, holidays: Collection[date]) -> datetime:
    """08:00 on the school day before."""
    return morning_of(school_day_before(due_on, holidays=holidays), zone)


def missed_at(due_on: date, *, zone: ZoneInfo) -> datetime:
    """08:00 on the day after."""
    return morning_of(due_on + timedelta(days=1), zone)
