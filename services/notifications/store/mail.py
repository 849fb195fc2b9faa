"""Emails that came in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables.mail import MAIL_IN
from shared.store import insert_rows

Row = Mapping[str, Any]
LISTED = 200


def save(connection: sa.Connection, row: Row) -> bool:
    """False where the same mail is here already."""
    return bool(insert_rows(connection, MAIL_IN, [row], on_conflict="ignore", returning="mail_id"))


def soft_bounces(connection: sa.Connection, guardian_id: str, since: datetime) -> int:
    """How often mail to this guardian came back for a reason that may pass, this time included."""
    query = sa.select(sa.func.count()).where(
        MAIL_IN.c.guardian_id == guardian_id, MAIL_IN.c.kind.in_(("bounce", "delayed")), MAIL_IN.c.received_at > since
    )
    return int(connection.execute(query).scalar_one())


def waiting(connection: sa.Connection, school_ids: Collection[str]) -> list[Row]:
    """What the offices of these schools must look at, oldest first; what belongs to no school is everybody's."""
    query = (
        sa.select(*(MAIL_IN.c[name] for name in ("mail_id", "unreadable", "sender", "subject", "text", "received_at")))
        .where(
            MAIL_IN.c.unreadable.is_not(None),
            MAIL_IN.c.closed_at.is_(None),
            sa.or_(MAIL_IN.c.school_id.is_(None), MAIL_IN.c.school_id.in_(sorted(school_ids))),
        )
        .order_by(MAIL_IN.c.received_at)
        .limit(LISTED)
    )
    return list(connection.execute(query).mappings())


def close(connection: sa.Connection, mail_id: str, school_ids: Collection[str], *, by: str, now: datetime) -> bool:
    """A person has seen to it; False where it is not theirs or not there."""
    change = (
        sa.update(MAIL_IN)
        .where(
            MAIL_IN.c.mail_id == mail_id,
            MAIL_IN.c.unreadable.is_not(None),
            MAIL_IN.c.closed_at.is_(None),
            sa.or_(MAIL_IN.c.school_id.is_(None), MAIL_IN.c.school_id.in_(sorted(school_ids))),
        )
        .values(closed_at=now, closed_by=by)
    )
    return connection.execute(change).rowcount == 1
