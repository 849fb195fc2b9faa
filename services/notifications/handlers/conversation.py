"""Threads: where words from home wait, who answers by when, and what happens when nobody has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.hours import StaffHours, hours_of
from services.notifications.domain.inbound import Inbound
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation, ledger, messages, people
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

SHOWN, DUE = "reply_shown", "answer_due"  # kinds of due work


@dataclass(frozen=True)
class Place:
    """Where words stand: which children they may be about, who answers, when staff see them and answer by."""

    guardian_id: str
    students: tuple[str, ...]
    owner_id: str | None
    school_id: str | None
    shown_from: datetime
    due_at: datetime


def place_words(uow: UnitOfWork, ports: Ports, reply: Mapping[str, Any], inbound: Inbound) -> Place:
    """Put a reply in its thread: on the clock, acknowledged where it waits, the owner told when their hours begin."""
    before = conversation.thread(uow.connection, reply["guardian_id"])
    place = _place(uow, reply["guardian_id"], inbound, before)
    still_open = before is not None and before["answered_at"] is None
    conversation.save_places(uow.connection, [_reply_place(reply, inbound, place)])
    conversation.save_threads(uow.connection, [_thread(uow, place, before if still_open else None)])
    due_at = min(before["due_at"], place.due_at) if before is not None and still_open else place.due_at
    uow.schedule(DUE, place.guardian_id, due_at)
    if place.shown_from > uow.now:
        uow.schedule(SHOWN, place.guardian_id, place.shown_from)
        _say_waits(uow, place, reply)
        if not (before is not None and still_open and before["shown_from"] == place.shown_from):
            _acknowledge(uow, ports, place, reply)  # one is enough for all that waits for the same morning
    else:
        ping(uow, ports, [place.guardian_id])
    return place


def _place(uow: UnitOfWork, guardian_id: str, inbound: Inbound, before: people.Row | None) -> Place:
    answers = messages.delivery(uow.connection, inbound.delivery_id) if inbound.delivery_id else None
    if answers is not None and answers["recipient_id"] != guardian_id:
        answers = None  # not this guardian's: a token that was passed on says nothing about these words
    children = tuple(student for _, student in people.children_of(uow.connection, [guardian_id]))
    students = tuple(answers["students"]) if answers is not None and answers["students"] else children
    known = names(uow, students=students)
    sender = None
    if answers is not None:
        about = messages.messages(uow.connection, [answers["message_id"]]).get(answers["message_id"])
        sender = about["sender_id"] if about else None
    kept = before["owner_id"] if before is not None and before["answered_at"] is None else None
    school_id = next((known.students[s]["school_id"] for s in students if s in known.students), None)
    here = people.staff(uow.connection, [sender, kept])
    wanted = [staff_id for staff_id in (sender, kept) if staff_id in here and here[staff_id]["active"]]
    owner = next(iter(wanted), None) or known.first_teacher(students)
    if owner is None and school_id is not None:
        owner = people.offices(uow.connection, [school_id]).get(school_id)
    hours = staff_hours(uow, owner, school_id)
    return Place(guardian_id, students, owner, school_id, hours.read_at(uow.now), hours.answer_due(uow.now))


def staff_hours(uow: UnitOfWork, staff_id: str | None, school_id: str | None) -> StaffHours:
    """Of a member of staff at a school, from its settings, its calendar and their card."""
    return hours_of(
        people.schools(uow.connection, [school_id]).get(school_id or ""),
        people.calendars(uow.connection, [school_id]).get(school_id or ""),
        conversation.cards(uow.connection, [staff_id]).get(staff_id or ""),
    )


def _reply_place(reply: Mapping[str, Any], inbound: Inbound, place: Place) -> dict[str, Any]:
    return {
        "reply_id": reply["reply_id"],
        "delivery_id": inbound.delivery_id,
        "students": list(place.students),
        "files": list(inbound.files),
        "call_back": inbound.call_back,
        "shown_from": place.shown_from,
    }


def _thread(uow: UnitOfWork, place: Place, waiting: people.Row | None) -> dict[str, Any]:
    """The clock runs from the oldest words without an answer."""
    return {
        "guardian_id": place.guardian_id,
        "owner_id": place.owner_id,
        "school_id": place.school_id,
        "student_id": place.students[0] if len(place.students) == 1 else None,
        "opened_at": waiting["opened_at"] if waiting else uow.now,
        "last_words_at": uow.now,
        "shown_from": min(waiting["shown_from"], place.shown_from) if waiting else place.shown_from,
        "due_at": min(waiting["due_at"], place.due_at) if waiting else place.due_at,
        "answered_at": None,
        "answered_by": None,
        "overdue_at": waiting["overdue_at"] if waiting else None,
        "shared_with": waiting["shared_with"] if waiting else None,
        "pinged_at": waiting["pinged_at"] if waiting else None,
    }


def _say_waits(uow: UnitOfWork, place: Place, reply: Mapping[str, Any]) -> None:
    """The audit log hears that words wait for their reader's hours (F25)."""
    ping_id = _ping_id(place.guardian_id, reply["received_at"])
    uow.emit(
        "notifications.message_held",
        {
            "delivery_id": derived_id("delivery", ping_id, place.owner_id or ""),
            "message_id": ping_id,
            "guardian_id": place.guardian_id,
            "reason": "staff_hours",
            "release_at": place.shown_from,
        },
        school=place.school_id,
        subject=place.guardian_id,
    )


