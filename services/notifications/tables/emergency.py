"""Sends to many and what guards them: approvals, the alarm that nothing arrives, the canary, alerts from outside."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

BROADCAST = sa.Table(
    "broadcast",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("sender_id", sa.Text, comment="null: a service"),
    sa.Column("school_id", sa.Text),
    sa.Column("school_ids", sa.JSON, nullable=False, comment="whose offices see it; empty: the district's"),
    sa.Column("status", sa.Text, nullable=False, comment="domain.cap.Status: Actual, Exercise, Test"),
    sa.Column("emergency", sa.Boolean, nullable=False),
    sa.Column("guardians", sa.Integer, nullable=False, comment="whom it was for when it was sent"),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="until then it can be undone"),
    sa.Column("confirmed", sa.Text, comment="how an unusual size was let go: typed, approved"),
    sa.Column("approved_by", sa.Text),
    sa.Column("cap_key", sa.Text, comment="the alert from outside that it passes on"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("broadcast_by_sender", "sender_id", "created_at"),
    sa.Index("broadcast_by_time", "created_at"),
    comment="what was sent from the announce page, by whom and to how many",
)

APPROVAL = sa.Table(
    "approval",
    METADATA,
    sa.Column("approval_id", sa.Text, primary_key=True),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text),
    sa.Column("what", sa.JSON, nullable=False, comment="the form as it was filled in"),
    sa.Column("guardians", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False, comment="domain.blast.Unusual"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("message_id", sa.Text, comment="set where it was approved"),
    sa.Index("approval_open", "decided_at", "ends_at"),
    comment="an unusually large send waits for a second person",
)

SEND_ALARM = sa.Table(
    "send_alarm",
    METADATA,
    sa.Column("alarm_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False, index=True),
    sa.Column("school_id", sa.Text),
    sa.Column("fault", sa.Text, nullable=False, comment="domain.blast.Fault"),
    sa.Column("channels", sa.JSON, nullable=False, comment="those that brought nothing across"),
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_by", sa.Text),
    sa.Index("send_alarm_open", "settled_at", "raised_at"),
)

CANARY = sa.Table(
    "canary",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("judged_at", UtcDateTime),
    sa.Column("missing", sa.JSON, comment="channels whose receipt did not come in time; empty: all came"),
    sa.Index("canary_by_school", "school_id", "sent_at"),
    comment="the hourly message that shows that the whole way works",
)

CAP_RECEIVED = sa.Table(
    "cap_received",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True, comment="of sender and identifier: one alert is taken once"),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("sent", UtcDateTime, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("msg_type", sa.Text, nullable=False),
    sa.Column("references", sa.JSON, nullable=False, comment="keys of the alerts it updates or cancels"),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("school_ids", sa.JSON, nullable=False, comment="whose configuration names the sender"),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="draft, shown, sent, cancelled, dismissed"),
    sa.Column("message_id", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", UtcDateTime),
    sa.Index("cap_received_by_time", "received_at"),
    comment="alerts from outside (CAP 1.2): a person, or the configuration, decides whether families hear them",
)
