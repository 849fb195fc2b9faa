"""What families are told of series, late requests and special-education notices; late requests are the teacher's task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

LATE = "late_request"


def series_set(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """All times of a series in one message."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        params = _who(data, known)
        if data["what"] == "set":
            params["slots"] = wording.slots(list(enumerate(data["starts"], 1)))
            if data["dial_in"]:
                params["dial_in"] = data["dial_in"]
        drafts.append(_draft(event, f"series.{data['what']}", params, weight=Weight.ANSWER))
    compose(uow, ports, drafts)


def late_time_asked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The teacher decides, on the Today list."""
    rows = [
        task(
            uow,
            derived_id(LATE, event.data["request_id"]),
            staff_id=event.data["staff_id"],
            kind=LATE,
            school_id=event.data["school_id"],
            student_id=event.data["student_id"],
            guardian_id=event.data["guardian_id"],
            due_at=event.data["start"],
        )
        for event in events
    ]
    ledger.save_tasks(uow.connection, rows)


def late_time_answered(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """An approved time is confirmed as any meeting is; who is declined hears it kindly, with the office's number."""
    ledger.close_tasks(uow.connection, [derived_id(LATE, event.data["request_id"]) for event in events], uow.now)
    declined = [event for event in events if not event.data["approved"]]
    known = _names(uow, declined)
    compose(
        uow,
        ports,
        [
            _draft(
                event,
                "late.declined",
                _who(event.data, known) | {"when": wording.moment(event.data["start"])},
                weight=Weight.ANSWER,
                solicited=True,
            )
            for event in declined
        ],
    )


def iep_notice_given(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Notice of a special-education meeting to each home: purpose, time, place, who attends (34 CFR 300.322(b)); the team too."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        params = {
            "student": known.student(data["student_id"]),
            "school": known.school(data["school_id"]),
            "when": wording.moment(data["start"]),
            "place": data["place"],
            "attendees": data["attendees"],
            "link": data["link"],
        }
        key = "iep.notice_transition" if data["student_invited"] else "iep.notice"
        drafts.append(_draft(event, key, params, weight=Weight.IMPORTANT))
    compose(uow, ports, drafts)
    compose(uow, ports, [_to_team(event, known) for event in _one_per_notice(events)])


def iep_called_off(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """To each home that has had notice, and once to the team."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        params = {
            "student": known.student(data["student_id"]),
            "school": known.school(data["school_id"]),
            "when": wording.moment(data["start"]),
        }
        drafts.append(_draft(event, "iep.called_off", params, weight=Weight.IMPORTANT))
    for event in _one_per_notice(events):
        data = event.data
        params = {"student": known.student(data["student_id"]), "when": wording.moment(data["start"])}
        drafts.append(
            Draft(
                message_id=derived_id("iep-team-off", data["iep_meeting_id"], str(data["version"])),
                kind="info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[Recipient(person, (data["student_id"],), params, kind="staff") for person in data["team"]],
                catalogue_key="iep.called_off_team",
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def _one_per_notice(events: Sequence[Event]) -> list[Event]:
    """A notice is said once for each home; the team hears of it once."""
    return list({(event.data["iep_meeting_id"], event.data["version"]): event for event in events}.values())


def _to_team(event: Event, known: Names) -> Draft:
    data = event.data
    params = {
        "student": known.student(data["student_id"]),
        "when": wording.moment(data["start"]),
        "place": data["place"],
        "attendees": data["attendees"],
    }
    return Draft(
        message_id=derived_id("iep-team", data["iep_meeting_id"], str(data["version"])),
        kind="info",
        weight=Weight.ANSWER,
        school_id=data["school_id"],
        recipients=[Recipient(person, (data["student_id"],), params, kind="staff") for person in data["team"]],
        catalogue_key="iep.team",
        cause=event,
    )


def _draft(event: Event, key: str, params: dict[str, Any], *, weight: Weight, solicited: bool = False) -> Draft:
    data = event.data
    return Draft(
        message_id=derived_id("journey", event.id),
        kind="ask" if weight is Weight.IMPORTANT else "info",
        weight=weight,
        school_id=data["school_id"],
        recipients=[Recipient(data["guardian_id"], (data["student_id"],), params, solicited=solicited)],
        catalogue_key=key,
        sender_id=data["staff_id"],
        action=Action.INVITE,
        cause=event,
    )


def _who(data: Any, known: Names) -> dict[str, Any]:
    return {"teacher": known.teacher(data["staff_id"]), "student": known.student(data["student_id"])}


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["staff_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
