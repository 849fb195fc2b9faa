"""What a teacher's own week shows, and who came by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import WALK_IN
from services.scheduling.tables.bookings import TAKEN
from shared.directory.projection import GUARDIAN, GUARDIAN_LINK, STUDENT, TEACHES
from shared.store import insert_rows


def week_of(connection: sa.Connection, staff_id: str, *, start: datetime, until: datetime) -> list[Any]:
    """Meetings that this person takes part in, alone or as one of a team, by time; also those that are over."""
    query = (
        sa.select(MEETING)
        .join(TAKEN, TAKEN.c.meeting_id == MEETING.c.meeting_id)
        .where(
            TAKEN.c.kind == "staff",
            TAKEN.c.resource_id == staff_id,
            MEETING.c.state == "booked",
            MEETING.c.end_at > start,
            MEETING.c.start_at < until,
        )
        .order_by(MEETING.c.start_at, MEETING.c.meeting_id)
    )
    return list(connection.execute(query))


def families_of(connection: sa.Connection, staff_id: str) -> list[Any]:
    """Students taught and their guardians, by name: who may come by."""
    query = (
        sa.select(
            STUDENT.c.student_id,
            STUDENT.c.school_id,
            STUDENT.c.given_name.label("child"),
            STUDENT.c.family_name.label("child_family"),
            GUARDIAN.c.guardian_id,
            GUARDIAN.c.given_name,
            GUARDIAN.c.family_name,
            GUARDIAN_LINK.c.relationship,
            GUARDIAN_LINK.c.priority,
        )
        .join(TEACHES, TEACHES.c.student_id == STUDENT.c.student_id)
        .join(GUARDIAN_LINK, sa.and_(GUARDIAN_LINK.c.student_id == STUDENT.c.student_id, GUARDIAN_LINK.c.active))
        .join(GUARDIAN, GUARDIAN.c.guardian_id == GUARDIAN_LINK.c.guardian_id)
        .where(TEACHES.c.staff_id == staff_id, STUDENT.c.active)
        .order_by(STUDENT.c.given_name, STUDENT.c.family_name, STUDENT.c.student_id, GUARDIAN_LINK.c.priority)
        .distinct()
    )
    return list(connection.execute(query))


def add_walk_in(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Whether it is new."""
    return bool(insert_rows(connection, WALK_IN, [row], on_conflict="ignore", returning="walk_in_id"))


def walk_ins_of(connection: sa.Connection, staff_id: str, since: datetime) -> list[Any]:
    query = sa.select(WALK_IN).where(WALK_IN.c.staff_id == staff_id, WALK_IN.c.at >= since).order_by(WALK_IN.c.at.desc())
    return list(connection.execute(query))
