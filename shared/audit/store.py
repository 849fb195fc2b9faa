"""The log in the database: append at the end, read, verify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.audit.chain import EMPTY, Head, LogRow, Verdict, canonical, examine, link
from shared.audit.entry import Entry
from shared.audit.tables import AUDIT_LOG
from shared.store import insert_rows

_LOCK = 0x61756469  # "audi": the advisory lock that makes appending workers take turns
_BATCH = 2_000
_LOOKUP = 500  # event ids per query


def append(connection: sa.Connection, entries: Sequence[Entry], now: datetime, *, district: str) -> Head:
    """Chain `entries` to the end of the log in the open transaction; returns the new head.

    An event that is in the log already is left out. `now` is noted as the time of writing. Workers take turns: on
    PostgreSQL by an advisory lock until commit, on SQLite because a transaction is the only writer.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    known = _known(connection, [entry.event_id for entry in entries])
    head = last(connection)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        if entry.event_id in known:
            continue
        known.add(entry.event_id)
        text = canonical(entry.facts(district) | {"written": now.isoformat(timespec="microseconds")})
        following = Head(head.seq + 1, link(head.hash, text))
        rows.append(
            {
                "seq": following.seq,
                "event_id": entry.event_id,
                "type": entry.type,
                "actor": entry.actor,
                "subject": entry.subject,
                "at": entry.at,
                "entry": text,
                "previous": head.hash,
                "hash": following.hash,
            }
        )
        head = following
    if rows:
        insert_rows(connection, AUDIT_LOG, rows)
    return head


def last(connection: sa.Connection) -> Head:
    """The chain's end; row 0 of an empty log."""
    query = sa.select(AUDIT_LOG.c.seq, AUDIT_LOG.c.hash).order_by(AUDIT_LOG.c.seq.desc()).limit(1)
    found = connection.execute(query).first()
    return Head(found.seq, found.hash) if found else EMPTY


def verify(connection: sa.Connection, checkpoints: Mapping[int, str] | None = None) -> Verdict:
    """Walk the whole log, in batches; names the first row that is not as it was written."""
    return examine(_rows(connection), checkpoints or {})


def viewings(connection: sa.Connection, subject: str, *, limit: int = 200) -> list[dict[str, Any]]:
    """Who looked at this person's record, latest first (34 CFR 99.32): dicts with `at`, `actor`, `entry`."""
    query = (
        sa.select(AUDIT_LOG.c.at, AUDIT_LOG.c.actor, AUDIT_LOG.c.entry)
        .where(AUDIT_LOG.c.subject == subject, AUDIT_LOG.c.type == "district.record_viewed")
        .order_by(AUDIT_LOG.c.seq.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _known(connection: sa.Connection, event_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(event_ids), _LOOKUP):
        part = event_ids[start : start + _LOOKUP]
        found.update(
            connection.execute(sa.select(AUDIT_LOG.c.event_id).where(AUDIT_LOG.c.event_id.in_(part))).scalars()
        )
    return found


def _rows(connection: sa.Connection) -> Iterator[LogRow]:
    columns = [AUDIT_LOG.c[name] for name in LogRow.__dataclass_fields__]
    after = 0
    while True:
        query = sa.select(*columns).where(AUDIT_LOG.c.seq > after).order_by(AUDIT_LOG.c.seq).limit(_BATCH)
        batch = connection.execute(query).all()
        for row in batch:
            yield LogRow(*row)
        if len(batch) < _BATCH:
            return
        after = batch[-1].seq
