"""Promises: whoever made one is reminded, the other side hears when it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.plans import worded
from services.notifications.handlers.rendering import school_zone
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

END_OF_DAY = time(16, 0)
KIND = "commitment"  # of the open question to a guardian: is it done?
ANSWERABLE = timedelta(days=3)  # after its day


def commitment_made(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The family hears what was promised, by when; its own promises too."""
    _tell_family(uow, ports, [e for e in events if e.data["owner_kind"] == "staff"], key="promise.made")
    _tell_family(uow, ports, [e for e in events if e.data["owner_kind"] == "guardian"], key="promise.made_own")


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
                catalogue_key="promise.reminder" if event.data["owner_kind"] == "staff" else "promise.reminder_own",
                cause=event,
            )
            for event in events
        ],
    )


def commitment_kept(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The task is done; the other side is told."""
    ledger.close_tasks(
        uow.connection,
        [derived_id(kind, e.data["commitment_id"]) for e in events for kind in ("promise_due", "promise_missed")],
        uow.now,
    )
    _tell_family(uow, ports, [e for e in events if e.data["owner_kind"] == "staff"], key="promise.kept")
    kept_at_home = [event for event in events if event.data["owner_kind"] == "guardian"]
    threads.close(uow.connection, KIND, (event.data["commitment_id"] for event in kept_at_home))
    _tell_school(uow, ports, [event for event in kept_at_home if event.data.get("staff_id") is not None])


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
                    Recipient(
                        event.data["guardian_id"],
                        (event.data["student_id"],),
                        _params(event, known) | _in_their_words(event.data),
                        language=event.data.get("language"),
                    )
                ],
                catalogue_key=key,
                sender_id=_school_side(event.data),
                personal=True,
                cause=event,
            )
            for event in events
        ],
    )


def _tell_school(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A family has done what it said: whoever it was said to hears it, in the words it was written in."""
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
                    Recipient(event.data["staff_id"], (event.data["student_id"],), _params(event, known), kind="staff")
                ],
                catalogue_key="promise.kept_home",
                cause=event,
            )
            for event in events
        ],
    )


def _owner(event: Event, known: Names) -> Recipient:
    """A guardian answers 1 when it is done, or presses the button behind the link."""
    data = event.data
    if data["owner_kind"] == "staff":
        return Recipient(data["owner_id"], (data["student_id"],), _params(event, known), kind="staff")
    zone = school_zone(known.schools.get(data["school_id"]))
    until = datetime.combine(data["due_on"] + ANSWERABLE, END_OF_DAY, tzinfo=zone)
    opens = {"kind": KIND, "ref": data["commitment_id"], "expires_at": until.isoformat()}
    params = _params(event, known) | _in_their_words(data) | ({"link": data["link"]} if data.get("link") else {})
    return Recipient(data["owner_id"], (data["student_id"],), params, opens=opens, language=data.get("language"))


def _in_their_words(data: Mapping[str, Any]) -> dict[str, Any]:
    """The promise as the family reads it; as it was written where the event carries no other words."""
    return worded(data) | ({"promise": data["words"][0]} if data.get("words") else {})


def _params(event: Event, known: Names) -> dict[str, Any]:
    data = event.data
    return {
        "teacher": known.teacher(_school_side(data)),
        "guardian": known.guardian(data["guardian_id"]),
        "student": known.student(data["student_id"]),
        "promise": data["text"],
        "due": wording.day(data["due_on"]),
    }


def _school_side(data: Mapping[str, Any]) -> str | None:
    side: str | None = data["owner_id"] if data["owner_kind"] == "staff" else data.get("staff_id")
    return side


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
        staff={_school_side(event.data) for event in events},
        schools={event.data["school_id"] for event in events},
        guardians={event.data["guardian_id"] for event in events},
    )
