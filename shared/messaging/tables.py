"""The tables that every component with an outbox owns.

They carry no schema: PostgreSQL's search_path, or the SQLite file, says whose they are.
"""

from __future__ import annotations

import sqlalchemy as sa

from shared.store.types import UtcDateTime

METADATA = sa.MetaData()

# SQLite counts up only an INTEGER primary key
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
    sa.Column("rank", sa.SmallInteger, nullable=False, comment="0 urgent, 1 normal, 2 bulk"),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("routing_key", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("outbox_by_rank", "rank", "id"),
)

INBOX = sa.Table(
    "inbox",
    METADATA,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Index("inbox_by_age", "received_at"),
)

PARKED = sa.Table(
    "parked",
    METADATA,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Index("parked_by_due", "due_at"),
    comment="Events whose handler failed, waiting to be tried again",
)

ATTEMPT = sa.Table(
    "attempt",
    METADATA,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("started", sa.Integer, nullable=False),
    comment="Started and not finished: finds the event that kills its worker",
)

DUE_WORK = sa.Table(
    "due_work",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index("due_work_by_due", "due_at"),
)


def messaging_tables(metadata: sa.MetaData) -> None:
    """Add the tables to a component's own metadata, so that its migrations make them."""
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)
