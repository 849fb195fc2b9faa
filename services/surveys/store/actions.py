"""What answers have led to: barriers, insights, needs, guarded words, and what the family's card lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.tables.actions import (
    BARRIER,
    CONTACT,
    FAILED_WAY,
    INSIGHT,
    NEED,
    PREFERENCE_CHANGE,
    SAFEGUARD,
    TAUGHT,
)
from shared.directory.projection import GUARDIAN_LINK, STAFF, STUDENT, TEACHES
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def note_changes(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, PREFERENCE_CHANGE, rows, on_conflict="ignore")


def changes(connection: sa.Connection, guardian_id: str, *, limit: int) -> list[sa.Row[Any]]:
    """How the wishes came to be, the newest first."""
    query = (
        sa.select(PREFERENCE_CHANGE)
        .where(PREFERENCE_CHANGE.c.guardian_id == guardian_id)
        .order_by(PREFERENCE_CHANGE.c.version.desc())
        .limit(limit)
    )
    return list(connection.execute(query))


def barriers(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, dict[str, sa.Row[Any]]]:
    """Every barrier ever noted of these guardians, by its name; those of one held until the transaction ends."""
    query = sa.select(BARRIER).where(among(BARRIER.c.guardian_id, guardian_ids)).order_by(BARRIER.c.since).with_for_update()
    found: dict[str, dict[str, sa.Row[Any]]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.guardian_id][row.barrier] = row
    return found


def standing(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, list[str]]:
    """The barriers that stand now, by guardian, oldest first."""
    query = (
        sa.select(BARRIER.c.guardian_id, BARRIER.c.barrier)
        .where(among(BARRIER.c.guardian_id, guardian_ids), BARRIER.c.active)
        .order_by(BARRIER.c.since, BARRIER.c.barrier)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.guardian_id].append(row.barrier)
    return found


def save_barriers(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, BARRIER, rows, on_conflict="update")


def note_failures(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, FAILED_WAY, rows, on_conflict="ignore")


def failures(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """Messages that failed since the way last worked, by guardian and channel."""
    query = (
        sa.select(FAILED_WAY.c.guardian_id, FAILED_WAY.c.channel, sa.func.count().label("number"))
        .where(among(FAILED_WAY.c.guardian_id, guardian_ids))
        .group_by(FAILED_WAY.c.guardian_id, FAILED_WAY.c.channel)
    )
    return {(row.guardian_id, row.channel): row.number for row in connection.execute(query)}


def forget_failures(connection: sa.Connection, channel: str, guardian_ids: Collection[str]) -> None:
    connection.execute(
        sa.delete(FAILED_WAY).where(FAILED_WAY.c.channel == channel, among(FAILED_WAY.c.guardian_id, guardian_ids))
    )


def add_insights(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, INSIGHT, rows, on_conflict="ignore")


def insights(
    connection: sa.Connection, student_id: str, *, guardian_ids: Collection[str] | None = None, limit: int = 20
) -> list[sa.Row[Any]]:
    """What home has told of a child, the newest first; by these guardians only where they are named.

    What only the safeguarding lead may read never became one.
    """
    query = sa.select(INSIGHT).where(INSIGHT.c.student_id == student_id)
    if guardian_ids is not None:
        query = query.where(among(INSIGHT.c.guardian_id, guardian_ids))
    return list(connection.execute(query.order_by(INSIGHT.c.at.desc()).limit(limit)))


def add_needs(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, NEED, rows, on_conflict="ignore")


def consented_needs(connection: sa.Connection, student_id: str, *, guardian_ids: Collection[str] | None = None) -> int:
    """How many needs of this child's family are in hands: a teacher sees that support is on its way, never which."""
    query = sa.select(sa.func.count()).select_from(NEED).where(NEED.c.student_id == student_id, NEED.c.consent)
    if guardian_ids is not None:
        query = query.where(among(NEED.c.guardian_id, guardian_ids))
    return int(connection.execute(query).scalar_one())


def guard(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, SAFEGUARD, rows, on_conflict="ignore")


