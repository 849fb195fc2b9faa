"""Ways to reach a person beyond what the roster says: push subscriptions, WhatsApp, further numbers."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

CONTACT_POINT = sa.Table(
    "contact_point",
    METADATA,
    sa.Column("point_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, comment="email, sms, voice, whatsapp, push"),
    sa.Column("address", sa.Text, nullable=False, comment="number in E.164, address, or a push subscription's JSON"),
    sa.Column("label", sa.Text, comment="mobile, home, work"),
    sa.Column("source", sa.Text, nullable=False, comment="page, office, provider"),
    sa.Column("priority", sa.Integer, nullable=False, server_default="1"),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("confirmed_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("guardian_id", "channel", "address", name="contact_point_once"),
    sa.Index("contact_point_by_address", "channel", "address"),
)

DIALLED = sa.Table(
    "dialled",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True, comment="fingerprint of message, channel and number"),
    sa.Column("delivery_id", sa.Text, nullable=False),
    comment="a number that several guardians share is called once for an emergency",
)
