"""What meetings' clocks showed when they were booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import MEETING_WALL
from shared.directory.projection import SCHOOL
from shared.store import insert_rows

_AHEAD = ("booked",)


def unnoted(connection: sa.Connection, now: datetime) -> list[Any]:
    """Booked meetings to come whose clock is not on record, or is that of another time: (meeting_id, start_at, timezone)."""
    query = (
        sa.select(MEETING.c.meeting_id, MEETING.c.start_at, SCHOOL.c.timezone)
        .join(SCHOOL, SCHOOL.c.school_id == MEETING.c.school_id)
        .outerjoin(MEETING_WALL, MEETING_WALL.c.meeting_id == MEETING.c.meeting_id)
        .where(
            MEETING.c.state.in_(_AHEAD),
            MEETING.c.start_at > now,
            sa.or_(MEETING_WALL.c.meeting_id.is_(None), MEETING_WALL.c.start_at != MEETING.c.start_at),
        )
    )
    return list(connection.execute(query))


def noted(connection: sa.Connection, now: datetime) -> list[Any]:
    """(meeting_id, start_at, zone, wall) of booked meetings to come that are still when they were noted."""
    query = (
        sa.select(MEETING_WALL)
        .join(MEETING, sa.and_(MEETING.c.meeting_id == MEETING_WALL.c.meeting_id, MEETING.c.start_at == MEETING_WALL.c.start_at))
        .where(MEETING.c.state.in_(_AHEAD), MEETING.c.start_at > now)
    )
    return list(connection.execute(query))


def note(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(connection, MEETING_WALL, rows, on_conflict="update")


def forget_past(connection: sa.Connection, now: datetime) -> None:
    """What is over needs no clock any more."""
    connection.execute(sa.delete(MEETING_WALL).where(MEETING_WALL.c.start_at <= now))
