"""A step seen differently: the guardian is thanked and told what comes next, teacher and mediator have it on their lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
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


def disagreement_opened(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    known = _names(uow, events)
    tasks = []
    for event in events:
        data = event.data
        for staff_id, kind in ((data["mediator_id"], "disagreement"), (data["staff_id"], "disagreement_copy")):
            if staff_id is not None and (kind == "disagreement" or staff_id != data["mediator_id"]):
                tasks.append(_task(uow, event, known, staff_id=staff_id, kind=kind))
    ledger.save_tasks(uow.connection, tasks)
    compose(uow, ports, [_told(event, known, _key_opened(event)) for event in events])


def disagreement_closed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    known = _names(uow, events)
    ids = [
        derived_id(kind, event.data["disagreement_id"])
        for event in events
        for kind in ("disagreement", "disagreement_copy")
    ]
    ledger.close_tasks(uow.connection, ids, uow.now)
    compose(uow, ports, [_told(event, known, f"disagreement.{event.data['outcome']}") for event in events])


def _key_opened(event: Event) -> str:
    return "disagreement.opened" if event.data["mediator_id"] is not None else "disagreement.opened_alone"


def _told(event: Event, known: Names, key: str) -> Draft:
    data = event.data
    params: dict[str, Any] = {
        "student": known.student(data["student_id"]),
        "teacher": known.teacher(data["mediator_id"] or data["staff_id"]),
    }
    if "meet_by" in data:
        params["due"] = wording.day(data["meet_by"])
    return Draft(
        message_id=derived_id("disagreement", event.id),
        kind="info",
        weight=Weight.ANSWER,
        school_id=data["school_id"],
        recipients=[Recipient(data["guardian_id"], (data["student_id"],), params, solicited="meet_by" in data)],
        catalogue_key=key,
        sender_id=data["mediator_id"] or data["staff_id"],
        cause=event,
    )


def _task(uow: UnitOfWork, event: Event, known: Names, *, staff_id: str, kind: str) -> dict[str, Any]:
    data = event.data
    zone = school_zone(known.schools.get(data["school_id"]))
    return task(
        uow,
        derived_id(kind, data["disagreement_id"]),
        staff_id=staff_id,
        kind=kind,
        school_id=data["school_id"],
        student_id=data["student_id"],
        guardian_id=data["guardian_id"],
        note=data["views"],
        due_at=datetime.combine(data["meet_by"], END_OF_DAY, tzinfo=zone).astimezone(UTC),
    )


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["staff_id"] for event in events} | {event.data["mediator_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
