"""Whose children a school or a teacher has, and in which homes they live."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.journeys import CHECKIN
from services.scheduling.tables.loop import PLAN
from shared.directory.projection import CALENDAR, SCHOOL, STAFF, STUDENT, TEACHES
from shared.store import among


def students_of_schools(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    """Enrolled children, with their teachers."""
    query = (
        sa.select(STUDENT.c.student_id, STUDENT.c.school_id, STUDENT.c.teacher_ids)
        .where(among(STUDENT.c.school_id, school_ids), STUDENT.c.active)
        .order_by(STUDENT.c.student_id)
    )
    return list(connection.execute(query))


def taught_by(connection: sa.Connection, staff_id: str) -> list[str]:
    query = (
        sa.select(STUDENT.c.student_id)
        .join(TEACHES, TEACHES.c.student_id == STUDENT.c.student_id)
        .where(TEACHES.c.staff_id == staff_id, STUDENT.c.active)
        .order_by(STUDENT.c.student_id)
    )
    return list(connection.execute(query).scalars())


def staff_of_school(connection: sa.Connection, school_id: str) -> list[Any]:
    """Whom families of that school may meet, by name."""
    query = (
        sa.select(STAFF)
        .where(STAFF.c.active, STAFF.c.role.in_(("teacher", "counselor", "principal")))
        .order_by(STAFF.c.given_name, STAFF.c.family_name)
    )
    return [row for row in connection.execute(query) if school_id in row.school_ids]


def find_students(connection: sa.Connection, school_ids: Collection[str], words: str, *, limit: int = 20) -> list[Any]:
    """Children of these schools whose names begin with these words, for a person on the telephone."""
    query = sa.select(STUDENT).where(among(STUDENT.c.school_id, school_ids), STUDENT.c.active)
    for word in words.split()[:4]:
        start = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        either = sa.or_(STUDENT.c.given_name.ilike(start, escape="\\"), STUDENT.c.family_name.ilike(start, escape="\\"))
        query = query.where(either)
    return list(connection.execute(query.order_by(STUDENT.c.given_name, STUDENT.c.family_name).limit(limit)))


def first_days(connection: sa.Connection, school_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The terms of each school, as its calendar says."""
    rows = connection.execute(sa.select(CALENDAR.c.school_id, CALENDAR.c.terms).where(among(CALENDAR.c.school_id, school_ids)))
    return {row.school_id: list(row.terms) for row in rows}


def all_schools(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(SCHOOL.c.school_id).order_by(SCHOOL.c.name)).scalars())


def plans_of(connection: sa.Connection, student_ids: Collection[str]) -> dict[str, str]:
    """The active plan of each child that has one; of several the newest."""
    query = (
        sa.select(PLAN.c.student_id, PLAN.c.plan_id)
        .where(among(PLAN.c.student_id, student_ids), PLAN.c.state == "active")
        .order_by(PLAN.c.made_at)
    )
    return {row.student_id: row.plan_id for row in connection.execute(query)}


def checkins_of(connection: sa.Connection, student_ids: Collection[str]) -> list[Any]:
    """Check-ins of these children, the oldest first."""
    query = sa.select(CHECKIN).where(among(CHECKIN.c.student_id, student_ids)).order_by(CHECKIN.c.offered_at, CHECKIN.c.period)
    return list(connection.execute(query))
