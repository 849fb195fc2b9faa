"""Threads, what staff wrote in them, and the clocks on answers."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

_UNANSWERED = sa.text("answered_at IS NULL")

THREAD = sa.Table(
    "thread",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True, comment="one conversation a guardian"),
    sa.Column("owner_id", sa.Text, comment="the member of staff whose answer is promised"),
    sa.Column("school_id", sa.Text),
    sa.Column("student_id", sa.Text, comment="the child the newest words are about, as far as is known"),
    sa.Column("opened_at", UtcDateTime, nullable=False, comment="the oldest words not yet answered"),
    sa.Column("last_words_at", UtcDateTime, nullable=False),
    sa.Column("shown_from", UtcDateTime, nullable=False, comment="outside the owner's hours: not shown to them before"),
    sa.Column("due_at", UtcDateTime, nullable=False, comment="the promised answer"),
    sa.Column("answered_at", UtcDateTime, comment="null while it waits"),
    sa.Column("answered_by", sa.Text),
    sa.Column("overdue_at", UtcDateTime, comment="when the principal was told"),
    sa.Column("shared_with", sa.Text, comment="of the office, who helps"),
    sa.Column("pinged_at", UtcDateTime, comment="when the owner was last told of words waiting"),
    sa.Index("thread_waiting", "due_at", sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED),
    sa.Index("thread_by_owner", "owner_id", "answered_at"),
)

REPLY_PLACE = sa.Table(
    "reply_place",
    METADATA,
    sa.Column("reply_id", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, comment="the message it answers, if known"),
    sa.Column("students", sa.JSON, nullable=False, comment="the children it may be about"),
    sa.Column("files", sa.JSON, nullable=False, comment="names of files that came along and were not taken"),
    sa.Column("call_back", sa.Boolean, nullable=False),
    sa.Column("shown_from", UtcDateTime, nullable=False, comment="staff do not see it before"),
    comment="where words from home stand in their thread",
)

UNKNOWN_WORDS = sa.Table(
    "unknown_words",
    METADATA,
    sa.Column("words_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False, comment="the number or address; the roster knows nobody by it"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("school_id", sa.Text, comment="whose account received it; null: every office's"),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_by", sa.Text),
    sa.Index("unknown_words_waiting", "settled_at", "received_at"),
    comment="words from senders whom the roster does not know: kept until the office has looked",
)

CONCERN_CLOCK = sa.Table(
    "concern_clock",
    METADATA,
    sa.Column("concern_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("owner_id", sa.Text),
    sa.Column("counselor_id", sa.Text, comment="copied, where the topic asks for it"),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False, comment="moves on when the guardian says that it is not answered yet"),
    sa.Column("rounds", sa.Integer, nullable=False, comment="answers that the guardian was asked about"),
    sa.Column("answered_at", UtcDateTime, comment="staff's last answer; null again after a 'not yet'"),
    sa.Column("overdue_at", UtcDateTime, comment="when the principal was told, in this round"),
    sa.Column("confirmed_at", UtcDateTime, comment="only the guardian's word closes it"),
    comment="a concern's way to its answer",
)
