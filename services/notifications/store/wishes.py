"""What guardians have said about being written to, and the numbers that they gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK, STUDENT
from services.notifications.tables import CONSENT, SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def pending_points(connection: sa.Connection, school_ids: Iterable[str] | None) -> list[Row]:
    """Numbers and addresses that guardians gave and no office has confirmed yet, oldest first, with whose they are."""
    query = (
        sa.select(CONTACT_POINT, GUARDIAN.c.given_name, GUARDIAN.c.family_name)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == CONTACT_POINT.c.guardian_id)
        .where(_PENDING)
        .order_by(CONTACT_POINT.c.created_at)
    )
    if school_ids is not None:
        query = query.where(CONTACT_POINT.c.guardian_id.in_(_families_of(school_ids)))
    return list(connection.execute(query).mappings())


_PENDING = sa.and_(
    CONTACT_POINT.c.source == "page",
    CONTACT_POINT.c.active.is_(False),
    CONTACT_POINT.c.confirmed_at.is_(None),
    CONTACT_POINT.c.channel != "push",
)


def _families_of(school_ids: Iterable[str]) -> sa.Select[tuple[str]]:
    return (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(GUARDIAN_LINK.c.active, STUDENT.c.active, among(STUDENT.c.school_id, school_ids))
    )


def save_point(connection: sa.Connection, row: Row) -> bool:
    """A number or address that waits for the office; False where it is known already."""
    known = sa.and_(
        CONTACT_POINT.c.guardian_id == row["guardian_id"],
        CONTACT_POINT.c.channel == row["channel"],
        CONTACT_POINT.c.address == row["address"],
    )
    if connection.execute(sa.select(CONTACT_POINT.c.point_id).where(known)).first() is not None:
        return False
    return bool(insert_rows(connection, CONTACT_POINT, [row], on_conflict="ignore", returning="point_id"))


def pending_point(connection: sa.Connection, point_id: str, school_ids: Iterable[str] | None) -> Row | None:
    """One that waits, if it is of a family of these schools (None: of any)."""
    query = sa.select(CONTACT_POINT).where(CONTACT_POINT.c.point_id == point_id, _PENDING)
    if school_ids is not None:
        query = query.where(CONTACT_POINT.c.guardian_id.in_(_families_of(school_ids)))
    return connection.execute(query).mappings().first()


def settle_point(connection: sa.Connection, point: Row, now: datetime, *, good: bool) -> None:
    """Confirmed: in use at once, and what closed the old number no longer holds. Not: forgotten."""
    mine = CONTACT_POINT.c.point_id == point["point_id"]
    if not good:
        connection.execute(sa.delete(CONTACT_POINT).where(mine))
        return
    connection.execute(sa.update(CONTACT_POINT).where(mine).values(active=True, confirmed_at=now, priority=0))
    closed = sa.and_(
        SUPPRESSION.c.guardian_id == point["guardian_id"],
        SUPPRESSION.c.channel == point["channel"],
        SUPPRESSION.c.source.in_(("invalid", "bounced")),
    )
    connection.execute(sa.delete(SUPPRESSION).where(closed))


def reopen(connection: sa.Connection, guardian_ids: Iterable[str], channel: str, sources: Iterable[str]) -> None:
    """A channel that these closed is open again."""
    connection.execute(
        sa.delete(SUPPRESSION).where(
            among(SUPPRESSION.c.guardian_id, guardian_ids),
            SUPPRESSION.c.channel == channel,
            SUPPRESSION.c.source.in_(sorted(sources)),
        )
    )


def consent_history(connection: sa.Connection, guardian_id: str, *, limit: int = 10) -> list[Row]:
    """What the guardian has said about being written to, newest first."""
    query = (
        sa.select(CONSENT)
        .where(CONSENT.c.guardian_id == guardian_id)
        .order_by(CONSENT.c.at.desc(), CONSENT.c.consent_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
