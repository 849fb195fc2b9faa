"""Things for a member of staff to do, shown on their Today page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notifications.store import ledger, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork


def task(
    uow: UnitOfWork,
    task_id: str,
    *,
    staff_id: str,
    kind: str,
    school_id: str | None = None,
    student_id: str | None = None,
    guardian_id: str | None = None,
    note: str = "",
    due_at: datetime | None = None,
) -> dict[str, Any]:
    """A row of the task table; the id is derived from what asks for it, so asking twice makes one task."""
    return {
        "task_id": task_id,
        "staff_id": staff_id,
        "school_id": school_id,
        "kind": kind,
        "student_id": student_id,
        "guardian_id": guardian_id,
        "note": note,
        "due_at": due_at,
        "created_at": uow.now,
        "closed_at": None,
    }


def share_with_office(uow: UnitOfWork, task_id: str, staff_id: str, schools: Sequence[str]) -> bool:
    """One's own open task becomes the office's; False where there is no such task, or no office to take it."""
    open_task = next((row for row in ledger.tasks_of(uow.connection, staff_id) if row["task_id"] == task_id), None)
    if open_task is None:
        return False
    school_id = open_task["school_id"] or next(iter(schools), "")
    office = people.offices(uow.connection, [school_id]).get(school_id)
    if office is None or office == staff_id:
        return False
    kept = ("kind", "student_id", "guardian_id", "note", "due_at")
    given = {name: open_task[name] for name in kept}
    row = task(uow, derived_id("shared", task_id), staff_id=office, school_id=school_id, **given)
    ledger.save_tasks(uow.connection, [row])
    ledger.close_tasks(uow.connection, [task_id], uow.now)
    return True
