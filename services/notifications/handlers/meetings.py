"""Meetings: offers with numbered times, confirmations with a calendar file to both sides, cancellations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.contacts import log_live
from services.notifications.handlers.naming import Names, names
from services.notifications.ports import Ports
from services.notifications.store import ledger, messages, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

CALENDAR = "/notifications/calendar"
OFFERS = {"welcome": "meeting.offer_welcome", "checkin": "meeting.offer_checkin"}  # texts of their own; any other: meeting.offer


def availability_published(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A teacher's contact card."""
    own = ("staff_id", "version", "windows", "modes", "reply_within_school_days")
    ledger.save_cards(uow.connection, [{name: event.data[name] for name in own} for event in events])


def meeting_offered(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Times on the guardian's own clock, answered by a digit."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        params = _who(data, known) | {
            "slots": wording.slots([(slot["n"], slot["start"]) for slot in data["slots"]]),
            "link": data["link"],
        }
        opens = {"kind": "meeting_offer", "ref": data["offer_id"], "expires_at": data["expires_at"].isoformat()}
        drafts.append(
            Draft(
                message_id=derived_id("offer", event.id),
                kind="ask",
                weight=Weight.ANSWER if data["again"] else Weight.IMPORTANT,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        data["guardian_id"], (data["student_id"],), params, opens=opens, solicited=data["again"]
                    )
                ],
                catalogue_key="meeting.offer_again" if data["again"] else OFFERS.get(data["kind"], "meeting.offer"),
                sender_id=data["staff_id"],
                action=Action.INVITE,
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def meeting_booked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Confirmed to the family and to the teacher, each with the calendar file."""
    threads.close(uow.connection, "meeting_offer", (e.data["offer_id"] for e in events if e.data["offer_id"]))
    _both_sides(uow, ports, _loud(events), key="meeting.booked", method="REQUEST")
    _team(uow, ports, _loud(events), key="meeting.booked_team")


def meeting_cancelled(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Taken out of both calendars."""
    _both_sides(uow, ports, _loud(events), key="meeting.cancelled", method="CANCEL")
    _team(uow, ports, _loud(events), key="meeting.cancelled_team")


def meeting_held(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A live, personal contact with that home: it ends a gap."""
    for event in events:
        data = event.data
        who = {name: data[name] for name in ("staff_id", "student_id", "guardian_id")}
        log_live(uow, **who, mode=data["mode"], kind="info")


def meeting_missed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A family that could not come is offered times without a word of blame; one that came in vain hears that we are sorry."""
    ours = [event for event in events if event.data["who"] != "guardian"]
    known = _names(uow, ours)
    drafts = [
        Draft(
            message_id=derived_id("missed", event.id),
            kind="info",
            weight=Weight.ANSWER,
            school_id=event.data["school_id"],
            recipients=[
                Recipient(
                    event.data["guardian_id"],
                    (event.data["student_id"],),
                    _who(event.data, known) | {"when": wording.moment(event.data["at"]), "link": event.data["link"]},
                )
            ],
            catalogue_key="meeting.missed_by_staff",
            action=Action.INVITE,
            cause=event,
        )
        for event in ours
    ]
    compose(uow, ports, drafts)


def _team(uow: UnitOfWork, ports: Ports, events: Sequence[Event], *, key: str) -> None:
    """Staff who take part beside the teacher."""
    theirs = [event for event in events if event.data.get("team")]
    known = _names(uow, theirs)
    drafts = [
        Draft(
            message_id=derived_id("team", event.id),
            kind="info",
            weight=Weight.ANSWER,
            school_id=event.data["school_id"],
            recipients=[
                Recipient(
                    person,
                    (event.data["student_id"],),
                    _who(event.data, known) | {"when": wording.moment(event.data["start"])},
                    kind="staff",
                )
                for person in event.data["team"]
            ],
            catalogue_key=key,
            cause=event,
        )
        for event in theirs
    ]
    compose(uow, ports, drafts)


def _loud(events: Sequence[Event]) -> list[Event]:
    """Without those of which whoever decided them tells the people itself: a series, a round."""
    return [event for event in events if not event.data.get("quiet")]


def _both_sides(uow: UnitOfWork, ports: Ports, events: Sequence[Event], *, key: str, method: str) -> None:
    known = _names(uow, events)
    files, drafts = [], []
    for event in events:
        data = event.data
        file_id = derived_id("ics", event.id)
        staff_file = derived_id("ics", event.id, "staff") if data.get("ics_staff") else file_id
        files.append({"attachment_id": file_id, "ics": data["ics"], "method": method})
        if staff_file != file_id:
            files.append({"attachment_id": staff_file, "ics": data["ics_staff"], "method": method})
        params = _who(data, known) | {"when": wording.moment(data["start"])}
        if data.get("dial_in"):
            params["dial_in"] = data["dial_in"]
        readers = ((data["guardian_id"], "guardian", file_id), (data["staff_id"], "staff", staff_file))
        drafts.append(
            Draft(
                message_id=derived_id("meeting", event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        person,
                        (data["student_id"],),
                        params | {"link": _link(uow, ports, person, attached)},
                        attachment_id=attached,
                        # whoever has just chosen or cancelled is awake and waits for the answer
                        solicited=bool(data.get("offer_id")) or data.get("cancelled_by") == "guardian",
                        kind=kind,
                    )
                    for person, kind, attached in readers
                ],
                catalogue_key=key,
                action=Action.INVITE,
                cause=event,
            )
        )
    messages.save_calendar_files(uow.connection, files)
    compose(uow, ports, drafts)


def _link(uow: UnitOfWork, ports: Ports, person: str, file_id: str) -> str:
    return ports.link(CALENDAR, uow.district, person, purpose="calendar", resource=file_id, now=uow.now)


def _who(data: Any, known: Names) -> dict[str, Any]:
    return {"teacher": known.teacher(data["staff_id"]), "student": known.student(data["student_id"])}


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["staff_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
