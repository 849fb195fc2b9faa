"""Short messages by SMPP: which were heard before, and the parts of longer ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables.sms import SMS_PIECE
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def heard_before(connection: sa.Connection, prints: Iterable[str], *, session: str, since: datetime) -> set[str]:
    """Prints that an earlier session brought since then: its SMSC never got our acknowledgement."""
    query = sa.select(SMS_PIECE.c.print).where(
        among(SMS_PIECE.c.print, prints), SMS_PIECE.c.session != session, SMS_PIECE.c.at >= since
    )
    return set(connection.execute(query).scalars())


def keep(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, SMS_PIECE, rows, on_conflict="ignore")


def waiting(connection: sa.Connection) -> list[Row]:
    """Parts that wait for others, in order within each text."""
    query = (
        sa.select(SMS_PIECE)
        .where(SMS_PIECE.c.waiting)
        .order_by(SMS_PIECE.c.sender, SMS_PIECE.c.reference, SMS_PIECE.c.number, SMS_PIECE.c.at)
    )
    return list(connection.execute(query).mappings())


def put_together(connection: sa.Connection, ids: Iterable[str]) -> None:
    connection.execute(sa.update(SMS_PIECE).where(among(SMS_PIECE.c.piece_id, ids)).values(waiting=False, text=None))


def forget(connection: sa.Connection, before: datetime) -> None:
    """Only needed to know a repeat."""
    connection.execute(sa.delete(SMS_PIECE).where(SMS_PIECE.c.at < before, sa.not_(SMS_PIECE.c.waiting)))
