"""The queue of what a person must look at, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa

from services.translation.tables.core import METADATA
from shared.store import UtcDateTime

REVIEW = sa.Table(
    "review",
    METADATA,
    sa.Column("text_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("risk", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text),
    sa.Column("ground", sa.Text, nullable=False, server_default="essential", comment="essential, sensitive, asked, corrected"),
    sa.Column("topics", sa.JSON, nullable=False, server_default=sa.text("'[]'"), comment="which word lists spoke"),
    sa.Column("waits", sa.Boolean, nullable=False, server_default=sa.text("false"), comment="nothing goes out before it is done"),
    sa.Column("round", sa.Integer, nullable=False, server_default="1", comment="a text asked about again is read again"),
    sa.Column("asked_by", sa.JSON, nullable=False, server_default=sa.text("'[]'"), comment="guardians who want a person"),
    sa.Column("proposal", sa.Text, comment="what a family says it should be"),
    sa.Column("draft", sa.Text, comment="a machine's, for the reader alone"),
    sa.Column("draft_engine", sa.Text),
    sa.Column("draft_checks", sa.JSON),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("first_by", sa.Text, comment="of two readers, where the district wants two"),
    sa.Column("first_text", sa.Text),
    sa.Index("review_open", "closed_at", "due_at"),
    comment="texts of high risk that went out, or came in, without a person's translation",
)

REVIEW_STEP = sa.Table(
    "review_step",
    METADATA,
    sa.Column("step_id", sa.Text, primary_key=True),
    sa.Column("text_id", sa.Text, nullable=False),
    sa.Column("content_version", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.Text, nullable=False, comment="opened, claimed, released, read, approved, edited, withdrawn"),
    sa.Column("by", sa.Text, comment="staff or guardian; null: the rules"),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Index("review_step_by_text", "text_id", "language", "at"),
    sa.Index("review_step_by_time", "at"),
    comment="what an auditor reads: who did what to a translation, and when",
)
