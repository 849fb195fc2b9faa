"""Which links were used: one row per consumed link, in the database of the service that acted on it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from shared.store import UtcDateTime, insert_rows

USED_LINK = "used_link"


def identity_tables(metadata: sa.MetaData) -> sa.Table:
    """Add `used_link` to a service's tables (idempotent)."""
    if USED_LINK in metadata.tables:
        return metadata.tables[USED_LINK]
    return sa.Table(
        USED_LINK,
        metadata,
        sa.Column("jti", sa.Text, primary_key=True),
        sa.Column("used_at", UtcDateTime, nullable=False),
    )


_used_link = identity_tables(sa.MetaData())


def consume(connection: sa.Connection, jti: str, now: datetime) -> bool:
    """Mark the link used; False when it was used before. In the transaction of the effect: both happen or neither."""
    row = {"jti": jti, "used_at": now}
    return bool(insert_rows(connection, _used_link, [row], on_conflict="ignore", returning="jti"))


def is_used(connection: sa.Connection, jti: str) -> bool:
    """Whether the link was consumed, for the page that would otherwise show its button again."""
    return connection.execute(sa.select(_used_link.c.jti).where(_used_link.c.jti == jti)).first() is not None
