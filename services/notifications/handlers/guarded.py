"""Words that are the guardian's alone (`domain.sending.GUARDED`) and that no screen brought across: never the office's paper.

A person who may know of them calls, to find out how the family can be reached: who sent them, else the school's counselor,
else its principal. The task holds no word of the message; on their own page the guardian reads it still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.handlers.tasks import task
from services.notifications.store import conversation, ledger, messages
from services.notifications.store import ladder as climb
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]
KIND = "call_guarded"
ALLOWED = ("counselor", "principal")  # by turns; an office may not know


def call_instead(uow: UnitOfWork, held: Sequence[tuple[Row, Row]]) -> None:
    """`held`: each delivery (with its message's sender) and its step of the ladder. Where nobody may know, it only waits."""
    if not held:
        return
    schools = {step["school_id"] for _, step in held}
    ranks = [conversation.of_role(uow.connection, role, schools) for role in ALLOWED]
    tasks, calls = [], []
    for row, step in held:
        caller = row["sender_id"] or next((found for rank in ranks if (found := rank.get(step["school_id"]))), None)
        if caller is None:
            continue
        made = task(
            uow,
            derived_id("call-guarded", step["delivery_id"]),
            staff_id=caller,
            kind=KIND,
            school_id=step["school_id"],
            student_id=next(iter(row["students"]), None),
            guardian_id=step["guardian_id"],
            due_at=uow.now,
        )
        tasks.append(made)
        blank = {"tries": 0, "outcome": None, "outcome_at": None, "outcome_by": None}
        calls.append({"task_id": made["task_id"], "delivery_id": step["delivery_id"], **blank})
    ledger.save_tasks(uow.connection, tasks)
    climb.save_calls(uow.connection, calls)
    words = [(step["delivery_id"], "not printed", "words for the guardian alone") for _, step in held]
    messages.trace(uow.connection, words, uow.now)
