"""The only source of time: everything else is handed a `Clock`.

All datetimes are timezone-aware UTC; converting to a guardian's or a school's zone is the caller's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimulatedClock:
    """A clock that moves only when told to, for demos and tests.

    `on_advance` callbacks run after each move, so that pollers of due work can wake up.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock starts at an aware datetime")
        self._now = start.astimezone(UTC)
        self._callbacks: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        return self._now

    def on_advance(self, callback: Callable[[datetime], None]) -> None:
        self._callbacks.append(callback)

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant`; a clock never goes back (ValueError)."""
        target = instant.astimezone(UTC)
        if target < self._now:
            raise ValueError("a clock never goes back")
        self._now = target
        for callback in self._callbacks:
            callback(target)


def monotonic() -> float:
    """Seconds for measuring durations only, never for telling the time."""
    return time.monotonic()
