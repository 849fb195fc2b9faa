"""Occasions of a school: families are told in their language, who came is a live contact and is thanked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

NAMELESS = "family_friday"  # the texts of this kind need no name of their own


def heard(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Events of several types, each to its handler."""
    for event in events:
        match event.type:
            case "scheduling.event_invited":
                event_invited(uow, ports, [event])
            case "scheduling.event_thanked":
                event_thanked(uow, ports, [event])
            case "scheduling.event_attended":
                event_attended(uow, [event])
            case "scheduling.greeting_said":
                ledger.close_tasks(uow.connection, [_greeting(event)], uow.now)
            case _:
                greeting_due(uow, [event])


def event_invited(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Invited, or told of another time or none; one message for all who read one language."""
    drafts = []
    for event in events:
        data = event.data
        when = wording.moment(data["start"])
        title, venue = data["words"]
        shared: dict[str, Any] = {"when": when, "title": title, "venue": venue}
        drafts.append(
            Draft(
                message_id=derived_id("occasion", event.id),
                kind="info",
                weight=Weight.ROUTINE if data["change"] == "invited" else Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(guardian, tuple(students), {**shared, "link": link})
                    for guardian, students, link in zip(data["guardian_ids"], data["student_ids"], data["links"], strict=True)
                ],
                catalogue_key=_key(data),
                action=Action.INVITE,
                expires_at=data["end"],
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def event_thanked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A word of thanks, as routine as any good news: a family's limit on messages holds."""
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("occasion_thanked", event.id),
                kind="positive",
                weight=Weight.ROUTINE,
                school_id=event.data["school_id"],
                recipients=[
                    Recipient(guardian, tuple(students))
                    for guardian, students in zip(event.data["guardian_ids"], event.data["student_ids"], strict=True)
                ],
                catalogue_key="occasion.thanked",
                action=Action.INVITE,
                cause=event,
            )
            for event in events
        ],
    )


def event_attended(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Somebody from the school and somebody from the home have met: live, though about no child in particular."""
    contacts = []
    for event in events:
        for student in event.data["student_ids"]:
            contact = {
                "contact_id": derived_id("attended", event.data["occasion_id"], event.data["guardian_id"], student),
                "student_id": student,
                "guardian_id": event.data["guardian_id"],
                "mode": "video" if event.data["via"] == "online" else "in_person",
                "kind": "info",
                "personal": False,
                "live": True,
                "at": event.time,
            }
            contacts.append(contact)
            uow.emit("notifications.contact_logged", contact, school=event.data["school_id"], subject=student, cause=event)
    ledger.log_contacts(uow.connection, contacts)


def greeting_due(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """On the teacher's Today page."""
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                _greeting(event),
                staff_id=event.data["staff_id"],
                kind=f"greeting_{event.data['observance']}",
                school_id=event.data["school_id"],
            )
            for event in events
        ],
    )


def _greeting(event: Event) -> str:
    """The task's id: of the teacher, and of what is kept on which day."""
    return derived_id("greeting", event.data["staff_id"], event.data["observance"], event.data["on"].isoformat())


def _key(data: Any) -> str:
    if data["change"] == "invited":
        return f"occasion.invited.{data['kind']}"
    return f"occasion.{data['change']}" + (f".{NAMELESS}" if data["kind"] == NAMELESS else "")
