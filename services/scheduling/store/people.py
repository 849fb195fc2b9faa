"""Reads of the roster projection: names, languages, and the facts that policy decides on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.scheduling.tables import BOUNDARY
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
from shared.policy import Boundary, Facts, Link, Restriction

Rows = dict[str, Any]


@dataclass(frozen=True)
class School:
    """A school's settings and the days it is closed."""

    school_id: str
    name: str
    zone: ZoneInfo
    settings: Rows
    holidays: frozenset[date]

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


def schools(connection: sa.Connection, school_ids: Iterable[str]) -> dict[str, School]:
    query = (
        sa.select(SCHOOL.c.school_id, SCHOOL.c.name, SCHOOL.c.timezone, SCHOOL.c.settings, CALENDAR.c.holidays)
        .outerjoin(CALENDAR, CALENDAR.c.school_id == SCHOOL.c.school_id)
        .where(SCHOOL.c.school_id.in_(set(school_ids)))
    )
    return {
        row.school_id: School(
            row.school_id,
            row.name,
            ZoneInfo(row.timezone),
            row.settings,
            frozenset(date.fromisoformat(day) for day in row.holidays or ()),
        )
        for row in connection.execute(query)
    }


def _by_id(connection: sa.Connection, table: sa.Table, ids: Iterable[str]) -> Rows:
    key = next(iter(table.primary_key))
    rows = connection.execute(sa.select(table).where(key.in_(set(ids))))
    return {getattr(row, key.name): row for row in rows}


def students(connection: sa.Connection, ids: Iterable[str]) -> Rows:
    return _by_id(connection, STUDENT, ids)


def staff(connection: sa.Connection, ids: Iterable[str]) -> Rows:
    return _by_id(connection, STAFF, ids)


def guardians(connection: sa.Connection, ids: Iterable[str]) -> Rows:
    return _by_id(connection, GUARDIAN, ids)


def active_teachers(connection: sa.Connection) -> list[Any]:
    """Everybody whom families may meet by appointment."""
    query = sa.select(STAFF.c.staff_id, STAFF.c.school_ids).where(
        STAFF.c.active, STAFF.c.role.in_(("teacher", "counselor", "principal"))
    )
    return list(connection.execute(query))


def links_of(connection: sa.Connection, student_ids: Collection[str]) -> list[Any]:
    """Active links of these students, by priority."""
    query = (
        sa.select(GUARDIAN_LINK)
        .where(GUARDIAN_LINK.c.student_id.in_(student_ids), GUARDIAN_LINK.c.active)
        .order_by(GUARDIAN_LINK.c.student_id, GUARDIAN_LINK.c.priority, GUARDIAN_LINK.c.guardian_id)
    )
    return list(connection.execute(query))


def students_of(connection: sa.Connection, staff_id: str) -> list[Any]:
    """Whom a member of staff teaches, for a picker."""
    query = (
        sa.select(STUDENT.c.student_id, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(TEACHES, TEACHES.c.student_id == STUDENT.c.student_id)
        .where(TEACHES.c.staff_id == staff_id, STUDENT.c.active)
        .order_by(STUDENT.c.given_name, STUDENT.c.family_name)
    )
    return list(connection.execute(query))


@dataclass(frozen=True)
class Known:
    """What the roster says of some students and their guardians: enough to decide about each of them."""

    links: dict[tuple[str, str], Link]
    schools_of: dict[str, frozenset[str]]
    restrictions: tuple[Restriction, ...]
    boundaries: dict[str, frozenset[Boundary]]
    taught: frozenset[str]

    def facts(self, guardian_id: str | None, on: date) -> Facts:
        """For one guardian, or (None) for staff looking at a student."""
        theirs = tuple(each for each in self.restrictions if guardian_id is None or each.guardian_id == guardian_id)
        return Facts(
            on=on,
            restrictions=theirs,
            links=self.links,
            schools_of=self.schools_of,
            taught=self.taught,
            boundaries=self.boundaries.get(guardian_id or "", frozenset()),
        )


def known(connection: sa.Connection, student_ids: Collection[str], *, staff_id: str | None = None) -> Known:
    """Facts about these students, and which of them `staff_id` teaches."""
    links = links_of(connection, student_ids)
    guardian_ids = {row.guardian_id for row in links}
    restrictions = connection.execute(
        sa.select(CONTACT_RESTRICTION).where(CONTACT_RESTRICTION.c.student_id.in_(student_ids))
    )
    boundaries: dict[str, set[Boundary]] = {}
    for row in connection.execute(
        sa.select(BOUNDARY.c.guardian_id, BOUNDARY.c.scope).where(BOUNDARY.c.guardian_id.in_(guardian_ids), BOUNDARY.c.active)
    ):
        boundaries.setdefault(row.guardian_id, set()).add(Boundary(row.scope))
    taught = connection.execute(
        sa.select(TEACHES.c.student_id).where(TEACHES.c.staff_id == staff_id, TEACHES.c.student_id.in_(student_ids))
    ).scalars() if staff_id else ()
    return Known(
        links={
            (row.guardian_id, row.student_id): Link(row.legal_guardian, row.lives_with, row.receives) for row in links
        },
        schools_of={
            row.student_id: frozenset({row.school_id})
            for row in students(connection, student_ids).values()
            if row.active
        },
        restrictions=tuple(
            Restriction(r.guardian_id, r.student_id, r.scope, r.starts_on, r.ends_on, r.lifted) for r in restrictions
        ),
        boundaries={key: frozenset(value) for key, value in boundaries.items()},
        taught=frozenset(taught),
    )
