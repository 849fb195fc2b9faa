"""Accounts' health, and the calls back that they make."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import DELIVERY, MESSAGE_TEXT, METADATA
from shared.store import UtcDateTime

PROVIDER_HEALTH = sa.Table(
    "provider_health",
    METADATA,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("weight", sa.Integer, nullable=False, comment="parts of a hundred of the channel's traffic"),
    sa.Column("judged_at", UtcDateTime, comment="the minute that was judged last: each is judged once"),
    sa.Column(
        "down_since", UtcDateTime, comment="refuses everything: gets one batch a minute to see whether it is back"
    ),
    sa.Column("probed_at", UtcDateTime),
    sa.Column("why", sa.Text, comment="errors, slow, silent, down: of the last change for the worse"),
)

PROVIDER_MINUTE = sa.Table(
    "provider_minute",
    METADATA,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True),
    sa.Column(
        "worker",
        sa.Integer,
        primary_key=True,
        comment="a process counts in its own row, so that none waits for another",
    ),
    sa.Column("ok", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False, comment="by fault of the account, not of an address"),
    sa.Column("told", sa.Integer, nullable=False, comment="receipts that said delivered"),
    sa.Column("slow", sa.Integer, nullable=False, comment="of those, the late ones; and hand-overs that took too long"),
    sa.Column("bounced", sa.Integer, nullable=False),
    sa.Index("provider_minute_by_time", "minute"),
)

PROVIDER_BREAKER = sa.Table(
    "provider_breaker",
    METADATA,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("warned_at", UtcDateTime),
    sa.Column("opened_at", UtcDateTime, comment="nothing goes by this channel until a person closes it"),
    sa.Column("sent", sa.Integer, nullable=False),
    sa.Column("bounced", sa.Integer, nullable=False),
    sa.Column("reset_at", UtcDateTime, comment="what happened before does not count any more"),
    sa.Column("reset_by", sa.Text),
)

_WAITING = sa.text("applied_at IS NULL")

PROVIDER_WORD = sa.Table(
    "provider_word",
    METADATA,
    sa.Column(
        "word_id",
        sa.Text,
        primary_key=True,
        comment="of channel and the provider's own key: a repeated call meets its row",
    ),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="domain.inbound.Told"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("delivery_id", sa.Text),
    sa.Column("provider_ref", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("permanent", sa.Boolean, nullable=False),
    sa.Column("how", sa.Text),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("look_at", UtcDateTime, nullable=False, comment="not before: its delivery was still being handed over"),
    sa.Column("applied_at", UtcDateTime),
    sa.Column("outcome", sa.Text, comment="what it changed; unmatched: of no delivery of ours"),
    sa.Index("provider_word_waiting", "look_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    comment="what providers said later of deliveries, as it came in",
)

PROVIDER_SILENT = sa.Table(
    "provider_silent",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("provider_ref", sa.Text),
    sa.Column("since", UtcDateTime, nullable=False, comment="when it was handed over"),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("looked_at", UtcDateTime, comment="the provider was asked; null: cannot be, or not yet"),
    sa.Column("answer", sa.Text, comment="null: to be asked; cannot_ask: this provider does not tell"),
    sa.Index(
        "provider_silent_to_ask",
        "found_at",
        sqlite_where=sa.text("answer IS NULL"),
        postgresql_where=sa.text("answer IS NULL"),
    ),
    comment="handed over, and no receipt for a day",
)

TEXT_CHASE = sa.Table(
    "text_chase",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("asked_again_at", UtcDateTime, nullable=False),
    sa.Column("shown_at", UtcDateTime, comment="to a person, who can send it untranslated or call"),
    comment="texts that translation did not answer for",
)

# what waits for a receipt from a channel that sends them: the nightly look must not read the whole ledger
_UNANSWERED = sa.text("state = 'sent' AND channel IN ('sms', 'voice', 'whatsapp')")
sa.Index("delivery_unanswered", DELIVERY.c.sent_at, sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED)
_UNTOLD = sa.text("told_at IS NULL")
sa.Index("message_text_untold", MESSAGE_TEXT.c.asked_at, sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
