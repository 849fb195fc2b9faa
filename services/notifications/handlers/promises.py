"""Promises: whoever made one is reminded, the other side hears when it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.rendering import school_zone
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

END_OF_DAY = time(16, 0)


def commitment_made(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The family hears what was promised, by when."""
    _tell_family(uow, ports, [e for e in events if e.data["owner_kind"] == "staff"], key="promise.made")


def commitment_due(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A member of staff is reminded by email and on the Today page; a guardian, in their own words, by message."""
    known = _names(uow, events)
    staff = [event for event in events if event.data["owner_kind"] == "staff"]
    ledger.save_tasks(uow.connection, [_task(uow, event, known, "promise_due") for event in staff])
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("promise", event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=event.data["school_id"],
                recipients=[_owner(event, known)],
                catalogue_key="promise.reminder",
                cause=event,
            )
            for event in events
        ],
    )


def commitment_kept(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The task is done; the family is told."""
    ledger.close_tasks(
        uow.connection,
        [derived_id(kind, e.data["commitment_id"]) for e in events for kind in ("promise_due", "promise_missed")],
        uow.now,
    )
    _tell_family(uow, ports, [e for e in events if e.data["owner_kind"] == "staff"], key="promise.kept")


def commitment_missed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Shown to its owner only."""
    known = _names(uow, events)
    staff = [event for event in events if event.data["owner_kind"] == "staff"]
    ledger.close_tasks(uow.connection, [derived_id("promise_due", e.data["commitment_id"]) for e in staff], uow.now)
    ledger.save_tasks(uow.connection, [_task(uow, event, known, "promise_missed") for event in staff])


def _tell_family(uow: UnitOfWork, ports: Ports, events: Sequence[Event], *, key: str) -> None:
    known = _names(uow, events)
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("promise", event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=event.data["school_id"],
                recipients=[
                    Recipient(event.data["guardian_id"], (event.data["student_id"],), _params(event, known))
                ],
                catalogue_key=key,
                sender_id=event.data["owner_id"],
                personal=True,
                cause=event,
            )
            for event in events
        ],
    )


def _owner(event: Event, known: Names) -> Recipient:
    data = event.data
    return Recipient(data["owner_id"], (data["student_id"],), _params(event, known), kind=data["owner_kind"])


def _params(event: Event, known: Names) -> dict[str, Any]:
    data = event.data
    return {
        "teacher": known.teacher(data["owner_id"]),
        "student": known.student(data["student_id"]),
        "promise": data["text"],
        "due": wording.day(data["due_on"]),
    }


def _task(uow: UnitOfWork, event: Event, known: Names, kind: str) -> dict[str, Any]:
    data = event.data
    zone = school_zone(known.schools.get(data["school_id"]))
    return task(
        uow,
        derived_id(kind, data["commitment_id"]),
        staff_id=data["owner_id"],
        kind=kind,
        school_id=data["school_id"],
        student_id=data["student_id"],
        guardian_id=data["guardian_id"],
        note=data["text"],
        due_at=datetime.combine(data["due_on"], END_OF_DAY, tzinfo=zone),
    )


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["owner_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
