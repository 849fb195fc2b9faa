"""Requests for a private time after booking has closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.journeys import LATE_REQUEST
from shared.store import insert_rows

ASKED, APPROVED, DECLINED, WITHDRAWN = "asked", "approved", "declined", "withdrawn"


def add(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """False where it was there before."""
    return bool(list(insert_rows(connection, LATE_REQUEST, [row], on_conflict="ignore", returning="request_id")))


def by_id(connection: sa.Connection, request_id: str) -> Any | None:
    return connection.execute(sa.select(LATE_REQUEST).where(LATE_REQUEST.c.request_id == request_id)).first()


def open_of(connection: sa.Connection, guardian_id: str, student_id: str, staff_id: str) -> Any | None:
    """The family's own request that waits for an answer."""
    query = sa.select(LATE_REQUEST).where(
        LATE_REQUEST.c.guardian_id == guardian_id,
        LATE_REQUEST.c.student_id == student_id,
        LATE_REQUEST.c.staff_id == staff_id,
        LATE_REQUEST.c.state == ASKED,
    )
    return connection.execute(query).first()


def of_staff(connection: sa.Connection, staff_id: str) -> list[Any]:
    """Those that wait, the earliest wanted time first."""
    query = sa.select(LATE_REQUEST).where(LATE_REQUEST.c.staff_id == staff_id, LATE_REQUEST.c.state == ASKED)
    return list(connection.execute(query.order_by(LATE_REQUEST.c.start_at, LATE_REQUEST.c.request_id)))


def answer(
    connection: sa.Connection, request_id: str, state: str, *, by: str, now: datetime, meeting_id: str | None
) -> bool:
    """Settle a request that waits; False where it does not any more."""
    query = (
        sa.update(LATE_REQUEST)
        .where(LATE_REQUEST.c.request_id == request_id, LATE_REQUEST.c.state == ASKED)
        .values(state=state, answered_by=by, answered_at=now, meeting_id=meeting_id)
        .returning(LATE_REQUEST.c.request_id)
    )
    return connection.execute(query).first() is not None

