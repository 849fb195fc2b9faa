"""Meetings. What keeps two of them apart is `store.bookings`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING
from shared.store import among, insert_rows

BOOKED, CANCELLED, HELD, MISSED = "booked", "cancelled", "held", "missed"


def write(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or move meetings whose time has been taken for them (`handlers.resources`)."""
    if rows:
        insert_rows(connection, MEETING, rows, on_conflict="update")


def cancel(connection: sa.Connection, meeting_ids: Collection[str], *, by: str) -> list[Any]:
    """Call off those that are still booked; returns their rows. Giving their time back is the caller's."""
    query = (
        sa.update(MEETING)
        .where(among(MEETING.c.meeting_id, meeting_ids), MEETING.c.state == BOOKED)
        .values(state=CANCELLED, cancelled_by=by, sequence=MEETING.c.sequence + 1)
        .returning(*MEETING.c)
    )
    return list(connection.execute(query))


def settle(connection: sa.Connection, meeting_id: str, values: Mapping[str, Any], *, now: datetime) -> Mapping[str, Any] | None:
    """Say what became of a booked meeting that has begun; its row as it is now, or None."""
    query = (
        sa.update(MEETING)
        .where(MEETING.c.meeting_id == meeting_id, MEETING.c.state == BOOKED, MEETING.c.start_at <= now)
        .values(**values)
        .returning(*MEETING.c)
    )
    row = connection.execute(query).first()
    return dict(row._mapping) if row is not None else None


def by_id(connection: sa.Connection, meeting_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(MEETING).where(among(MEETING.c.meeting_id, meeting_ids)))
    return {row.meeting_id: row for row in rows}


def of_staff(connection: sa.Connection, staff_id: str, since: datetime) -> list[Any]:
    query = (
        sa.select(MEETING)
        .where(MEETING.c.staff_id == staff_id, MEETING.c.state == BOOKED, MEETING.c.end_at > since)
        .order_by(MEETING.c.start_at)
    )
    return list(connection.execute(query))


def unsettled(connection: sa.Connection, staff_id: str, *, since: datetime, now: datetime) -> list[Any]:
    """Own meetings that have ended since then and of which nobody has said whether they took place; the latest first."""
    query = (
        sa.select(MEETING)
        .where(MEETING.c.staff_id == staff_id, MEETING.c.state == BOOKED, MEETING.c.end_at > since, MEETING.c.end_at <= now)
        .order_by(MEETING.c.start_at.desc())
    )
    return list(connection.execute(query))


def of_students(connection: sa.Connection, student_ids: Collection[str], since: datetime) -> list[Any]:
    """Booked meetings about these students."""
    query = sa.select(MEETING).where(
        among(MEETING.c.student_id, student_ids), MEETING.c.state == BOOKED, MEETING.c.end_at > since
    )
    return list(connection.execute(query))
