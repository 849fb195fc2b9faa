"""Open tasks that a booked meeting settles."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from services.notifications.tables import TASK
from shared.store import among


def open_tasks(connection: sa.Connection, kinds: Collection[str], pairs: Collection[tuple[str, str]]) -> list[str]:
    """Ids of open tasks of these kinds about (guardian, child) pairs."""
    rows = connection.execute(
        sa.select(TASK.c.task_id, TASK.c.guardian_id, TASK.c.student_id).where(
            TASK.c.kind.in_(kinds), TASK.c.closed_at.is_(None), among(TASK.c.guardian_id, [guardian for guardian, _ in pairs])
        )
    )
    wanted = set(pairs)
    return [row.task_id for row in rows if (row.guardian_id, row.student_id) in wanted]
