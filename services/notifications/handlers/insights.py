"""What home sees in a child: a strength "from home", beside its translation in the conversation; and words for one pair of eyes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import GUARDED, Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation, ledger, people, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CATEGORIES = frozenset({"academic", "social", "emotional", "creative", "kindness", "leadership"})
HOME, UNSORTED = "home", "social"  # a strength that the question did not sort


def insight_shared(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Filed as a strength from home, and on the teacher's list the same day; the thread shows both languages.

    How a name is said, or what worked last year, is no strength: that stands on the family's card alone.
    """
    known = names(uow, students={event.data["student_id"] for event in events})
    strengths, tasks = [], []
    for event in events:
        data = event.data
        if data["category"] not in CATEGORIES | {HOME}:
            continue
        strength = {
            "strength_id": data["insight_id"],
            "student_id": data["student_id"],
            "category": UNSORTED if data["category"] == HOME else data["category"],
            "source": HOME,
            "text": data["text"],
        }
        strengths.append({**strength, "noted_by": data["guardian_id"], "at": event.time})
        uow.emit("notifications.strength_recorded", strength, school=data["school_id"], subject=data["student_id"], cause=event)
        teacher = known.first_teacher([data["student_id"]])
        if teacher is not None:
            tasks.append(
                task(
                    uow,
                    derived_id("insight", data["insight_id"]),
                    staff_id=teacher,
                    kind="insight",
                    school_id=data["school_id"],
                    student_id=data["student_id"],
                    guardian_id=data["guardian_id"],
                    note=data["text"],
                )
            )
        _into_thread(uow, event)
    ledger.save_strengths(uow.connection, strengths)
    ledger.save_tasks(uow.connection, tasks)


def _into_thread(uow: UnitOfWork, event: Event) -> None:
    """The words stand in the conversation as any reply, and translation puts the school's language beside them."""
    data = event.data
    reply: dict[str, Any] = {
        "reply_id": derived_id("insight-words", data["insight_id"]),
        "guardian_id": data["guardian_id"],
        "channel": "page",
        "language": data["language"],
        "text": data["text"],
        "english": None,
        "open_kind": None,
        "open_ref": None,
        "received_at": event.time,
    }
    if threads.save_reply(uow.connection, reply):
        told = ("reply_id", "guardian_id", "channel", "language", "text", "open_kind", "open_ref", "received_at")
        uow.emit(
            "notifications.reply_received",
            {**{name: reply[name] for name in told}, "thread_id": data["guardian_id"]},
            subject=data["guardian_id"],
            cause=event,
        )


def safeguarding_raised(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """On one person's list, at once, and nowhere else: no thread, no teacher. The family hears that it has been read."""
    schools = {event.data["school_id"] for event in events}
    heads = people.offices(uow.connection, schools) | conversation.of_role(uow.connection, "principal", schools)
    leads = {role: conversation.of_role(uow.connection, role, schools) for role in {event.data["role"] for event in events}}
    owners = {e.id: leads[e.data["role"]].get(e.data["school_id"]) or heads.get(e.data["school_id"]) for e in events}
    known = names(uow, students={event.data["student_id"] for event in events}, staff=set(owners.values()), schools=schools)
    tasks, drafts = [], []
    for event in events:
        data, owner = event.data, owners[event.id]
        if owner is not None:
            tasks.append(
                task(
                    uow,
                    data["concern_id"],
                    staff_id=owner,
                    kind="safeguarding",
                    school_id=data["school_id"],
                    student_id=data["student_id"],
                    guardian_id=data["guardian_id"],
                    note=data["text"],
                    due_at=data["due_at"],
                )
            )
        drafts.append(
            Draft(
                message_id=derived_id("concern", data["concern_id"]),
                kind="info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        data["guardian_id"],
                        (data["student_id"],),
                        {
                            "student": known.student(data["student_id"]),
                            "teacher": known.teacher(owner) or known.school(data["school_id"]),
                            "due": wording.moment(data["due_at"]),
                        },
                        solicited=True,
                    )
                ],
                catalogue_key="concern.ack",
                category=GUARDED,
                sender_id=owner,
                cause=event,
            )
        )
    ledger.save_tasks(uow.connection, tasks)
    compose(uow, ports, drafts)
