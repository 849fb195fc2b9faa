"""The directory's own tables in a district's database: what is so now, what was so before, and every revision.

`record` holds the roster rows as they came (kinds named after their file), the settings, and what was derived from them
(kinds that begin with `=`). Bodies hold personal data; they stay in the district's database and are never logged.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime

METADATA = sa.MetaData()

# keys are compared in byte order, as the staging file sorts them, whatever the database's locale
KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

RECORD = sa.Table(
    "record",
    METADATA,
    sa.Column("kind", KEY, primary_key=True),
    sa.Column("key", KEY, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("a", KEY, nullable=True, comment="whose it is: the person, student or school"),
    sa.Column("b", KEY, nullable=True, comment="the other side: guardian, class, sibling group"),
    sa.Column("revision", sa.Integer, nullable=False, comment="that last changed it"),
    sa.Column("born", sa.Integer, nullable=False, comment="revision that first held it"),
    sa.Index("record_by_a", "kind", "a"),
    sa.Index("record_by_b", "kind", "b"),
)

FORMER = sa.Table(
    "former",
    METADATA,
    sa.Column("kind", KEY, primary_key=True),
    sa.Column("key", KEY, primary_key=True),
    sa.Column("replaced_in", sa.Integer, primary_key=True, comment="revision that changed or removed it"),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("a", KEY, nullable=True),
    sa.Column("b", KEY, nullable=True),
    sa.Column("born", sa.Integer, nullable=False),
    sa.Index("former_by_revision", "replaced_in"),
    comment="Records as they were before a revision; with born, enough to go back to any revision",
)

REVISION = sa.Table(
    "revision",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("action", sa.Text, nullable=False, comment="apply or rollback"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("checksum", sa.Text, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("approved", sa.JSON, nullable=False, comment="holds that somebody released"),
)

messaging_tables(METADATA)
