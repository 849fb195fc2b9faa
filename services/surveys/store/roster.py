"""What surveys reads of its projection of the roster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from shared.directory.projection import (
    CALENDAR,
    CONTACT_RESTRICTION,
    GUARDIAN,
    GUARDIAN_LINK,
    SCHOOL,
    STAFF,
    STUDENT,
    TEACHES,
)
from shared.store import among


@dataclass(frozen=True, slots=True)
class School:
    """`settings`: the other fields of `school_onboarded`; terms and holidays empty until the calendar is known."""

    id: str
    name: str
    timezone: str
    settings: dict[str, Any]
    terms: list[dict[str, Any]]
    holidays: list[str]


@dataclass(frozen=True, slots=True)
class Family:
    """A guardian with the rows that policy needs."""

    guardian_id: str
    language: str
    links: Sequence[Any]
    restrictions: Sequence[Any]


def schools(connection: sa.Connection, school_ids: Collection[str] | None = None) -> dict[str, School]:
    """Every school (or those), by id."""
    query = sa.select(SCHOOL, CALENDAR.c.terms, CALENDAR.c.holidays).outerjoin(
        CALENDAR, CALENDAR.c.school_id == SCHOOL.c.school_id
    )
    if school_ids is not None:
        query = query.where(SCHOOL.c.school_id.in_(school_ids))
    return {
        row.school_id: School(
            row.school_id, row.name, row.timezone, row.settings, row.terms or [], row.holidays or []
        )
        for row in connection.execute(query)
    }


def students_after(
    connection: sa.Connection, school_id: str, *, student_ids: Collection[str] | None, after: str, limit: int
) -> list[str]:
    """The next students of a school (of those students) in the order of their ids."""
    query = (
        sa.select(STUDENT.c.student_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active, STUDENT.c.student_id > after)
        .order_by(STUDENT.c.student_id)
        .limit(limit)
    )
    if student_ids is not None:
        query = query.where(STUDENT.c.student_id.in_(student_ids))
    return list(connection.execute(query).scalars())


def receiving(connection: sa.Connection, student_ids: Collection[str]) -> list[str]:
    """The guardians of these students who receive messages, each once. Named by ids, the students are looked up one by one:
    joined to a school, PostgreSQL reads the links of a whole district for every page."""
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .distinct()
        .where(among(GUARDIAN_LINK.c.student_id, student_ids), GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.receives)
    )
    return sorted(connection.execute(query).scalars())


def families(connection: sa.Connection, guardian_ids: Collection[str]) -> list[Family]:
    """Those guardians with all their children in the district and all their restrictions: three queries."""
    links: dict[str, list[Any]] = defaultdict(list)
    query = (
        sa.select(
            GUARDIAN_LINK.c.guardian_id,
            GUARDIAN_LINK.c.student_id,
            GUARDIAN_LINK.c.legal_guardian,
            GUARDIAN_LINK.c.lives_with,
            GUARDIAN_LINK.c.receives,
            STUDENT.c.school_id,
        )
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(among(GUARDIAN_LINK.c.guardian_id, guardian_ids), GUARDIAN_LINK.c.active, STUDENT.c.active)
    )
    for row in connection.execute(query):
        links[row.guardian_id].append(row)
    restrictions: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(
        sa.select(CONTACT_RESTRICTION).where(among(CONTACT_RESTRICTION.c.guardian_id, guardian_ids))
    ):
        restrictions[row.guardian_id].append(row)
    people = sa.select(GUARDIAN.c.guardian_id, GUARDIAN.c.language).where(among(GUARDIAN.c.guardian_id, guardian_ids))
    return [
        Family(row.guardian_id, row.language, links[row.guardian_id], restrictions[row.guardian_id])
        for row in connection.execute(people)
    ]


def class_students(connection: sa.Connection, class_id: str, *, school_ids: Collection[str]) -> dict[str, str]:
    """School by student, of the class's students at those schools. The class list is JSON: filtered here, not in SQL."""
    query = sa.select(STUDENT.c.student_id, STUDENT.c.school_id, STUDENT.c.class_ids).where(
        STUDENT.c.active, STUDENT.c.school_id.in_(school_ids)
    )
    return {row.student_id: row.school_id for row in connection.execute(query) if class_id in row.class_ids}


def student_names(connection: sa.Connection, student_ids: Collection[str]) -> dict[str, str]:
    """Given names, for the page of somebody who may see them."""
    query = sa.select(STUDENT.c.student_id, STUDENT.c.given_name).where(STUDENT.c.student_id.in_(student_ids))
    return {row.student_id: row.given_name for row in connection.execute(query)}


def student_schools(connection: sa.Connection, student_ids: Collection[str]) -> dict[str, str]:
    query = sa.select(STUDENT.c.student_id, STUDENT.c.school_id).where(STUDENT.c.student_id.in_(student_ids))
    return {row.student_id: row.school_id for row in connection.execute(query)}


def guardian_names(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, str]:
    query = sa.select(GUARDIAN.c.guardian_id, GUARDIAN.c.given_name, GUARDIAN.c.family_name).where(
        GUARDIAN.c.guardian_id.in_(guardian_ids)
    )
    return {row.guardian_id: f"{row.given_name} {row.family_name}" for row in connection.execute(query)}


def guardian_language(connection: sa.Connection, guardian_id: str) -> str | None:
    return connection.execute(sa.select(GUARDIAN.c.language).where(GUARDIAN.c.guardian_id == guardian_id)).scalar()


def staff_facts(connection: sa.Connection, staff_id: str) -> tuple[frozenset[str], frozenset[str]]:
    """The students and the classes that a member of staff teaches."""
    taught = connection.execute(sa.select(TEACHES.c.student_id).where(TEACHES.c.staff_id == staff_id)).scalars()
    classes = connection.execute(
        sa.select(STAFF.c.class_ids).where(STAFF.c.staff_id == staff_id, STAFF.c.active)
    ).scalar()
    return frozenset(taught), frozenset(classes or ())


def guardians_of(connection: sa.Connection, student_id: str) -> list[str]:
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .where(GUARDIAN_LINK.c.student_id == student_id, GUARDIAN_LINK.c.active)
        .order_by(GUARDIAN_LINK.c.priority, GUARDIAN_LINK.c.guardian_id)
    )
    return list(connection.execute(query).scalars())
