"""Meetings, and the constraints that keep two of them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.scheduling.domain.windows import Interval, cells
from services.scheduling.tables import BOOKED_CELL, MEETING
from shared.store import insert_rows

BOOKED = "booked"
_LOST_RACE = frozenset({"23P01", "23505", "40P01"})  # exclusion, unique, deadlock: somebody else was quicker


class Collision(Exception):
    """The database has refused a booking that would overlap another; nothing of the attempt is left."""


def lock_people(connection: sa.Connection, keys: Collection[str]) -> None:
    """Queue up for these people's time until the transaction ends, in one order for everybody, so that none deadlock.

    SQLite's transactions are one after the other as they are. The constraints hold without this; it only spares retries.
    """
    if connection.dialect.name != "postgresql":
        return
    ordered = sorted(set(keys))
    connection.execute(
        sa.text(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM "
            "(SELECT key FROM unnest(CAST(:keys AS text[])) AS t(key) ORDER BY hashtextextended(key, 0)) AS sorted"
        ),
        {"keys": ordered},
    )


def write(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or move meetings, all or none; raises Collision where one would overlap another."""
    if not rows:
        return
    try:
        with connection.begin_nested():
            if connection.dialect.name == "sqlite":
                _free_cells(connection, [row["meeting_id"] for row in rows])
                insert_rows(connection, BOOKED_CELL, _cells(rows), on_conflict="error")
            insert_rows(connection, MEETING, rows, on_conflict="update")
    except DBAPIError as error:
        if lost_race(error):
            raise Collision from None
        raise


def lost_race(error: DBAPIError) -> bool:
    """Whether somebody else was quicker, as against a statement that is wrong or a database that is away."""
    state = getattr(error.orig, "sqlstate", None)
    return state in _LOST_RACE if state is not None else "UNIQUE constraint" in str(error.orig)


def cancel(connection: sa.Connection, meeting_ids: Collection[str], *, by: str) -> list[Any]:
    """Call off those that are still booked and give their time back; returns their rows."""
    query = (
        sa.update(MEETING)
        .where(MEETING.c.meeting_id.in_(meeting_ids), MEETING.c.state == BOOKED)
        .values(state="cancelled", cancelled_by=by, sequence=MEETING.c.sequence + 1)
        .returning(*MEETING.c)
    )
    rows = list(connection.execute(query))
    if connection.dialect.name == "sqlite":
        _free_cells(connection, [row.meeting_id for row in rows])
    return rows


def by_id(connection: sa.Connection, meeting_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(MEETING).where(MEETING.c.meeting_id.in_(set(meeting_ids))))
    return {row.meeting_id: row for row in rows}


def of_staff(connection: sa.Connection, staff_id: str, since: datetime) -> list[Any]:
    query = (
        sa.select(MEETING)
        .where(MEETING.c.staff_id == staff_id, MEETING.c.state == BOOKED, MEETING.c.end_at > since)
        .order_by(MEETING.c.start_at)
    )
    return list(connection.execute(query))


def of_students(connection: sa.Connection, student_ids: Collection[str], since: datetime) -> list[Any]:
    """Booked meetings about these students."""
    query = sa.select(MEETING).where(
        MEETING.c.student_id.in_(student_ids), MEETING.c.state == BOOKED, MEETING.c.end_at > since
    )
    return list(connection.execute(query))


def _cells(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "person_id": person, "cell_at": cell, "meeting_id": row["meeting_id"]}
        for row in rows
        for kind, person, interval in (
            ("staff", row["staff_id"], Interval(row["start_at"], row["blocked_until"])),
            ("guardian", row["guardian_id"], Interval(row["start_at"], row["end_at"])),
        )
        for cell in cells(interval)
    ]


def _free_cells(connection: sa.Connection, meeting_ids: Collection[str]) -> None:
    connection.execute(sa.delete(BOOKED_CELL).where(BOOKED_CELL.c.meeting_id.in_(meeting_ids)))
