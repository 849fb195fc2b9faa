"""What an inbox counts. Once per batch, not per event: a worker handles thousands of events a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared.observability import metrics

UNREADABLE = "unreadable"  # stands for the type of a body that cannot be read


def batch_done(
    service: str,
    *,
    lane: str,
    handled: Mapping[str, int],
    duplicates: int,
    oldest: datetime | None,
    now: datetime,
    seconds: float,
) -> None:
    """A batch was committed: `handled` is type → how many, `oldest` its oldest event's time, `seconds` how long."""
    for type_, count in handled.items():
        metrics.EVENTS_HANDLED.labels(service, type_, "done").inc(count)
    if duplicates:
        metrics.INBOX_DUPLICATES.labels(service, lane).inc(duplicates)
    if oldest is not None:
        metrics.EVENT_AGE_SECONDS.labels(service, lane).observe(max(0.0, (now - oldest).total_seconds()))
    metrics.HANDLE_SECONDS.labels(service, lane).observe(seconds)


def set_aside(service: str, type_: str, *, dead: bool) -> None:
    """One event was parked to be tried again, or given up."""
    metrics.EVENTS_HANDLED.labels(service, type_, "dead" if dead else "retried").inc()
