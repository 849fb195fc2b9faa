"""Conference rounds: homes are asked, called when they stay silent, and told their own evening in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

CALL_WITHIN = timedelta(days=2)


def round_invited(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """One message a round, in each home's language, with its own link."""
    known = _names(uow, events)
    drafts = []
    for round_id, group in groupby(sorted(events, key=_round), key=_round):
        of_it = list(group)
        first = of_it[0]
        drafts.append(
            Draft(
                message_id=derived_id("round_invited", round_id),
                kind="ask",
                weight=Weight.IMPORTANT,
                school_id=first.data["school_id"],
                recipients=[
                    _recipient(
                        event,
                        known,
                        {
                            "from": wording.day(event.data["first_on"]),
                            "until": wording.day(event.data["last_on"]),
                            "answer_by": wording.moment(event.data["answer_by"]),
                        },
                    )
                    for event in of_it
                ],
                catalogue_key="round.invited",
                action=Action.INVITE,
                expires_at=first.data["answer_by"],
                cause=first,
            )
        )
    compose(uow, ports, drafts)


def round_told(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Each home its own meetings, siblings' together, whether they are new or others than before."""
    known = _names(uow, events)
    drafts = []
    for (round_id, version, key), group in groupby(sorted(events, key=_telling), key=_telling):
        of_it = list(group)
        drafts.append(
            Draft(
                message_id=derived_id("round_told", round_id, str(version), key),
                kind="info",
                weight=Weight.ANSWER,
                school_id=of_it[0].data["school_id"],
                recipients=[_recipient(event, known, _trip(event, known)) for event in of_it],
                catalogue_key=key,
                action=Action.INVITE,
                cause=of_it[0],
            )
        )
    compose(uow, ports, drafts)


def round_list_ready(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Each teacher once: how many they meet, and where their list is."""
    schools = names(uow, schools={event.data["school_id"] for event in events})
    drafts = []
    for (round_id, version), group in groupby(sorted(events, key=_listing), key=_listing):
        of_it = list(group)
        drafts.append(
            Draft(
                message_id=derived_id("round_list", round_id, str(version)),
                kind="info",
                weight=Weight.ANSWER,
                school_id=of_it[0].data["school_id"],
                recipients=[
                    Recipient(
                        event.data["staff_id"],
                        params={
                            "school": schools.school(event.data["school_id"]),
                            "count": str(event.data["meetings"]),
                            "from": wording.day(event.data["first_on"]),
                            "link": event.data["link"],
                        },
                        kind="staff",
                    )
                    for event in of_it
                ],
                catalogue_key="round.list_ready",
                cause=of_it[0],
            )
        )
    compose(uow, ports, drafts)


def round_call_due(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The office's list of calls; where a school has none, the child's teacher calls."""
    known = _names(uow, events)
    offices = people.offices(uow.connection, {event.data["school_id"] for event in events})
    rows = []
    for event in events:
        data = event.data
        caller = offices.get(data["school_id"]) or known.first_teacher(data["student_ids"])
        if caller is not None:
            rows.append(
                task(
                    uow,
                    _call_id(data["round_id"], data["guardian_id"]),
                    staff_id=caller,
                    kind="call_round",
                    school_id=data["school_id"],
                    student_id=data["student_ids"][0],
                    guardian_id=data["guardian_id"],
                    due_at=uow.now + CALL_WITHIN,
                )
            )
    ledger.save_tasks(uow.connection, rows)


def round_call_done(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """They have answered: nobody calls any more."""
    ids = [_call_id(event.data["round_id"], event.data["guardian_id"]) for event in events]
    ledger.close_tasks(uow.connection, ids, uow.now)


def _round(event: Event) -> str:
    return str(event.data["round_id"])


def _listing(event: Event) -> tuple[str, int]:
    return event.data["round_id"], event.data["version"]


def _telling(event: Event) -> tuple[str, int, str]:
    return event.data["round_id"], event.data["version"], _key(event.data)


def _key(data: Mapping[str, Any]) -> str:
    if data["change"] == "place_free":
        return "round.place_free"
    if not data["meetings"]:
        return "round.nothing"
    return "round.published" if data["change"] == "published" else "round.changed"


def _trip(event: Event, known: Names) -> dict[str, Any]:
    """Teachers and times; no child is named beside them, so that what policy takes out of `student` is nowhere else."""
    visits = [(known.teacher(each["staff_id"]), each["start"]) for each in event.data["meetings"]]
    return {"meetings": wording.visits(visits)} if visits else {}


def _recipient(event: Event, known: Names, params: dict[str, Any]) -> Recipient:
    data = event.data
    who = {
        "student": known.student(*data["student_ids"]),
        "school": known.school(data["school_id"]),
        "link": data["link"],
    }
    return Recipient(data["guardian_id"], tuple(data["student_ids"]), who | params)


def _call_id(round_id: str, guardian_id: str) -> str:
    return derived_id("call_round", round_id, guardian_id)


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={child for event in events for child in event.data["student_ids"]},
        staff={each["staff_id"] for event in events for each in event.data.get("meetings", ())},
        schools={event.data["school_id"] for event in events},
    )
