"""What is said back to a reader's calendar program, and a family's proposal of another time, to the teacher."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.meetings import CALENDAR
from services.notifications.handlers.naming import Names, names
from services.notifications.ports import Ports
from services.notifications.store import messages
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

PROPOSALS = "/scheduling/calendars"  # the teacher's page where they are answered
_KEYS = {
    "REQUEST": "meeting.calendar_again",
    "CANCEL": "meeting.cancelled",
    "DECLINECOUNTER": "meeting.time_not_possible",
}


def calendar_answered(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """To the one reader who asked, with the file for their calendar."""
    known = _names(uow, events)
    files, drafts = [], []
    for event in events:
        data, kind = event.data, event.data["reader"]
        file_id = derived_id("ics", event.id)
        files.append({"attachment_id": file_id, "ics": data["ics"], "method": data["method"]})
        person = data["guardian_id"] if kind == "guardian" else data["staff_id"]
        link = ports.link(CALENDAR, uow.district, person, purpose="calendar", resource=file_id, now=uow.now)
        params = {
            "teacher": known.teacher(data["staff_id"]),
            "student": known.student(data["student_id"]),
            "when": wording.moment(data["start"]),
            "link": link,
        }
        drafts.append(
            Draft(
                message_id=derived_id("calendar", event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(person, (data["student_id"],), params, attachment_id=file_id, solicited=True, kind=kind)
                ],
                catalogue_key=_KEYS[data["method"]],
                action=Action.INVITE,
                cause=event,
            )
        )
    messages.save_calendar_files(uow.connection, files)
    compose(uow, ports, drafts)


def time_proposed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The teacher says yes or no on a page."""
    known = _names(uow, events)
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("proposed", event.id),
                kind="ask",
                weight=Weight.ANSWER,
                school_id=event.data["school_id"],
                recipients=[
                    Recipient(
                        event.data["staff_id"],
                        (event.data["student_id"],),
                        {
                            "student": known.student(event.data["student_id"]),
                            "when": wording.moment(event.data["start"]),
                            "link": f"{ports.base_url}{PROPOSALS}",
                        },
                        kind="staff",
                    )
                ],
                catalogue_key="meeting.time_proposed",
                cause=event,
            )
            for event in events
        ],
    )


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["staff_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
