"""Recordings and rendered audio: which text is to be heard in which language, and what there is to hear."""

from __future__ import annotations

import sqlalchemy as sa

from services.translation.tables.core import METADATA
from shared.store import UtcDateTime

VOICE_NOTE = sa.Table(
    "voice_note",
    METADATA,
    sa.Column("text_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text),
    sa.Column(
        "state", sa.Text, nullable=False, comment="due, making, person (waits for one to record it), made, failed"
    ),
    sa.Column("reason", sa.Text, comment="why a person is to record it, or what failed"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("audio_id", sa.Text, index=True),
    sa.Column("recorded_by", sa.Text),
    sa.Index("voice_note_by_state", "state", "asked_at"),
)

VOICE_AUDIO = sa.Table(
    "voice_audio",
    METADATA,
    sa.Column(
        "audio_id", sa.Text, primary_key=True, comment="of a voice: the digest of text, voice and rate; else random"
    ),
    sa.Column("voice", sa.Text, nullable=False, comment="espeak-ng:es-419, or person"),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column(
        "cut",
        sa.Boolean,
        nullable=False,
        comment="only the first sentences: it ends by saying that the rest is written",
    ),
    sa.Column("transcript", sa.Text, nullable=False, comment="what is said"),
    sa.Column("opus", sa.LargeBinary, comment="Opus in Ogg, for messengers"),
    sa.Column("phone", sa.LargeBinary, nullable=False),
    sa.Column("phone_type", sa.Text, nullable=False, comment="audio/mpeg, or audio/wav without lame"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("heard", sa.Text, comment="a person's recording as a machine understood it: nobody acts on it"),
)

VOICE_WISH = sa.Table(
    "voice_wish",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("language", sa.Text, comment="as the guardian chose it; empty: the roster's"),
    sa.Column("by_voice", sa.Boolean, nullable=False, comment="calls are among the ways that they named"),
    comment="who would rather hear than read",
)
