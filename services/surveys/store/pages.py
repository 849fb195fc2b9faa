"""What the pages look up beside the assignment that is open: earlier answers, a batch of forms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from services.surveys.tables import ANSWER, ASSIGNMENT, RESPONSE, SURVEY_VERSION
from shared.directory.projection import GUARDIAN, GUARDIAN_LINK, STAFF, STUDENT
from shared.store import among


def last_answers(
    connection: sa.Connection, guardian_id: str, survey_id: str, question_ids: Collection[str]
) -> dict[str, dict[str, Any]]:
    """By question, what this guardian answered the last time the survey put it; only their own, never the other home's."""
    query = (
        sa.select(ANSWER.c.question_id, ANSWER.c.content)
        .join(RESPONSE, RESPONSE.c.assignment_id == ANSWER.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.assignment_id == RESPONSE.c.assignment_id)
        .where(
            RESPONSE.c.guardian_id == guardian_id,
            ASSIGNMENT.c.survey_id == survey_id,
            among(ANSWER.c.question_id, question_ids),
        )
        .order_by(RESPONSE.c.submitted_at)
    )
    return {row.question_id: row.content for row in connection.execute(query)}


def answered_by(
    connection: sa.Connection, guardian_id: str, *, assignment_id: str | None = None
) -> list[sa.Row[Any]]:
    """Everything this guardian has answered, or one response; the latest first, one row an answer."""
    query = (
        sa.select(
            RESPONSE.c.assignment_id,
            RESPONSE.c.version,
            RESPONSE.c.via,
            RESPONSE.c.submitted_at,
            ASSIGNMENT.c.school_id,
            ANSWER.c.question_id,
            ANSWER.c.content,
        )
        .join(ASSIGNMENT, ASSIGNMENT.c.assignment_id == RESPONSE.c.assignment_id)
        .join(ANSWER, ANSWER.c.assignment_id == RESPONSE.c.assignment_id)
        .where(RESPONSE.c.guardian_id == guardian_id)
        .order_by(RESPONSE.c.submitted_at.desc(), RESPONSE.c.assignment_id)
    )
    if assignment_id is not None:
        query = query.where(RESPONSE.c.assignment_id == assignment_id)
    return list(connection.execute(query))


def open_of_survey(
    connection: sa.Connection,
    school_id: str,
    survey_id: str,
    *,
    students: Collection[str] | None,
    after: str,
    limit: int,
) -> list[sa.Row[Any]]:
    """Open assignments in the order of their ids. The children are JSON: a class is filtered here, not in SQL."""
    query = (
        sa.select(ASSIGNMENT)
        .where(
            ASSIGNMENT.c.school_id == school_id,
            ASSIGNMENT.c.survey_id == survey_id,
            ASSIGNMENT.c.state == "open",
            ASSIGNMENT.c.assignment_id > after,
        )
        .order_by(ASSIGNMENT.c.assignment_id)
    )
    if students is None:
        return list(connection.execute(query.limit(limit)))
    wanted = set(students)
    return [row for row in connection.execute(query) if wanted & set(row.student_ids)][:limit]


def staff_name(connection: sa.Connection, staff_id: str) -> str:
    """For a colleague who reads who has done something; empty where the roster does not know them."""
    row = connection.execute(
        sa.select(STAFF.c.given_name, STAFF.c.family_name).where(STAFF.c.staff_id == staff_id)
    ).first()
    return f"{row.given_name} {row.family_name}" if row else ""


def is_version(connection: sa.Connection, version: str, survey_id: str) -> bool:
    """Whether this survey was ever published under that version."""
    query = sa.select(SURVEY_VERSION.c.version).where(
        SURVEY_VERSION.c.version == version, SURVEY_VERSION.c.survey_id == survey_id
    )
    return connection.execute(query).first() is not None


def classes_of(connection: sa.Connection, school_id: str) -> list[str]:
    """Every class of a school that has a student. The class list is JSON: gathered here, not in SQL."""
    query = sa.select(STUDENT.c.class_ids).where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    return sorted({each for class_ids in connection.execute(query).scalars() for each in class_ids})


def languages_of(connection: sa.Connection, school_id: str) -> dict[str, int]:
    """How many guardians of a school's students read each language."""
    theirs = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active, GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.receives)
    )
    query = (
        sa.select(GUARDIAN.c.language, sa.func.count().label("number"))
        .where(GUARDIAN.c.guardian_id.in_(theirs))
        .group_by(GUARDIAN.c.language)
    )
    return {row.language: row.number for row in connection.execute(query)}


def running_version(connection: sa.Connection, school_id: str, survey_id: str) -> sa.Row[Any] | None:
    """The version that most open assignments of a school have, and how many (`number`)."""
    query = (
        sa.select(ASSIGNMENT.c.version, sa.func.count().label("number"))
        .where(ASSIGNMENT.c.school_id == school_id, ASSIGNMENT.c.survey_id == survey_id, ASSIGNMENT.c.state == "open")
        .group_by(ASSIGNMENT.c.version)
        .order_by(sa.desc("number"), ASSIGNMENT.c.version)
    )
    return connection.execute(query).first()
