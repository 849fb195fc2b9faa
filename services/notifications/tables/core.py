"""Messages, the send ledger, what guardians want, and what people are to do; each other area has a module beside this one."""

from __future__ import annotations

import sqlalchemy as sa

from shared.directory.projection import projection_tables
from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime
from shared.web import web_tables

METADATA = sa.MetaData()

MESSAGE = sa.Table(
    "message",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("weight", sa.Text, nullable=False, comment="domain.sending.Weight: what may hold it"),
    sa.Column("risk", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text, comment="null: a service on a rule"),
    sa.Column("school_id", sa.Text),
    sa.Column("class_id", sa.Text, comment="set when it went to a class: a broadcast, not a personal contact"),
    sa.Column("category", sa.Text, comment="of a strength"),
    sa.Column("catalogue_key", sa.Text),
    sa.Column("source_language", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("personal", sa.Boolean, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False, server_default="school_mission", comment="domain.consent.Purpose"),
    sa.Column("title", sa.Text, comment="of an announcement, in the source language"),
    sa.Column("audience", sa.JSON, comment="domain.audience, of an announcement"),
    sa.Column("thread_id", sa.Text, comment="the guardian whose conversation it continues"),
    sa.Column("corrects", sa.Text, comment="the message that this one takes back"),
    sa.Column("expires_at", UtcDateTime, comment="not to be sent, and not shown as current, from then on"),
    sa.Column("recalled_at", UtcDateTime),
    sa.Column("recalled_by", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("message_by_sender", "sender_id", "created_at"),
    sa.Index("message_by_school", "school_id", "created_at"),
)

MESSAGE_TEXT = sa.Table(
    "message_text",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("content_version", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, comment="null until translation has answered"),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("machine", sa.Boolean, nullable=False),
    sa.Column("labelled", sa.Boolean, nullable=False, comment="the source text, said to be so"),
    sa.Column("engine", sa.Text),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("told_at", UtcDateTime),
    comment="a text once per language, however many it is for",
)

# small indexes keep the path of a fan-out narrow: most rows are in none of them most of their life
_OPEN = sa.text("state IN ('due', 'sending')")
_RARE = sa.text("state IN ('planned', 'held', 'letter', 'unknown', 'failed')")
_NAMED = sa.text("provider_ref IS NOT NULL")

DELIVERY = sa.Table(
    "delivery",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("content_version", sa.Integer, nullable=False),
    sa.Column("recipient_id", sa.Text, nullable=False),
    sa.Column("recipient_kind", sa.Text, nullable=False, comment="guardian or staff"),
    sa.Column("way", sa.Text, nullable=False, server_default="", comment="the one channel of an emergency's copy; else empty"),
    sa.Column("lane", sa.Integer, nullable=False, server_default="1", comment="0 emergency, 1 personal, 2 announcement"),
    sa.Column("household_id", sa.Text),
    sa.Column("school_id", sa.Text),
    sa.Column("students", sa.JSON, nullable=False, comment="whom it tells of, for this recipient"),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("params", sa.JSON, nullable=False, comment="per person; dates not yet written out"),
    sa.Column("opens", sa.JSON, comment="the open question that sending it asks: kind, ref, expires_at"),
    sa.Column("attachment_id", sa.Text, comment="calendar file"),
    sa.Column("solicited", sa.Boolean, nullable=False, comment="answers something the guardian did just now"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("basis", sa.Text, comment="why it may be sent: domain.consent.Basis, or the id of a consent"),
    sa.Column("channel", sa.Text),
    sa.Column("provider", sa.Text, comment="the account it was handed to"),
    sa.Column("tried", sa.JSON, nullable=False, comment="channels that refused for good"),
    sa.Column("attempts", sa.Integer, nullable=False),
    # null where text and params give it (announcements)
    sa.Column("body", sa.Text, comment="as it goes out, labels and links included"),
    sa.Column("over_cap", sa.Boolean, nullable=False),
    sa.Column("due_at", UtcDateTime, comment="may go, or is tried again"),
    sa.Column("provider_ref", sa.Text),  # null where the delivery's own id finds it (email)
    sa.Column("expires_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("delivered_at", UtcDateTime, comment="the provider's or a person's word that it arrived"),
    sa.Column("opened_at", UtcDateTime),
    sa.Column("opened_how", sa.Text, comment="read, played, answered"),
    # once a way: the id is made from message, recipient and way (`derived_id`), so that the primary key sees to it
    sa.Index("delivery_by_message", "message_id"),
    sa.Index("delivery_open", "lane", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    sa.Index("delivery_by_state", "state", "school_id", sqlite_where=_RARE, postgresql_where=_RARE),
    sa.Index("delivery_by_recipient", "recipient_id", "created_at"),
    sa.Index("delivery_by_provider_ref", "provider_ref", sqlite_where=_NAMED, postgresql_where=_NAMED),
    comment="the send ledger",
)

DELIVERY_TRACE = sa.Table(
    "delivery_trace",
    METADATA,
    sa.Column("trace_id", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

CALENDAR_FILE = sa.Table(
    "calendar_file",
    METADATA,
    sa.Column("attachment_id", sa.Text, primary_key=True),
    sa.Column("ics", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
)

PREFERENCE = sa.Table(
    "preference",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("channel_order", sa.JSON, nullable=False),
    sa.Column("contacts_per_month", sa.Integer),
    sa.Column("live_mode", sa.Text),
    sa.Column("available_after", sa.Text),
    sa.Column("quiet_start", sa.Text),
    sa.Column("quiet_end", sa.Text),
    sa.Column("timezone", sa.Text),
    sa.Column("language", sa.Text),
)

BOUNDARY = sa.Table(
    "boundary",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

SUPPRESSION = sa.Table(
    "suppressed",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True, comment="domain.consent.Source: stop, carrier, bounced, complained, invalid"),
    sa.Column("detail", sa.Text, comment="a technical word: landline, 21610, 5.1.1"),
    sa.Column("since", UtcDateTime, nullable=False),
)

CONSENT = sa.Table(
    "consent",
    METADATA,
    sa.Column("consent_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, comment="* for all"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("given", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False, comment="enrolment, page, keyword, carrier, one_click, paper, phone"),
    sa.Column("evidence", sa.Text, comment="an id, never words"),
    sa.Column("recorded_by", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("consent_by_guardian", "guardian_id", "channel", "at"),
    comment="appended to, never changed: the newest row of guardian, channel and purpose holds",
)

CONTACT = sa.Table(
    "contact",
    METADATA,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("personal", sa.Boolean, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("contact_by_student", "student_id", "personal", "at"),
    # few contacts are live ones: whether a family was called since it wrote costs the fan-out nothing
    sa.Index("contact_live", "guardian_id", "at", sqlite_where=sa.text("live = 1"), postgresql_where=sa.text("live")),
    comment="the contact ledger",
)

STRENGTH = sa.Table(
    "strength",
    METADATA,
    sa.Column("strength_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("noted_by", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
)

OPEN_QUESTION = sa.Table(
    "open_question",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, primary_key=True),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

REPLY = sa.Table(
    "reply",
    METADATA,
    sa.Column("reply_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("english", sa.Text, comment="null until translation has answered"),
    sa.Column("open_kind", sa.Text),
    sa.Column("open_ref", sa.Text),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Index("reply_by_guardian", "guardian_id", "received_at"),
)

TASK = sa.Table(
    "task",
    METADATA,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text),
    sa.Column("guardian_id", sa.Text),
    sa.Column("note", sa.Text, nullable=False, comment="words of whoever asked or promised; empty where none"),
    sa.Column("due_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Index("task_by_staff", "staff_id", "closed_at", "due_at"),
)

CONCERN = sa.Table(
    "concern",
    METADATA,
    sa.Column("concern_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
)

ALERT_STATE = sa.Table(
    "alert_state",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("course_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("alerted", sa.Boolean, nullable=False, comment="told, and not recovered since"),
)

GAP = sa.Table(
    "gap",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("guardian_id", sa.Text),
    sa.Column("days_since", sa.Integer),
    sa.Column("floor_days", sa.Integer, nullable=False),
    sa.Column("since", sa.Date, nullable=False, comment="the night that found it"),
    comment="homes not heard of for too long, now; what was is in the events",
)

CADENCE = sa.Table(
    "cadence",
    METADATA,
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("students", sa.Integer, nullable=False),
    sa.Column("gaps", sa.Integer, nullable=False),
)

STAFF_CARD = sa.Table(
    "staff_card",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("windows", sa.JSON, nullable=False),
    sa.Column("modes", sa.JSON, nullable=False),
    sa.Column("reply_within_school_days", sa.Integer, nullable=False),
)

LETTER = sa.Table(
    "letter",
    METADATA,
    sa.Column("letter_id", sa.Text, primary_key=True, comment="the delivery's id"),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("printed_at", UtcDateTime),
    sa.Index("letter_waiting", "printed_at", "school_id"),
    comment="the print queue, where every ladder ends",
)

messaging_tables(METADATA)
projection_tables(METADATA)
web_tables(METADATA)
