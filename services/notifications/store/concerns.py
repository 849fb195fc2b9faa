"""Concerns on their way to an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables import CONCERN
from services.notifications.tables.conversation import CONCERN_CLOCK
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def save_clocks(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, CONCERN_CLOCK, rows, on_conflict="ignore")


def clocks(connection: sa.Connection, concern_ids: Iterable[str]) -> list[Row]:
    query = sa.select(CONCERN_CLOCK).where(among(CONCERN_CLOCK.c.concern_id, concern_ids))
    return list(connection.execute(query).mappings())


def open_clocks(connection: sa.Connection, guardian_ids: Iterable[str]) -> list[Row]:
    """Concerns of these guardians that they have not called answered, oldest first."""
    query = (
        sa.select(CONCERN_CLOCK, CONCERN.c.topic)
        .join(CONCERN, CONCERN.c.concern_id == CONCERN_CLOCK.c.concern_id)
        .where(among(CONCERN_CLOCK.c.guardian_id, guardian_ids), CONCERN_CLOCK.c.confirmed_at.is_(None))
        .order_by(CONCERN_CLOCK.c.raised_at)
    )
    return list(connection.execute(query).mappings())


def change_clocks(connection: sa.Connection, concern_ids: Iterable[str], values: Mapping[str, Any]) -> None:
    """The same change to several."""
    connection.execute(sa.update(CONCERN_CLOCK).where(among(CONCERN_CLOCK.c.concern_id, concern_ids)).values(**values))


def close_concern(connection: sa.Connection, concern_id: str, now: datetime) -> None:
    """In the ledger that the nightly floor reads."""
    connection.execute(sa.update(CONCERN).where(CONCERN.c.concern_id == concern_id).values(closed_at=now))
