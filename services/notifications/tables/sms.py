"""What telephones send by SMPP, until it is whole."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

_WAITING = sa.text("waiting")

SMS_PIECE = sa.Table(
    "sms_piece",
    METADATA,
    sa.Column("piece_id", sa.Text, primary_key=True, comment="made of session and sequence number"),
    sa.Column("session", sa.Text, nullable=False, comment="one bind: within it nothing is brought twice"),
    sa.Column("print", sa.Text, nullable=False, comment="digest of sender and octets: knows a repeat in a later session"),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("reference", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, comment="of a part that waits for the others; null once they were put together"),
    sa.Column("waiting", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("sms_piece_by_print", "print", "at"),
    sa.Index("sms_piece_waiting", "at", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
