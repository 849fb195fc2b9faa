"""Notes after a conversation: three lines to confirm or correct; a correction is on the teacher's list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.plans import worded
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

KIND = "note"  # of the open question
NOTE_WITHIN = timedelta(days=2)
NO_NOTE = frozenset({"conference"})


def meeting_held(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Whoever held it has three lines to write; a conference evening's many are not asked for one by one."""
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                _task_id(event.data["meeting_id"]),
                staff_id=event.data["staff_id"],
                kind="note_due",
                school_id=event.data["school_id"],
                student_id=event.data["student_id"],
                guardian_id=event.data["guardian_id"],
                due_at=uow.now + NOTE_WITHIN,
            )
            for event in events
            if event.data["kind"] not in NO_NOTE
        ],
    )


def _task_id(meeting_id: str) -> str:
    return derived_id("note_due", meeting_id)


def summary_shared(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """What was heard, the example, what was agreed: 1 says that it is right, any other answer is a correction."""
    known = names(
        uow, students={e.data["student_id"] for e in events}, staff={e.data["staff_id"] for e in events}
    )
    drafts = []
    for event in events:
        data = event.data
        lines = [f"{number}) {line}" for number, line in enumerate(data["words"], 1)]
        params = worded(data) | {
            "teacher": known.teacher(data["staff_id"]),
            "student": known.student(data["student_id"]),
            "text": "\n".join(lines),
            "link": data["link"],
        }
        key = "note.shared"
        if data["next_on"] is not None:
            key, params["due"] = "note.shared_next", wording.day(data["next_on"])
        opens = {"kind": KIND, "ref": data["note_id"], "expires_at": data["answer_by"].isoformat()}
        drafts.append(
            Draft(
                message_id=derived_id("note", data["note_id"]),
                kind="ask",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        data["guardian_id"], (data["student_id"],), params, opens=opens, language=data["language"]
                    )
                ],
                catalogue_key=key,
                sender_id=data["staff_id"],
                personal=True,
                cause=event,
            )
        )
    compose(uow, ports, drafts)
    noted = [_task_id(event.data["meeting_id"]) for event in events if event.data["meeting_id"] is not None]
    ledger.close_tasks(uow.connection, noted, uow.now)


def summary_confirmed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Answered: the guardian's next words or digit belong elsewhere."""
    threads.close(uow.connection, KIND, (event.data["note_id"] for event in events))


def summary_corrected(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The teacher reads the guardian's words beside the note; what is written next goes to the thread."""
    threads.close(uow.connection, KIND, (event.data["note_id"] for event in events))
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("note_corrected", event.id),
                staff_id=event.data["staff_id"],
                kind="note_corrected",
                school_id=event.data["school_id"],
                student_id=event.data["student_id"],
                guardian_id=event.data["guardian_id"],
                note=event.data["text"],
            )
            for event in events
        ],
    )
