"""Recordings of texts, and calls that were placed."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

RECORDING = sa.Table(
    "recording",
    METADATA,
    sa.Column("text_id", sa.Text, primary_key=True, comment="the message's id"),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("audio", sa.Text, nullable=False, comment="path on this site under which it can be had, signed by translation"),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="a text, spoken by a person or an engine that has the language",
)

CALL_TRY = sa.Table(
    "call_try",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False, comment="1 for the first try"),
    sa.Column("place", sa.Integer, nullable=False, comment="which of the guardian's telephones, from 0"),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.Column("answered_by", sa.Text, comment="human, voicemail, withheld (a voicemail that was told nothing), fax"),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.Text, comment="reached, voicemail, busy, no-answer, failed, canceled, withheld, fax"),
)