def guarded(connection: sa.Connection, guardian_ids: Collection[str]) -> set[tuple[str, str]]:
    """(assignment, question) whose answer only the safeguarding lead may read."""
    query = sa.select(SAFEGUARD.c.assignment_id, SAFEGUARD.c.question_id).where(among(SAFEGUARD.c.guardian_id, guardian_ids))
    return {(row.assignment_id, row.question_id) for row in connection.execute(query)}


def log_contacts(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, CONTACT, rows, on_conflict="ignore")


def contacts(
    connection: sa.Connection, student_id: str, *, limit: int, guardian_ids: Collection[str] | None = None
) -> list[sa.Row[Any]]:
    """The last contacts about a child, with these guardians only where they are named."""
    query = sa.select(CONTACT).where(CONTACT.c.student_id == student_id)
    if guardian_ids is not None:
        query = query.where(among(CONTACT.c.guardian_id, guardian_ids))
    return list(connection.execute(query.order_by(CONTACT.c.at.desc()).limit(limit)))


def live_modes(
    connection: sa.Connection, student_id: str, *, guardian_ids: Collection[str] | None = None
) -> list[str]:
    """Ways by which somebody was spoken to live, the commonest first: what has worked."""
    query = sa.select(CONTACT.c.mode).where(CONTACT.c.student_id == student_id, CONTACT.c.live).group_by(CONTACT.c.mode)
    if guardian_ids is not None:
        query = query.where(among(CONTACT.c.guardian_id, guardian_ids))
    return list(connection.execute(query.order_by(sa.func.count().desc(), CONTACT.c.mode)).scalars())


def remember_teachers(connection: sa.Connection, student_ids: Collection[str], now: datetime) -> None:
    """Keep who teaches these students now: the roster forgets it next year."""
    query = sa.select(TEACHES.c.staff_id, TEACHES.c.student_id).where(among(TEACHES.c.student_id, student_ids))
    rows = [{"staff_id": row.staff_id, "student_id": row.student_id, "since": now} for row in connection.execute(query)]
    if rows:
        insert_rows(connection, TAUGHT, rows, on_conflict="ignore")


def taught_siblings(
    connection: sa.Connection,
    student_id: str,
    *,
    guardian_ids: Collection[str] | None = None,
    students: Collection[str] | None = None,
) -> list[sa.Row[Any]]:
    """Staff who have taught a child of the same guardians, with that child; not who teaches this child already.

    `guardian_ids`, `students`: only what these guardians may be told, of these children.
    """
    mine, other = GUARDIAN_LINK.alias("mine"), GUARDIAN_LINK.alias("other")
    own = sa.select(TEACHES.c.staff_id).where(TEACHES.c.student_id == student_id)
    query = (
        sa.select(
            STAFF.c.staff_id, STAFF.c.given_name, STAFF.c.family_name, STUDENT.c.student_id, STUDENT.c.given_name.label("sibling")
        )
        .distinct()
        .select_from(mine)
        .join(other, sa.and_(other.c.guardian_id == mine.c.guardian_id, other.c.student_id != mine.c.student_id))
        .join(TAUGHT, TAUGHT.c.student_id == other.c.student_id)
        .join(STAFF, STAFF.c.staff_id == TAUGHT.c.staff_id)
        .join(STUDENT, STUDENT.c.student_id == other.c.student_id)
        .where(mine.c.student_id == student_id, mine.c.active, other.c.active, STAFF.c.active, STAFF.c.staff_id.not_in(own))
        .order_by(STAFF.c.family_name, STAFF.c.staff_id, STUDENT.c.student_id)
    )
    if guardian_ids is not None:
        query = query.where(among(mine.c.guardian_id, guardian_ids))
    if students is not None:
        query = query.where(among(STUDENT.c.student_id, students))
    return list(connection.execute(query))


def households(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, str]:
    """The home of each guardian, as the roster says."""
    query = sa.select(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.household_id).where(
        among(GUARDIAN_LINK.c.guardian_id, guardian_ids), GUARDIAN_LINK.c.active
    )
    return {row.guardian_id: row.household_id for row in connection.execute(query)}
