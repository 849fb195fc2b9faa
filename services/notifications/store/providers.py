"""Accounts' health and counters, and the intake of what providers say later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.notifications.tables.providers import PROVIDER_BREAKER, PROVIDER_HEALTH, PROVIDER_MINUTE
from shared.store import insert_rows

Row = Mapping[str, Any]
COUNTED = ("ok", "failed", "told", "slow", "bounced")
_HEALTH = sa.select(PROVIDER_HEALTH).where(PROVIDER_HEALTH.c.channel == sa.bindparam("wanted"))
_OPEN = sa.select(PROVIDER_BREAKER.c.channel).where(PROVIDER_BREAKER.c.opened_at.is_not(None))


def health(connection: sa.Connection, channel: str) -> dict[str, Row]:
    """What is known of the channel's accounts; an account nothing happened to is not there."""
    rows = connection.execute(_HEALTH, {"wanted": channel}).mappings()
    return {row["account"]: row for row in rows}


def all_health(connection: sa.Connection) -> list[Row]:
    return list(connection.execute(sa.select(PROVIDER_HEALTH)).mappings())


def save_health(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, PROVIDER_HEALTH, rows, on_conflict="update")


def take_probe(connection: sa.Connection, channel: str, account: str, now: datetime, *, before: datetime) -> bool:
    """Whether this process is the one to try an account that was down; one does in each stretch of time."""
    H = PROVIDER_HEALTH.c
    mine = sa.and_(H.channel == channel, H.account == account, sa.or_(H.probed_at.is_(None), H.probed_at <= before))
    return connection.execute(sa.update(PROVIDER_HEALTH).where(mine).values(probed_at=now)).rowcount == 1


def count(connection: sa.Connection, row: Row) -> None:
    """Add to a minute's counters: one statement, whatever the number of deliveries."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(PROVIDER_MINUTE).values(**row)
    adding = {name: PROVIDER_MINUTE.c[name] + statement.excluded[name] for name in COUNTED}
    connection.execute(statement.on_conflict_do_update(index_elements=list(PROVIDER_MINUTE.primary_key), set_=adding))


def counts(connection: sa.Connection, channel: str, since: datetime, until: datetime) -> dict[str, Row]:
    """Sums by account of the minutes from `since`, before `until`."""
    M = PROVIDER_MINUTE.c
    query = (
        sa.select(M.account, *(sa.func.sum(M[name]).label(name) for name in COUNTED))
        .where(M.channel == channel, M.minute >= since, M.minute < until)
        .group_by(M.account)
    )
    return {row["account"]: row for row in connection.execute(query).mappings()}


def counts_by_channel(connection: sa.Connection, since: datetime) -> list[Row]:
    """Sums by channel and account since then, for the page."""
    M = PROVIDER_MINUTE.c
    query = (
        sa.select(M.channel, M.account, *(sa.func.sum(M[name]).label(name) for name in COUNTED))
        .where(M.minute >= since)
        .group_by(M.channel, M.account)
    )
    return list(connection.execute(query).mappings())


def forget_minutes(connection: sa.Connection, before: datetime) -> None:
    connection.execute(sa.delete(PROVIDER_MINUTE).where(PROVIDER_MINUTE.c.minute < before))


def closed_channels(connection: sa.Connection) -> frozenset[str]:
    """Channels that are switched off."""
    return frozenset(connection.execute(_OPEN).scalars())


def breakers(connection: sa.Connection) -> dict[str, Row]:
    return {row["channel"]: row for row in connection.execute(sa.select(PROVIDER_BREAKER)).mappings()}


def save_breaker(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, PROVIDER_BREAKER, [row], on_conflict="update")
