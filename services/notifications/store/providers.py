"""Accounts' health and counters, and the intake of what providers say later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.notifications.tables.core import DELIVERY, LETTER
from services.notifications.tables.providers import (
    PROVIDER_BREAKER,
    PROVIDER_HEALTH,
    PROVIDER_MINUTE,
    PROVIDER_WORD,
)
from shared.store import among, insert_rows, update_rows

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


def keep_words(connection: sa.Connection, rows: Sequence[Row]) -> set[str]:
    """Take in what providers say; returns the ids that are new. A repeated call meets its row."""
    if not rows:
        return set()
    in_order = sorted(rows, key=lambda row: str(row["word_id"]))  # two who tell the same meet in one order: no deadlock
    return set(insert_rows(connection, PROVIDER_WORD, in_order, on_conflict="ignore", returning="word_id"))


_WAITING_WORDS = (
    sa.select(PROVIDER_WORD)
    .where(
        sa.text("applied_at IS NULL"),
        PROVIDER_WORD.c.look_at <= sa.bindparam("now", type_=PROVIDER_WORD.c.look_at.type),
    )
    .order_by(PROVIDER_WORD.c.look_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)


def waiting_words(connection: sa.Connection, now: datetime, *, limit: int) -> list[Row]:
    """Words not yet acted on, locked."""
    return list(connection.execute(_WAITING_WORDS, {"now": now, "most": limit}).mappings())


def words_waiting(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(PROVIDER_WORD.c.applied_at.is_(None))).scalar_one())


def settle_words(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Rows of word_id, look_at, applied_at and outcome."""
    update_rows(connection, PROVIDER_WORD, rows, key="word_id")


def forget_words(connection: sa.Connection, before: datetime) -> None:
    """What was acted on long ago: a repeat of it would change nothing either."""
    connection.execute(sa.delete(PROVIDER_WORD).where(PROVIDER_WORD.c.applied_at < before))


def spoken_of(connection: sa.Connection, ids: Iterable[str | None], refs: Iterable[str | None]) -> list[Row]:
    """The deliveries of these ids, or that providers know by these names; locked, unless they are being handed over."""
    found: dict[str, Row] = {}
    for condition in (among(DELIVERY.c.delivery_id, ids), among(DELIVERY.c.provider_ref, refs)):
        query = sa.select(DELIVERY).where(condition)
        held = query.where(DELIVERY.c.state != "sending").order_by(DELIVERY.c.delivery_id).with_for_update()
        found |= {row["delivery_id"]: row for row in connection.execute(held).mappings()}
        busy = query.where(DELIVERY.c.state == "sending")
        found |= {r["delivery_id"]: r for r in connection.execute(busy).mappings() if r["delivery_id"] not in found}
    return list(found.values())


def arrive(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Rows of delivery_id, state, due_at, sent_at, delivered_at, opened_at, opened_how; a letter for it is not printed."""
    update_rows(connection, DELIVERY, rows, key="delivery_id")
    unprinted = sa.and_(LETTER.c.printed_at.is_(None), among(LETTER.c.letter_id, (row["delivery_id"] for row in rows)))
    connection.execute(sa.delete(LETTER).where(unprinted))


def confirm(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Rows of delivery_id, state, sent_at, provider_ref: it had gone after all."""
    update_rows(connection, DELIVERY, rows, key="delivery_id")
