"""Interpreters of meetings: asked, told, set free; and both sides when nobody was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.ports import Ports
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action


def interpreter_requested(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Everybody who interprets the language, each with a link of their own; no family is named."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        params = {"teacher": known.teacher(data["staff_id"]), "when": wording.moment(data["start"])}
        asked = [
            Recipient(person, (), params | {"link": link}, kind="staff")
            for person, link in zip(data["candidates"], data["links"], strict=True)
        ]
        drafts.append(_draft(event, "ask", asked, key="interpreter.request"))
    compose(uow, ports, drafts)


def interpreter_assigned(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The interpreter, the teacher and the family."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        when = {"when": wording.moment(data["start"])}
        teacher, student = {"teacher": known.teacher(data["staff_id"])}, {"student": known.student(data["student_id"])}
        drafts += [
            _draft(event, "info", [Recipient(data["interpreter_id"], (), teacher | when, kind="staff")], key="interpreter.booked"),
            _draft(
                event,
                "info",
                [Recipient(data["staff_id"], (data["student_id"],), student | when, kind="staff")],
                key="interpreter.assigned_staff",
            ),
            _draft(
                event,
                "info",
                [Recipient(data["guardian_id"], (data["student_id"],), teacher | student | when)],
                key="interpreter.assigned",
            ),
        ]
    compose(uow, ports, drafts)


def interpreter_released(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Their time is free again."""
    drafts = [
        _draft(
            event,
            "info",
            [Recipient(event.data["interpreter_id"], (), {"when": wording.moment(event.data["start"])}, kind="staff")],
            key="interpreter.released",
        )
        for event in events
    ]
    compose(uow, ports, drafts)


def interpreter_unfilled(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Both sides, each in their own words: an interpreter by telephone, or another time if they like."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        when, key = {"when": wording.moment(data["start"])}, f"interpreter.{data['fallback']}"
        student = {"student": known.student(data["student_id"])}
        family = student | when | {"teacher": known.teacher(data["staff_id"]), "link": data["link"]}
        drafts += [
            _draft(event, "info", [Recipient(data["guardian_id"], (data["student_id"],), family)], key=key),
            _draft(
                event,
                "info",
                [Recipient(data["staff_id"], (data["student_id"],), student | when, kind="staff")],
                key=f"{key}_staff",
            ),
        ]
    compose(uow, ports, drafts)


def _draft(event: Event, kind: str, recipients: Sequence[Recipient], *, key: str) -> Draft:
    return Draft(
        message_id=derived_id(key, event.id),
        kind=kind,
        weight=Weight.ANSWER,
        school_id=event.data["school_id"],
        recipients=list(recipients),
        catalogue_key=key,
        action=Action.INVITE,
        cause=event,
    )


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    def those(name: str) -> set[Any]:
        return {event.data[name] for event in events if name in event.data}

    return names(uow, students=those("student_id"), staff=those("staff_id"), schools=those("school_id"))
