"""Emails that came in, whatever became of them."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

_OPEN = sa.text("unreadable IS NOT NULL AND closed_at IS NULL")

MAIL_IN = sa.Table(
    "mail_in",
    METADATA,
    sa.Column("mail_id", sa.Text, primary_key=True, comment="made of its bytes: the same mail twice is one row"),
    sa.Column("kind", sa.Text, nullable=False, comment="channels.email.inbound.Kind"),
    sa.Column("delivery_id", sa.Text, comment="what it is about; null where it does not say"),
    sa.Column("guardian_id", sa.Text),
    sa.Column("school_id", sa.Text, comment="of that delivery"),
    sa.Column("code", sa.Text, comment="RFC 3463 status of a bounce"),
    sa.Column("unreadable", sa.Text, comment="why a person must look at it; null: understood"),
    sa.Column("sender", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("text", sa.Text, comment="words of what a person must look at"),
    sa.Column("raw", sa.LargeBinary, comment="the whole of what a person must look at"),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text),
    sa.Index("mail_in_by_guardian", "guardian_id", "received_at"),
    sa.Index("mail_in_open", "received_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    comment="bounces, complaints, answers and strays; only strays keep their words here",
)
