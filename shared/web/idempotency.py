"""A repeat of a POST answers as the first did and does nothing (draft-ietf-httpapi-idempotency-key-header).

The key, the effect and the answer are one transaction. Keys are kept 24 hours.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from shared.store import UtcDateTime, insert_rows
from shared.web.problems import Problem

TABLE = "idempotency_key"
KEPT = timedelta(hours=24)
MAX_KEY = 255


def idempotency_table(metadata: sa.MetaData) -> sa.Table:
    """Add `idempotency_key` to a service's tables (idempotent)."""
    if TABLE in metadata.tables:
        return metadata.tables[TABLE]
    return sa.Table(
        TABLE,
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False, index=True),
        sa.Column("answer", sa.JSON, nullable=True),
    )


_table = idempotency_table(sa.MetaData())


@dataclass(frozen=True, slots=True)
class Once:
    """A caller's key for one route, and a hash of what was sent with it."""

    key: str
    request_hash: str

    @classmethod
    def of(cls, given: str, *, scope: tuple[str, ...], body: bytes) -> Once:
        """`scope` keeps callers and routes apart; raises Problem 400 for an unusable key."""
        if not 1 <= len(given) <= MAX_KEY:
            raise Problem(
                400, "IDEMPOTENCY_KEY_BAD", "The idempotency key is not usable.", remedy="Send 1 to 255 characters."
            )
        return cls(_digest("\x1f".join((*scope, given)).encode()), _digest(body))


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer, as kept."""

    status: int
    body: str
    media_type: str
    location: str | None


class Repeated(Exception):
    """This was done before; `answer` is what was said then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("repeated request")
        self.answer = answer


def claim(connection: sa.Connection, once: Once, now: datetime) -> None:
    """Take the key in this transaction; raises Repeated, or Problem 422 when the key came with another body."""
    connection.execute(sa.delete(_table).where(_table.c.made_at < now - KEPT))
    row: dict[str, Any] = {"key": once.key, "request_hash": once.request_hash, "made_at": now}
    if insert_rows(connection, _table, [row], on_conflict="ignore", returning="key"):
        return
    query = sa.select(_table.c.request_hash, _table.c.answer).where(_table.c.key == once.key)
    request_hash, answer = connection.execute(query).one()
    if request_hash != once.request_hash:
        raise Problem(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "This idempotency key was used for another request.",
            remedy="Use a new key for a new request.",
        )
    raise Repeated(Answer(**answer))


def remember(connection: sa.Connection, once: Once, answer: Answer) -> None:
    """Keep the answer beside the key, in the same transaction as the effect."""
    kept = {
        "status": answer.status,
        "body": answer.body,
        "media_type": answer.media_type,
        "location": answer.location,
    }
    connection.execute(sa.update(_table).where(_table.c.key == once.key).values(answer=kept))


def _digest(raw: bytes) -> str:
    return hashlib.blake2b(raw, digest_size=20).hexdigest()
