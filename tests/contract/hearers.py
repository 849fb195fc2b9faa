"""Services for the contract suite: what a student's id begins with decides what happens to its event.

Both write one effect row per event, in a table that would show a second one.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from shared.benches.stand import EFFECT
from shared.launcher.components import Component
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.store import insert_rows

ENROLLED = "district.student_enrolled"
GRADED = "district.grade_recorded"
SPEED = 40  # simulated seconds per second: backoffs of 30 s pass in under one


class FastClock:
    """Real time, faster, the same in every process."""

    def now(self) -> datetime:
        base = datetime(2026, 9, 1, tzinfo=UTC)
        return base + timedelta(seconds=(time.time() - base.timestamp()) * SPEED)


def record(uow: UnitOfWork, events: Sequence[Event]) -> None:
    for event in events:
        student = str(event.data["student_id"])
        if student.startswith("raise"):
            raise ValueError(f"a message that quotes {event.data.get('name')}")
        if student.startswith("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if student.startswith("compute"):
            until = time.monotonic() + float(student.partition("-")[2])
            while time.monotonic() < until:  # holds the hub, as a solver would
                pass
    rows = [
        {
            "event_id": event.id,
            "student_id": str(event.data["student_id"]),
            "lane": event.lane.value,
            "produced_at": event.time,
            "handled_at": uow.now,
        }
        for event in events
    ]
    insert_rows(uow.connection, EFFECT, rows)


class First:
    name = "notifications"

    @on(ENROLLED)
    def enrolled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        record(uow, events)

    @on(GRADED)
    def graded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        record(uow, events)


class Second:
    name = "surveys"

    @on(ENROLLED)
    def enrolled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        record(uow, events)


DIRECTORY = Component("directory", "shared.benches")
FIRST = Component("notifications", "shared.benches", "hearers:First")
SECOND = Component("surveys", "shared.benches", "hearers:Second")
COMPONENTS = (DIRECTORY, FIRST, SECOND)
HEARERS = (FIRST, SECOND)
