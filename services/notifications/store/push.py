"""Browsers that are pushed to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.consent import Source
from services.notifications.tables import SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from shared.store import among, insert_rows

PUSH = "push"
_MINE = CONTACT_POINT.c.channel == PUSH


def save(connection: sa.Connection, row: Mapping[str, Any], *, most: int) -> None:
    """Keep a browser; of more than `most` of one guardian the oldest are switched off. A new one opens the way again."""
    insert_rows(connection, CONTACT_POINT, [row], on_conflict="update")
    newest = (
        sa.select(CONTACT_POINT.c.point_id)
        .where(_MINE, CONTACT_POINT.c.guardian_id == row["guardian_id"], CONTACT_POINT.c.active)
        .order_by(CONTACT_POINT.c.created_at.desc(), CONTACT_POINT.c.point_id)
    )
    switch_off(connection, list(connection.execute(newest).scalars())[most:])
    connection.execute(
        sa.delete(SUPPRESSION).where(
            SUPPRESSION.c.guardian_id == row["guardian_id"],
            SUPPRESSION.c.channel == PUSH,
            SUPPRESSION.c.source == Source.INVALID.value,
        )
    )


def switch_off(connection: sa.Connection, point_ids: Iterable[str]) -> None:
    connection.execute(sa.update(CONTACT_POINT).where(_MINE, among(CONTACT_POINT.c.point_id, point_ids)).values(active=False))


def forget(connection: sa.Connection, addresses: Iterable[str], *, why: str, now: datetime) -> None:
    """These browsers are no more; where it was somebody's last, push is closed to them until they switch one on."""
    wanted = list(addresses)
    theirs = sa.and_(_MINE, among(CONTACT_POINT.c.address, wanted), CONTACT_POINT.c.active)
    owners = set(connection.execute(sa.select(CONTACT_POINT.c.guardian_id).where(theirs)).scalars())
    connection.execute(sa.update(CONTACT_POINT).where(theirs).values(active=False))
    left = sa.select(CONTACT_POINT.c.guardian_id).where(
        _MINE, CONTACT_POINT.c.active, among(CONTACT_POINT.c.guardian_id, owners)
    )
    owners -= set(connection.execute(left).scalars())
    rows = [
        {"guardian_id": owner, "channel": PUSH, "source": Source.INVALID.value, "detail": why, "since": now}
        for owner in sorted(owners)
    ]
    if rows:
        insert_rows(connection, SUPPRESSION, rows, on_conflict="ignore")