def _acknowledge(uow: UnitOfWork, ports: Ports, place: Place, reply: Mapping[str, Any]) -> None:
    """At once, in the family's language: when it is read, by when it is answered, whom to call if it cannot wait."""
    known = names(uow, staff=[place.owner_id], schools=[place.school_id])
    school = known.schools.get(place.school_id or "")
    phone = school["settings"].get("office_phone") if school else None
    hours = staff_hours(uow, place.owner_id, place.school_id)
    params = {
        "teacher": known.teacher(place.owner_id) or known.school(place.school_id),
        "read": wording.day(place.shown_from.astimezone(hours.zone).date()),
        "due": wording.day(place.due_at.astimezone(hours.zone).date()),
    } | ({"phone": phone} if phone else {})
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("ack", reply["reply_id"]),
                kind="info",
                weight=Weight.ANSWER,
                school_id=place.school_id,
                recipients=[Recipient(place.guardian_id, place.students, params, solicited=True)],
                catalogue_key="reply.ack_hours" if phone else "reply.ack_outside_hours",
            )
        ],
    )


def _ping_id(guardian_id: str, opened_at: datetime) -> str:
    return derived_id("ping", guardian_id, opened_at.isoformat())


def ping(uow: UnitOfWork, ports: Ports, guardian_ids: Sequence[str]) -> None:
    """Tell each thread's owner that words wait: once a thread, however many messages it has grown to."""
    rows = [
        row
        for row in conversation.waiting(uow.connection, guardian_ids)
        if row["owner_id"] is not None and row["pinged_at"] is None and row["shown_from"] <= uow.now
    ]
    if not rows:
        return
    known = names(uow, guardians={row["guardian_id"] for row in rows})
    conversation.change_threads(uow.connection, [row["guardian_id"] for row in rows], {"pinged_at": uow.now})
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=_ping_id(row["guardian_id"], row["opened_at"]),
                kind="info",
                weight=Weight.ANSWER,
                school_id=row["school_id"],
                recipients=[
                    Recipient(
                        row["owner_id"],
                        params={
                            "guardian": known.guardian(row["guardian_id"]),
                            "due": wording.moment(row["due_at"]),
                            "link": f"{ports.base_url}/notifications/threads/{row['guardian_id']}",
                        },
                        kind="staff",
                    )
                ],
                catalogue_key="reply.waits",
            )
            for row in rows
        ],
    )


def reply_shown(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Their hours have begun: the owners of what has waited are told."""
    ping(uow, ports, [item.key for item in items])


def answer_due(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The promised hour: whoever has had no answer is on the principal's list from now on."""
    asked = [item.key for item in items]
    conversation.settle_answered(uow.connection, uow.now, of=asked)
    late = [
        row
        for row in conversation.waiting(uow.connection, asked)
        if row["overdue_at"] is None and row["due_at"] <= uow.now
    ]
    conversation.change_threads(uow.connection, [row["guardian_id"] for row in late], {"overdue_at": uow.now})
    for row in late:
        say_overdue(
            uow,
            thread_id=row["guardian_id"],
            concern_id=None,
            owner_id=row["owner_id"],
            school_id=row["school_id"],
            since=row["opened_at"],
            due_at=row["due_at"],
        )
    tell_principals(uow, "reply_overdue", late, key=lambda row: f"{row['guardian_id']}:{row['opened_at'].isoformat()}")


def say_overdue(
    uow: UnitOfWork,
    *,
    thread_id: str,
    concern_id: str | None,
    owner_id: str | None,
    school_id: str | None,
    since: datetime,
    due_at: datetime,
) -> None:
    """`notifications.reply_overdue`, with the whole hours it has been open."""
    uow.emit(
        "notifications.reply_overdue",
        {
            "thread_id": thread_id,
            "concern_id": concern_id,
            "owner_id": owner_id,
            "school_id": school_id,
            "hours_open": int((uow.now - since).total_seconds() // 3600),
            "due_at": due_at,
        },
        school=school_id,
        subject=thread_id,
    )


def tell_principals(uow: UnitOfWork, kind: str, rows: Sequence[people.Row], *, key: Any) -> None:
    """A task on the list of each school's principal, else of its office."""
    schools = {row["school_id"] for row in rows if row["school_id"]}
    heads = people.offices(uow.connection, schools) | conversation.of_role(uow.connection, "principal", schools)
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id(kind, key(row)),
                staff_id=heads[row["school_id"]],
                kind=kind,
                school_id=row["school_id"],
                student_id=row["student_id"],
                guardian_id=row["guardian_id"],
                due_at=row["due_at"],
            )
            for row in rows
            if row["school_id"] in heads
        ],
    )
