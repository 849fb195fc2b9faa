"""Pools of places, who has one and who waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.bookings import POOL, SIGN_UP
from shared.store import among, insert_rows, update_rows

SEATED, WAITING, OFFERED, LAPSED, LEFT = "seated", "waiting", "offered", "lapsed", "left"
HOLDING = (SEATED, OFFERED)


def save_pools(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, POOL, rows, on_conflict="update")


def pools(connection: sa.Connection, pool_ids: Collection[str], *, lock: bool = False) -> dict[str, Any]:
    """By id; `lock`: nobody else gives out their places until the transaction ends."""
    query = sa.select(POOL).where(among(POOL.c.pool_id, pool_ids)).order_by(POOL.c.pool_id)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.pool_id: row for row in rows}


def of_pools(connection: sa.Connection, pool_ids: Collection[str]) -> dict[str, list[Any]]:
    """Everybody who has a place, waits for one or has been offered one, in the order they asked."""
    query = (
        sa.select(SIGN_UP)
        .where(among(SIGN_UP.c.pool_id, pool_ids), SIGN_UP.c.state.in_([SEATED, WAITING, OFFERED]))
        .order_by(SIGN_UP.c.asked_at, SIGN_UP.c.sign_up_id)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.pool_id].append(row)
    return found


def by_id(connection: sa.Connection, sign_up_ids: Collection[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(SIGN_UP).where(among(SIGN_UP.c.sign_up_id, sign_up_ids)))
    return {row.sign_up_id: row for row in rows}


def save(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, SIGN_UP, rows, on_conflict="update")


def change(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set state, seat and offered_until of these places."""
    update_rows(connection, SIGN_UP, rows, key="sign_up_id")


def changed(sign_up_id: str, state: str, *, seat: int | None = None, until: datetime | None = None) -> dict[str, Any]:
    return {"sign_up_id": sign_up_id, "state": state, "seat": seat, "offered_until": until}
