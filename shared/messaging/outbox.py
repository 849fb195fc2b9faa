"""Events on their way out: written with the effect that they tell of, claimed in batches, deleted once confirmed."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.contracts import Lane
from shared.ids import fingerprint
from shared.messaging.envelope import Event
from shared.messaging.tables import OUTBOX
from shared.messaging.topology import DEAD_EXCHANGE, EXCHANGE, RELAY_DEAD
from shared.store import insert_rows
from shared.store.bulk import document, inserting
from shared.store.looking import tell

RANK = {Lane.URGENT: 0, Lane.NORMAL: 1, Lane.BULK: 2}
CHANNEL = "homeroom_outbox"  # what NOTIFY and LISTEN use
_WAKE = f"SELECT pg_notify('{CHANNEL}', current_schema())"
FEW = 50  # rows that go by one statement; more of them by COPY
SMALL = 100_000  # bytes of bodies, likewise


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed outbox row."""

    id: int
    exchange: str
    routing_key: str
    event_id: str
    headers: Mapping[str, Any]
    body: bytes


def row(event: Event, body: bytes) -> dict[str, Any]:
    return {
        "rank": RANK[event.lane],
        "exchange": EXCHANGE,
        "routing_key": event.routing_key,
        "event_id": event.id,
        "headers": {"district": event.district},
        "body": body,
        "created_at": event.time,
    }


def dead_row(body: bytes, event_id: str, headers: Mapping[str, str], now: datetime) -> dict[str, Any]:
    return {
        "rank": RANK[Lane.NORMAL],
        "exchange": DEAD_EXCHANGE,
        "routing_key": headers["service"],
        "event_id": event_id,
        "headers": dict(headers),
        "body": body,
        "created_at": now,
    }


def unroutable(row: Outgoing, component: str) -> Outgoing:
    """The dead letter of a row that no queue is bound to."""
    reason = f"unroutable: nothing is bound to {row.routing_key}"
    headers = {
        **row.headers,
        "service": RELAY_DEAD,
        "type": row.routing_key.partition(".")[2],
        "lane": row.routing_key.partition(".")[0],
        "component": component,
        "reason": reason,
        "fingerprint": fingerprint(RELAY_DEAD, reason),
    }
    return Outgoing(row.id, DEAD_EXCHANGE, RELAY_DEAD, row.event_id, headers, row.body)


def write(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows and, on PostgreSQL, wake the relay at commit; a few rows in the one statement that does both."""
    if connection.dialect.name != "postgresql":
        insert_rows(connection, OUTBOX, rows)
    elif len(rows) > FEW or sum(len(row["body"]) for row in rows) > SMALL:
        insert_rows(connection, OUTBOX, rows)
        connection.execute(sa.text(_WAKE))
    else:
        tell(connection, _both(tuple(rows[0])), {"rows": document(rows)})


@functools.cache
def _both(columns: tuple[str, ...]) -> str:
    return f"WITH written AS ({inserting(OUTBOX, columns)}) {_WAKE}".replace(":rows", "%(rows)s")


# built once: the relay asks this all the time
_NEXT = (
    sa.select(OUTBOX.c.id, OUTBOX.c.exchange, OUTBOX.c.routing_key, OUTBOX.c.event_id, OUTBOX.c.headers, OUTBOX.c.body)
    .order_by(OUTBOX.c.rank, OUTBOX.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)


def claim(connection: sa.Connection, limit: int) -> list[Outgoing]:
    """The next rows, most urgent first; other relays skip what this transaction holds."""
    return [
        Outgoing(r.id, r.exchange, r.routing_key, r.event_id, r.headers, bytes(r.body))
        for r in connection.execute(_NEXT, {"most": limit})
    ]


def done(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Forget rows that the broker has confirmed."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": list(ids)})
        return
    connection.exec_driver_sql("DELETE FROM outbox WHERE id = ?", [(id_,) for id_ in ids])


def backlog(connection: sa.Connection) -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    row = connection.execute(sa.select(sa.func.count(), sa.func.min(OUTBOX.c.created_at)).select_from(OUTBOX)).one()
    return int(row[0]), row[1]


_PENDING = sa.select(sa.func.count()).select_from(OUTBOX)


def pending(connection: sa.Connection) -> int:
    """How many rows wait."""
    return int(connection.execute(_PENDING).scalar_one())
