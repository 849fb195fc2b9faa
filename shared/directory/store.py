"""The directory's SQL on the district's database: streamed where it is long, in batches of keys where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from shared.directory.tables import FORMER, RECORD, REVISION
from shared.store import insert_rows

KEYS_PER_QUERY = 500
STREAMED = {"yield_per": 5_000}  # rows per fetch, through a cursor on the server


class Stored(NamedTuple):
    """A record as the district has it."""

    key: str
    hash: str
    body: str
    a: str | None
    b: str | None
    born: int


class Mark(NamedTuple):
    """Enough of a record to see whether it changed."""

    key: str
    hash: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One applied change of a district."""

    number: int
    at: datetime
    action: str
    actor: str
    checksum: str
    summary: dict[str, Any]
    approved: list[str]


def marks(connection: sa.Connection, kind: str) -> Iterator[Mark]:
    """Every record of a kind in key order, streamed."""
    query = (
        sa.select(RECORD.c.key, RECORD.c.hash, RECORD.c.a, RECORD.c.b)
        .where(RECORD.c.kind == kind)
        .order_by(RECORD.c.key)
    )
    for row in connection.execute(query, execution_options=STREAMED):
        yield Mark(*row)


def rows(connection: sa.Connection, kind: str) -> Iterator[Stored]:
    """Every record of a kind, with bodies, streamed."""
    query = _full().where(RECORD.c.kind == kind).order_by(RECORD.c.key)
    for row in connection.execute(query, execution_options=STREAMED):
        yield Stored(*row)


def find(connection: sa.Connection, kind: str, column: str, values: Iterable[str]) -> Iterator[Stored]:
    """Records of a kind whose `column` (key, a or b) is one of `values`, by index."""
    for part in _parts(values):
        query = _full().where(RECORD.c.kind == kind, RECORD.c[column].in_(part))
        for row in connection.execute(query).all():
            yield Stored(*row)


def count(connection: sa.Connection, kind: str) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(RECORD.c.kind == kind)).scalar_one())


def counts(connection: sa.Connection) -> dict[str, int]:
    query = sa.select(RECORD.c.kind, sa.func.count().label("number")).group_by(RECORD.c.kind)
    return {row.kind: row.number for row in connection.execute(query)}


def head(connection: sa.Connection) -> int:
    """The district's revision; 0 before the first apply."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(REVISION.c.number), 0))).scalar_one())


def revisions(connection: sa.Connection) -> list[Revision]:
    """All revisions, oldest first."""
    query = sa.select(
        REVISION.c.number, REVISION.c.at, REVISION.c.action, REVISION.c.actor, REVISION.c.checksum, REVISION.c.summary,
        REVISION.c.approved,
    ).order_by(REVISION.c.number)  # fmt: skip
    return [Revision(*row) for row in connection.execute(query)]


def lock(connection: sa.Connection) -> None:
    """Have applies of one district queue up, until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.apply'))"))


def add_revision(connection: sa.Connection, revision: Revision) -> None:
    """An insert, never an update: two applies at once cannot both take the same number."""
    connection.execute(
        sa.insert(REVISION).values(
            number=revision.number,
            at=revision.at,
            action=revision.action,
            actor=revision.actor,
            checksum=revision.checksum,
            summary=revision.summary,
            approved=revision.approved,
        )
    )


def put(connection: sa.Connection, kind: str, revision: int, records: Sequence[Stored]) -> None:
    """Write records of a kind, new or changed."""
    insert_rows(
        connection,
        RECORD,
        [
            {
                "kind": kind,
                "key": r.key,
                "hash": r.hash,
                "body": r.body,
                "a": r.a,
                "b": r.b,
                "revision": revision,
                "born": r.born,
            }
            for r in records
        ],
        on_conflict="update",
    )


def retire(connection: sa.Connection, kind: str, revision: int, keys: Sequence[str], *, remove: bool) -> None:
    """Keep what `keys` held until now as former, and remove them if asked."""
    for part in _parts(keys):
        chosen = sa.and_(RECORD.c.kind == kind, RECORD.c.key.in_(part))
        copied = sa.select(
            RECORD.c.kind,
            RECORD.c.key,
            sa.literal(revision),
            RECORD.c.hash,
            RECORD.c.body,
            RECORD.c.a,
            RECORD.c.b,
            RECORD.c.born,
        ).where(chosen)
        connection.execute(
            sa.insert(FORMER).from_select(["kind", "key", "replaced_in", "hash", "body", "a", "b", "born"], copied)
        )
        if remove:
            connection.execute(sa.delete(RECORD).where(chosen))


def changed_since(connection: sa.Connection, kind: str, revision: int) -> Iterator[tuple[str, Stored | None]]:
    """Keys of a kind that changed after `revision`, each with the record it had then, or None if it did not exist."""
    first = (
        sa.select(FORMER.c.key, sa.func.min(FORMER.c.replaced_in).label("replaced_in"))
        .where(FORMER.c.kind == kind, FORMER.c.replaced_in > revision)
        .group_by(FORMER.c.key)
        .subquery()
    )
    then = sa.select(FORMER.c.key, FORMER.c.hash, FORMER.c.body, FORMER.c.a, FORMER.c.b, FORMER.c.born).join(
        first, sa.and_(FORMER.c.key == first.c.key, FORMER.c.replaced_in == first.c.replaced_in, FORMER.c.kind == kind)
    )
    for row in connection.execute(then).all():
        stored = Stored(*row)
        yield stored.key, (stored if stored.born <= revision else None)
    born_later = sa.select(RECORD.c.key).where(
        RECORD.c.kind == kind, RECORD.c.born > revision, RECORD.c.key.not_in(sa.select(first.c.key))
    )
    for (key,) in connection.execute(born_later).all():
        yield key, None


def _full() -> sa.Select[Any]:
    return sa.select(RECORD.c.key, RECORD.c.hash, RECORD.c.body, RECORD.c.a, RECORD.c.b, RECORD.c.born)


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for value in values:
        part.append(value)
        if len(part) == KEYS_PER_QUERY:
            yield part
            part = []
    if part:
        yield part
