"""Concerns from home, on a clock that only the guardian stops (F32)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.replies import chosen_digit
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.conversation import say_overdue, staff_hours, tell_principals
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import concerns as store
from services.notifications.store import conversation, ledger, people, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

KIND = "concern"  # of the open question "does this answer it?"
TASKS = frozenset({"concern", "concern_again"})  # of whoever is to answer
CONCERN_DUE = "concern_due"  # kind of due work
COUNSELOR_TOPICS = ("peers", "wellbeing", "safety", "behaviour")  # unless the school's setting `conversation` says else
ASKED_FOR = timedelta(days=14)
YES, NOT_YET = 1, 2


def concern_raised(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Acknowledged at once, in the guardian's language; due on the teacher's list, copied to the counselor where it is theirs."""
    known = names(
        uow,
        students={event.data["student_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
    counselors = conversation.of_role(uow.connection, "counselor", {event.data["school_id"] for event in events})
    offices = people.offices(uow.connection, {event.data["school_id"] for event in events})
    concerns, clocks, tasks, drafts = [], [], [], []
    for event in events:
        data = event.data
        owner = known.first_teacher([data["student_id"]]) or offices.get(data["school_id"])
        school = known.schools.get(data["school_id"])
        topics = ((school["settings"].get("conversation") if school else None) or {}).get("counselor_topics", COUNSELOR_TOPICS)
        counselor = counselors.get(data["school_id"]) if data["topic"] in topics else None
        concerns.append(
            {name: data[name] for name in ("concern_id", "guardian_id", "student_id", "topic", "due_at")}
            | {"raised_at": event.time, "closed_at": None}
        )
        clocks.append(_clock(event, owner, counselor))
        readers = [(data["concern_id"], owner, "concern")]
        readers += [(derived_id("concern_copy", data["concern_id"]), counselor, "concern_copy")]
        tasks += [
            task(
                uow,
                task_id,
                staff_id=reader,
                kind=kind,
                school_id=data["school_id"],
                student_id=data["student_id"],
                guardian_id=data["guardian_id"],
                note=data["text"],
                due_at=data["due_at"],
            )
            for task_id, reader, kind in readers
            if reader is not None and (kind == "concern" or reader != owner)
        ]
        drafts.append(_acknowledgement(uow, event, owner, known))
        uow.schedule(CONCERN_DUE, data["concern_id"], data["due_at"])
    ledger.save_concerns(uow.connection, concerns)
    store.save_clocks(uow.connection, clocks)
    ledger.save_tasks(uow.connection, tasks)
    compose(uow, ports, drafts)
    _into_threads(uow, events)


def _clock(event: Event, owner: str | None, counselor: str | None) -> dict[str, Any]:
    data = event.data
    return {
        **{name: data[name] for name in ("concern_id", "guardian_id", "student_id", "school_id", "due_at")},
        "owner_id": owner,
        "counselor_id": counselor,
        "raised_at": event.time,
        "rounds": 0,
        "answered_at": None,
        "overdue_at": None,
        "confirmed_at": None,
    }


def _acknowledgement(uow: UnitOfWork, event: Event, owner: str | None, known: Names) -> Draft:
    data = event.data
    params = {
        "student": known.student(data["student_id"]),
        "teacher": known.teacher(owner) or known.school(data["school_id"]),
        "due": wording.moment(data["due_at"]),
    }
    return Draft(
        message_id=derived_id("concern", data["concern_id"]),
        kind="info",
        weight=Weight.ANSWER,
        school_id=data["school_id"],
        recipients=[Recipient(data["guardian_id"], (data["student_id"],), params, solicited=_fresh(uow, event))],
        catalogue_key="concern.ack",
        sender_id=owner,
        cause=event,
    )


def _fresh(uow: UnitOfWork, event: Event) -> bool:
    """Whether the guardian acted just now; an event that was stuck for hours wakes nobody."""
    happened: datetime = event.time
    return uow.now - happened < timedelta(minutes=30)


def _into_threads(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The words stand in the conversation, and translation puts the school's language beside them."""
    for event in events:
        data = event.data
        reply = {
            "reply_id": derived_id("concern-words", data["concern_id"]),
            "guardian_id": data["guardian_id"],
            "channel": "page",
            "language": data["language"],
            "text": data["text"],
            "english": None,
            "open_kind": KIND,
            "open_ref": data["concern_id"],
            "received_at": event.time,
        }
        if threads.save_reply(uow.connection, reply):
            uow.emit(
                "notifications.reply_received",
                {
                    **{name: reply[name] for name in ("reply_id", "guardian_id", "channel", "language", "text")},
                    "thread_id": data["guardian_id"],
                    "open_kind": None,
                    "open_ref": None,
                    "received_at": event.time,
                },
                subject=data["guardian_id"],
                cause=event,
            )


def answered(uow: UnitOfWork, ports: Ports, concern_ids: Collection[str], *, by: str) -> None:
    """Staff have answered (in the thread, or by a call they have ticked off): the guardian is asked whether that is so."""
    rows = [
        row
        for row in store.clocks(uow.connection, concern_ids)
        if row["confirmed_at"] is None and row["answered_at"] is None
    ]
    if not rows:
        return
    known = names(uow, students={row["student_id"] for row in rows}, staff=[by])
    store.change_clocks(uow.connection, [row["concern_id"] for row in rows], {"answered_at": uow.now})
    ledger.close_tasks(uow.connection, [_task_id(row["concern_id"], row["rounds"]) for row in rows], uow.now)
    uow.cancel(CONCERN_DUE, *(row["concern_id"] for row in rows))
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("concern-asked", row["concern_id"], str(row["rounds"])),
                kind="ask",
                weight=Weight.ANSWER,
                school_id=row["school_id"],
                recipients=[
                    Recipient(
                        row["guardian_id"],
                        (row["student_id"],),
                        {"student": known.student(row["student_id"]), "teacher": known.teacher(by)},
                        opens={
                            "kind": KIND,
                            "ref": row["concern_id"],
                            "expires_at": (uow.now + ASKED_FOR).isoformat(),
                        },
                    )
                ],
                catalogue_key="concern.asks",
                sender_id=by,
            )
            for row in rows
        ],
    )


def of_task(uow: UnitOfWork, ports: Ports, closed: people.Row, *, by: str) -> None:
    """Whoever ticks a concern's task off says that they have answered."""
    rows = store.open_clocks(uow.connection, [closed["guardian_id"]])
    mine = [row for row in rows if _task_id(row["concern_id"], row["rounds"]) == closed["task_id"]]
    shared = [row for row in rows if row["student_id"] == closed["student_id"]]  # a task handed on has a name of its own
    answered(uow, ports, [row["concern_id"] for row in mine or shared], by=by)


def _task_id(concern_id: str, rounds: int) -> str:
    return concern_id if rounds == 0 else derived_id("concern", concern_id, str(rounds))


def confirmed(
    uow: UnitOfWork, ports: Ports, concern_id: str, guardian_id: str, *, text: str, via: str
) -> None:
    """The guardian's word: 1 closes it, 2 starts another round; from anybody else it changes nothing."""
    row = next(iter(store.clocks(uow.connection, [concern_id])), None)
    if row is None or row["guardian_id"] != guardian_id or row["confirmed_at"] is not None:
        return
    threads.close(uow.connection, KIND, [concern_id])
    if chosen_digit(text) == YES:
        _close(uow, row, via=via)
    else:
        _again(uow, ports, row)


def _close(uow: UnitOfWork, row: people.Row, *, via: str) -> None:
    store.change_clocks(uow.connection, [row["concern_id"]], {"confirmed_at": uow.now})
    store.close_concern(uow.connection, row["concern_id"], uow.now)
    uow.cancel(CONCERN_DUE, row["concern_id"])
    tasks = [_task_id(row["concern_id"], row["rounds"]), derived_id("concern_copy", row["concern_id"])]
    ledger.close_tasks(uow.connection, tasks, uow.now)
    uow.emit(
        "notifications.concern_answered",
        {
            **{name: row[name] for name in ("concern_id", "student_id", "guardian_id", "school_id")},
            "elapsed_min": int((uow.now - row["raised_at"]).total_seconds() // 60),
            "rounds": row["rounds"] + 1,
            "confirmed_by": row["guardian_id"],
            "via": via,
        },
        school=row["school_id"],
        subject=row["student_id"],
    )


def _again(uow: UnitOfWork, ports: Ports, row: people.Row) -> None:
    """Not answered yet: on the clock anew, due the next school day, and said to the family."""
    hours = staff_hours(uow, row["owner_id"], row["school_id"])
    today = uow.now.astimezone(hours.zone).date()
    due_at = hours.instant(hours.days.after(today, 1), hours.answer_by)
    rounds = row["rounds"] + 1
    change = {"answered_at": None, "overdue_at": None, "due_at": due_at, "rounds": rounds}
    store.change_clocks(uow.connection, [row["concern_id"]], change)
    uow.schedule(CONCERN_DUE, row["concern_id"], due_at)
    known = names(uow, students=[row["student_id"]], staff=[row["owner_id"]], schools=[row["school_id"]])
    if row["owner_id"] is not None:
        ledger.save_tasks(
            uow.connection,
            [
                task(
                    uow,
                    _task_id(row["concern_id"], rounds),
                    staff_id=row["owner_id"],
                    kind="concern_again",
                    school_id=row["school_id"],
                    student_id=row["student_id"],
                    guardian_id=row["guardian_id"],
                    due_at=due_at,
                )
            ],
        )
    params = {
        "student": known.student(row["student_id"]),
        "teacher": known.teacher(row["owner_id"]) or known.school(row["school_id"]),
        "due": wording.moment(due_at),
    }
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("concern-again", row["concern_id"], str(rounds)),
                kind="info",
                weight=Weight.ANSWER,
                school_id=row["school_id"],
                recipients=[Recipient(row["guardian_id"], (row["student_id"],), params, solicited=True)],
                catalogue_key="concern.again",
            )
        ],
    )


def concern_due(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The hour by which it was to be answered: on the principal's list from now on."""
    late = [
        row
        for row in store.clocks(uow.connection, [item.key for item in items])
        if row["confirmed_at"] is None and row["answered_at"] is None and row["overdue_at"] is None
        if row["due_at"] <= uow.now
    ]
    store.change_clocks(uow.connection, [row["concern_id"] for row in late], {"overdue_at": uow.now})
    for row in late:
        say_overdue(
            uow,
            thread_id=row["guardian_id"],
            concern_id=row["concern_id"],
            owner_id=row["owner_id"],
            school_id=row["school_id"],
            since=row["raised_at"],
            due_at=row["due_at"],
        )
    tell_principals(uow, "concern_overdue", late, key=lambda row: f"{row['concern_id']}:{row['rounds']}")
