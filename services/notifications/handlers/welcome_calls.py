"""Families without a time: somebody calls and books with them; a check-in missed twice is on the teacher's Today list."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import journeys, ledger
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CALL, MISSED = "call_to_book", "checkin_missed"


def call_wanted(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A call on the school's call list and on the Today list of whom the family would meet."""
    rows = [
        task(
            uow,
            derived_id(CALL, event.data["call_id"]),
            staff_id=event.data["staff_id"],
            kind=CALL,
            school_id=event.data["school_id"],
            student_id=event.data["student_id"],
            guardian_id=event.data["guardian_id"],
            due_at=event.data["due_at"],
        )
        for event in events
    ]
    ledger.save_tasks(uow.connection, rows)


def checkin_missed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Once may happen; from the school's limit in a row on, the teacher is asked to call."""
    often = [event for event in events if event.data["misses"] >= event.data["limit"]]
    rows = [
        task(
            uow,
            derived_id(MISSED, event.data["checkin_id"]),
            staff_id=event.data["staff_id"],
            kind=MISSED,
            school_id=event.data["school_id"],
            student_id=event.data["student_id"],
            guardian_id=event.data["guardian_id"],
            due_at=uow.now,
        )
        for event in often
    ]
    ledger.save_tasks(uow.connection, rows)


def meeting_booked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The family has a time: nobody needs to call any more."""
    pairs = {(event.data["guardian_id"], event.data["student_id"]) for event in events}
    ledger.close_tasks(uow.connection, journeys.open_tasks(uow.connection, (CALL, MISSED), pairs), uow.now)
