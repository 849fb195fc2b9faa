"""Contacts, strengths, alerts, gaps, concerns and tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.people import GUARDIAN_LINK, STUDENT
from services.notifications.tables import ALERT_STATE, CADENCE, CONCERN, CONTACT, GAP, STAFF_CARD, STRENGTH, TASK
from services.notifications.tables.rhythm import LIVE_MISSING
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def log_contacts(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Write contacts; a personal one ends the student's gap, a conversation also its missing live contact."""
    if not rows:
        return
    insert_rows(connection, CONTACT, rows, on_conflict="ignore")
    personal = sorted({row["student_id"] for row in rows if row["personal"]})
    if personal:
        connection.execute(sa.delete(GAP).where(among(GAP.c.student_id, personal)))
    live = sorted({row["student_id"] for row in rows if row["live"]})
    if live:
        connection.execute(sa.delete(LIVE_MISSING).where(among(LIVE_MISSING.c.student_id, live)))


def last_personal(connection: sa.Connection, school_id: str) -> list[Row]:
    """Every student of the school with the last personal contact (null: none) and their first guardian."""
    there = sa.select(STUDENT.c.student_id).where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    last = (
        sa.select(CONTACT.c.student_id, sa.func.max(CONTACT.c.at).label("at"))
        .where(CONTACT.c.personal, CONTACT.c.student_id.in_(there))  # else each school's night reads the whole district's
        .group_by(CONTACT.c.student_id)
        .subquery()
    )
    first = (
        sa.select(sa.func.min(GUARDIAN_LINK.c.guardian_id))
        .where(
            GUARDIAN_LINK.c.student_id == STUDENT.c.student_id, GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.priority == 1
        )
        .scalar_subquery()
    )
    worried = (
        sa.select(CONCERN.c.concern_id)
        .where(CONCERN.c.student_id == STUDENT.c.student_id, CONCERN.c.closed_at.is_(None))
        .exists()
    )
    query = (
        sa.select(STUDENT.c.student_id, last.c.at, first.label("guardian_id"), worried.label("worried"))
        .outerjoin(last, last.c.student_id == STUDENT.c.student_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    )
    return list(connection.execute(query).mappings())


def open_gaps(connection: sa.Connection, school_id: str) -> set[str]:
    query = sa.select(GAP.c.student_id).where(GAP.c.school_id == school_id)
    return set(connection.execute(query).scalars())


def save_gaps(connection: sa.Connection, rows: Sequence[Row], cadence: Row, *, closed: Iterable[str]) -> None:
    """The night's finding for one school."""
    over = sorted(closed)
    if over:
        connection.execute(sa.delete(GAP).where(among(GAP.c.student_id, over)))
    if rows:
        insert_rows(connection, GAP, rows, on_conflict="update")
    insert_rows(connection, CADENCE, [cadence], on_conflict="update")


def gaps_of(connection: sa.Connection, student_ids: Iterable[str]) -> list[Row]:
    """Open gaps of these students, the longest first."""
    query = (
        sa.select(GAP, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(STUDENT, STUDENT.c.student_id == GAP.c.student_id)
        .where(among(GAP.c.student_id, student_ids))
        .order_by(GAP.c.days_since.desc(), STUDENT.c.given_name)
    )
    return list(connection.execute(query).mappings())


def cadence(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    """The newest night of each school."""
    newest = (
        sa.select(CADENCE.c.school_id, sa.func.max(CADENCE.c.on).label("on")).group_by(CADENCE.c.school_id).subquery()
    )
    query = (
        sa.select(CADENCE)
        .join(newest, sa.and_(newest.c.school_id == CADENCE.c.school_id, newest.c.on == CADENCE.c.on))
        .where(CADENCE.c.school_id.in_(sorted(school_ids)))
    )
    return list(connection.execute(query).mappings())


def save_strengths(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, STRENGTH, rows, on_conflict="ignore")


def alert_states(connection: sa.Connection, student_ids: Iterable[str]) -> dict[tuple[str, str], Row]:
    query = sa.select(ALERT_STATE).where(ALERT_STATE.c.student_id.in_(sorted(set(student_ids))))
    return {(row["student_id"], row["course_id"]): row for row in connection.execute(query).mappings()}


def save_alert_states(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, ALERT_STATE, rows, on_conflict="update", newer_by="revision")


def save_concerns(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, CONCERN, rows, on_conflict="ignore")


def save_tasks(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, TASK, rows, on_conflict="ignore")


def close_task(connection: sa.Connection, task_id: str, staff_id: str, now: datetime) -> Row | None:
    """Close one's own open task; None where there is no such."""
    mine = sa.and_(TASK.c.task_id == task_id, TASK.c.staff_id == staff_id, TASK.c.closed_at.is_(None))
    row = connection.execute(sa.select(TASK).where(mine)).mappings().first()
    if row is not None:
        connection.execute(sa.update(TASK).where(mine).values(closed_at=now))
    return row


def close_tasks(connection: sa.Connection, ids: Iterable[str], now: datetime) -> None:
    connection.execute(
        sa.update(TASK).where(TASK.c.task_id.in_(sorted(set(ids))), TASK.c.closed_at.is_(None)).values(closed_at=now)
    )


def tasks_of(connection: sa.Connection, staff_id: str) -> list[Row]:
    """Open tasks, what is due first first, with the student's name."""
    query = (
        sa.select(TASK, STUDENT.c.given_name, STUDENT.c.family_name)
        .outerjoin(STUDENT, STUDENT.c.student_id == TASK.c.student_id)
        .where(TASK.c.staff_id == staff_id, TASK.c.closed_at.is_(None))
        .order_by(TASK.c.due_at, TASK.c.created_at)
    )
    return list(connection.execute(query).mappings())


def contacts_of(connection: sa.Connection, student_id: str, *, limit: int = 5) -> list[Row]:
    query = sa.select(CONTACT).where(CONTACT.c.student_id == student_id).order_by(CONTACT.c.at.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def strengths_of(connection: sa.Connection, student_id: str) -> list[Row]:
    query = sa.select(STRENGTH).where(STRENGTH.c.student_id == student_id).order_by(STRENGTH.c.at.desc())
    return list(connection.execute(query).mappings())


def save_cards(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, STAFF_CARD, rows, on_conflict="update", newer_by="version")
