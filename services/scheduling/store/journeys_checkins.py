"""Check-ins: those still open, what became of their meetings, and how many of a school's were done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING
from services.scheduling.tables.journeys import CHECKIN
from shared.store import among, insert_rows, update_rows

OPEN = ("offered", "booked")


def add(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Insert those that are not there yet; returns their ids."""
    if not rows:
        return []
    return list(insert_rows(connection, CHECKIN, rows, on_conflict="ignore", returning="checkin_id"))


def change(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        update_rows(connection, CHECKIN, rows, key="checkin_id")


def open_of(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    query = sa.select(CHECKIN).where(among(CHECKIN.c.school_id, school_ids), CHECKIN.c.state.in_(OPEN))
    return list(connection.execute(query.order_by(CHECKIN.c.checkin_id)))


def meetings_of(connection: sa.Connection, checkins: Collection[Any]) -> dict[str, Any]:
    """The newest meeting of each check-in: of its guardian about its child since it was offered."""
    ids = [row.checkin_id for row in checkins]
    same = sa.and_(
        MEETING.c.kind == "checkin",
        MEETING.c.guardian_id == CHECKIN.c.guardian_id,
        MEETING.c.student_id == CHECKIN.c.student_id,
        MEETING.c.booked_at >= CHECKIN.c.offered_at,
    )
    query = (
        sa.select(CHECKIN.c.checkin_id, MEETING.c.meeting_id, MEETING.c.state, MEETING.c.end_at)
        .join(MEETING, same)
        .where(among(CHECKIN.c.checkin_id, ids))
        .order_by(MEETING.c.booked_at, MEETING.c.start_at)
    )
    return {row.checkin_id: row for row in connection.execute(query)}


def of_school(connection: sa.Connection, school_id: str, *, since: date, staff_id: str | None = None) -> list[Any]:
    """Those due since then, of one member of staff or all."""
    query = sa.select(CHECKIN).where(CHECKIN.c.school_id == school_id, CHECKIN.c.due_on >= since)
    if staff_id is not None:
        query = query.where(CHECKIN.c.staff_id == staff_id)
    return list(connection.execute(query.order_by(CHECKIN.c.due_on, CHECKIN.c.checkin_id)))


def counts(connection: sa.Connection, school_ids: Collection[str], *, since: date) -> dict[str, dict[str, int]]:
    """How many are in which state, by school; due since then."""
    query = (
        sa.select(CHECKIN.c.school_id, CHECKIN.c.state, sa.func.count().label("n"))
        .where(among(CHECKIN.c.school_id, school_ids), CHECKIN.c.due_on >= since)
        .group_by(CHECKIN.c.school_id, CHECKIN.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.school_id, {})[row.state] = row.n
    return found
