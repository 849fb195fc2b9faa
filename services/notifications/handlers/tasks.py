"""Things for a member of staff to do, shown on their Today page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
