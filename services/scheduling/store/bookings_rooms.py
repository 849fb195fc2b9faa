"""Rooms of a school."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.bookings import ROOM
from shared.store import insert_rows


def save(connection: sa.Connection, row: dict[str, Any]) -> None:
    insert_rows(connection, ROOM, [row], on_conflict="update")


def of_school(connection: sa.Connection, school_id: str) -> list[Any]:
    """Rooms in use, the smallest first."""
    query = sa.select(ROOM).where(ROOM.c.school_id == school_id, ROOM.c.active).order_by(ROOM.c.seats, ROOM.c.name)
    return list(connection.execute(query))
