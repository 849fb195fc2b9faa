"""The tables of translation; only `store.py` writes SQL against them."""

from __future__ import annotations

import sqlalchemy as sa

from shared.directory.projection import projection_tables
from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime
from shared.web import web_tables

METADATA = sa.MetaData()

TEXT = sa.Table(
    "text",
    METADATA,
    sa.Column("text_id", sa.Text, primary_key=True, comment="the message's or the reply's id"),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("school_id", sa.Text, comment="whose office may read it; empty: the district's staff alone"),
    sa.Column("source_language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("catalogue_key", sa.Text),
    sa.Column("names", sa.JSON, nullable=False, comment="kept as they are in every language"),
    sa.Column("risk", sa.Text, nullable=False),
    sa.Column("context", sa.Text, nullable=False, server_default="", comment="the kind of message, for the memory"),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

TEXT_VERSION = sa.Table(
    "text_version",
    METADATA,
    sa.Column("text_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("engine", sa.Text, nullable=False, comment="catalogue, memory, source, or the engine and its pair"),
    sa.Column("machine", sa.Boolean, nullable=False, comment="no person has approved it"),
    sa.Column("labelled", sa.Boolean, nullable=False, comment="the source text, said to be so"),
    sa.Column("approved_by", sa.Text),
    sa.Column("glossary_hits", sa.Integer, nullable=False),
    sa.Column("checks", sa.JSON, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False, comment="why nothing better was to be had"),
    sa.Column("made_at", UtcDateTime, nullable=False),
)

MEMORY = sa.Table(
    "memory",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True, comment="blake2b of languages and slotted source"),
    sa.Column("source_language", sa.Text, nullable=False),
    sa.Column("target_language", sa.Text, nullable=False, index=True),
    sa.Column("source_text", sa.Text, nullable=False, comment="with slots for names, numbers, dates, links"),
    sa.Column("target_text", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("approved_at", UtcDateTime, nullable=False),
    sa.Column("context", sa.Text, nullable=False, server_default="", comment="the kind of message it was approved in"),
    sa.Column("slots", sa.Text, nullable=False, server_default="", comment="kinds of the slots, in order"),
    sa.Column("origin", sa.Text, nullable=False, server_default="approval", comment="approval, or the file it came from"),
    sa.Column("kept", sa.JSON, comment="notes and properties of that file, for the way out"),
    sa.Index("memory_by_time", "approved_at"),
)

SIGNATURE = sa.Table(
    "catalogue_signature",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False, comment="of the wording signed; another wording is a draft again"),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("approved_at", UtcDateTime, nullable=False),
)

messaging_tables(METADATA)
projection_tables(METADATA)
web_tables(METADATA)
