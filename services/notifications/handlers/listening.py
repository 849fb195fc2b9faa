"""What comes back: text messages, the provider's word on what became of ours, concerns from home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels.port import ChannelError
from services.notifications.channels.sms import PERMANENT
from services.notifications.domain import wording
from services.notifications.domain.replies import Keyword, keyword
from services.notifications.domain.sending import Weight
from services.notifications.handlers import whose
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.delivering import record_failed
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, messages, people, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

ANSWERS = {Keyword.STOP: "stop.confirmed", Keyword.HELP: "help.text"}


def sms_received(uow: UnitOfWork, ports: Ports, *, provider_id: str, number: str, text: str) -> str:
    """One incoming text message; what it was taken for ("unknown", "shared", "repeated", a keyword, "reply")."""
    candidates = people.by_number(uow.connection, number)
    if not candidates:
        return "unknown"
    word = keyword(text)
    asked = {} if word else whose.asked(uow, candidates, text)
    guardian_id = whose.writer(uow, candidates, asked, word=word)
    if guardian_id is None:
        whose.ask_a_person(uow, candidates, provider_id=provider_id, text=text)
        return "shared"
    language = _language(uow, guardian_id)
    question = asked.get(guardian_id)
    reply = {
        "reply_id": derived_id("sms", provider_id),
        "guardian_id": guardian_id,
        "channel": "sms",
        "language": language,
        "text": text,
        "english": None,
        "open_kind": question.kind if question else "keyword" if word else None,
        "open_ref": question.ref if question else None,
        "received_at": uow.now,
    }
    if not threads.save_reply(uow.connection, reply):
        return "repeated"
    if word is not None:
        _obey(uow, ports, word, candidates, guardian_id=guardian_id, provider_id=provider_id)
        return word.value
    uow.emit(
        "notifications.reply_received",
        {
            "thread_id": guardian_id,
            "reply_id": reply["reply_id"],
            "guardian_id": guardian_id,
            "channel": "sms",
            "language": language,
            "open_kind": reply["open_kind"],
            "open_ref": reply["open_ref"],
            "received_at": uow.now,
            "text": text,
        },
        subject=guardian_id,
    )
    return "reply"


def _language(uow: UnitOfWork, guardian_id: str) -> str:
    wish = people.preferences(uow.connection, [guardian_id]).get(guardian_id)
    known = people.guardians(uow.connection, [guardian_id])[guardian_id]
    return str((wish["language"] if wish else None) or known["language"])


def _obey(
    uow: UnitOfWork, ports: Ports, word: Keyword, everyone: Sequence[str], *, guardian_id: str, provider_id: str
) -> None:
    """A STOP is the number's: everybody it reaches is left alone there; one confirmation, to who wrote."""
    if word is Keyword.START:
        people.unsuppress(uow.connection, everyone, "sms")
        return
    if word is Keyword.STOP:
        stop(uow, everyone, "sms")
    children = tuple(student for _, student in people.children_of(uow.connection, [guardian_id]))
    enrolled = people.students(uow.connection, children)
    school_id = next((row["school_id"] for row in enrolled.values()), None)
    school = people.schools(uow.connection, [school_id]).get(school_id or "")
    params = {
        "school": school["name"] if school else "",
        "phone": (school["settings"].get("office_phone") if school else None) or "",
    }
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("keyword", provider_id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=school_id,
                recipients=[Recipient(guardian_id, children, params, solicited=True)],
                catalogue_key=ANSWERS[word],
            )
        ],
    )


def stop(uow: UnitOfWork, guardian_ids: Sequence[str], channel: str) -> None:
    """Nothing but emergencies from now on that way."""
    people.suppress(
        uow.connection,
        [{"guardian_id": g, "channel": channel, "source": "stop", "since": uow.now} for g in guardian_ids],
    )


def status_changed(
    uow: UnitOfWork, ports: Ports, *, delivery_id: str, provider_id: str, status: str, error: int | None
) -> bool:
    """The provider's later word on a delivery; False where there is none of that name. Words that come late change nothing."""
    row = messages.delivery(uow.connection, delivery_id) or messages.by_provider_ref(uow.connection, provider_id)
    if row is None:
        return False
    if status == "delivered" and row["state"] in ("sent", "sending", "unknown"):
        _settle(uow, row, "delivered", provider_id)
    elif status in ("sent", "queued", "accepted") and row["state"] == "unknown":
        _settle(uow, row, "sent", provider_id)
    elif status in ("failed", "undelivered") and row["state"] in ("sent", "sending", "unknown"):
        code = ChannelError(f"sms_{error or status}", permanent=error is None or error in PERMANENT)
        record_failed(uow, ports, [({**row, "attempts": row["attempts"] if not code.permanent else 99}, code)])
    return True


def _settle(uow: UnitOfWork, row: Mapping[str, Any], state: str, provider_id: str) -> None:
    change = {"b_id": row["delivery_id"], "state": state, "provider_ref": provider_id, "due_at": None}
    messages.change(uow.connection, [{**change, "sent_at": row["sent_at"] or uow.now}])
    messages.trace(uow.connection, [(row["delivery_id"], state, "the provider says so")], uow.now)


def concern_raised(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Acknowledged at once, in the guardian's language; due on the teacher's Today page."""
    known = names(
        uow,
        students={event.data["student_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
    concerns, tasks, drafts = [], [], []
    for event in events:
        data = event.data
        teacher = known.first_teacher([data["student_id"]])
        concerns.append(
            {name: data[name] for name in ("concern_id", "guardian_id", "student_id", "topic", "due_at")}
            | {"raised_at": event.time, "closed_at": None}
        )
        if teacher is not None:
            tasks.append(
                task(
                    uow,
                    data["concern_id"],
                    staff_id=teacher,
                    kind="concern",
                    school_id=data["school_id"],
                    student_id=data["student_id"],
                    guardian_id=data["guardian_id"],
                    note=data["text"],
                    due_at=data["due_at"],
                )
            )
        params = {
            "student": known.student(data["student_id"]),
            "teacher": known.teacher(teacher) or known.school(data["school_id"]),
            "due": wording.moment(data["due_at"]),
        }
        drafts.append(
            Draft(
                message_id=derived_id("concern", data["concern_id"]),
                kind="info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[Recipient(data["guardian_id"], (data["student_id"],), params, solicited=_fresh(uow, event))],
                catalogue_key="concern.ack",
                sender_id=teacher,
                cause=event,
            )
        )
    ledger.save_concerns(uow.connection, concerns)
    ledger.save_tasks(uow.connection, tasks)
    compose(uow, ports, drafts)


def _fresh(uow: UnitOfWork, event: Event) -> bool:
    """Whether the guardian acted just now; an event that was stuck for hours wakes nobody."""
    happened: datetime = event.time
    return uow.now - happened < timedelta(minutes=30)
