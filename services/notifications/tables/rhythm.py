"""Notes that balance counts, briefs, nudges, guides, photos, live contact and load."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

NOTE = sa.Table(
    "note",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("teacher_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column(
        "example", sa.Boolean, nullable=False, comment="names something that was seen: domain.balance.has_example"
    ),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("note_by_student", "student_id", "at"),
    sa.Index("note_by_teacher", "teacher_id", "at"),
    comment="personal notes from one teacher about one student; broadcasts and rules write none",
)

STANDING = sa.Table(
    "standing",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("course_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("course_title", sa.Text, nullable=False),
    sa.Column("teacher_id", sa.Text),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("failing", sa.Boolean, nullable=False, comment="below the school's threshold when it was recorded"),
    comment="the newest standing of each student in each course",
)

BALANCE = sa.Table(
    "balance",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("teacher_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("direction", sa.Text, nullable=False, comment="domain.balance.Direction"),
    sa.Column("positive", sa.Integer, nullable=False),
    sa.Column("concern", sa.Integer, nullable=False),
    sa.Column("target", sa.Float, nullable=False),
    sa.Column("course_title", sa.Text, comment="of a failing grade that nobody speaks of"),
    sa.Column("since", sa.Date, nullable=False, comment="the night that found it"),
    sa.Index("balance_by_teacher", "teacher_id"),
    comment="what is out of balance now; what was is in the events",
)

LIVE_MISSING = sa.Table(
    "live_missing",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("term_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("guardian_id", sa.Text),
    sa.Column("text_count", sa.Integer, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    comment="homes that nobody has spoken with this term",
)

BRIEF = sa.Table(
    "brief",
    METADATA,
    sa.Column("brief_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, comment="weekly (of a class) or monthly (of a school)"),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("class_id", sa.Text, comment="null: the school's newsletter"),
    sa.Column("staff_id", sa.Text, nullable=False, comment="who wrote last"),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("publish_on", sa.Date, nullable=False),
    sa.Column("publish_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="draft, ready, published"),
    sa.Column("written_at", UtcDateTime, nullable=False),
    sa.Column("published_at", UtcDateTime),
    sa.Index("brief_due", "state", "publish_at"),
    comment="a text that waits for its day",
)

NUDGE = sa.Table(
    "nudge",
    METADATA,
    sa.Column("nudge_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("teacher_id", sa.Text, nullable=False),
    sa.Column("signal", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("window_days", sa.Integer, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_how", sa.Text, comment="sent, binned or replaced"),
    sa.Index("nudge_open", "teacher_id", "settled_at"),
    comment="a soft draft for a teacher; nothing goes home by itself",
)

GUIDE = sa.Table(
    "guide",
    METADATA,
    sa.Column("guide_id", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False, index=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("teacher_id", sa.Text),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("answer", sa.Text, comment="tried or too_hard"),
    sa.Column("answered_at", UtcDateTime),
    comment="what a home was given to do, and how it went",
)

WELCOME = sa.Table(
    "welcome",
    METADATA,
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("term_id", sa.Text, primary_key=True),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
)

LOAD = sa.Table(
    "teacher_load",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, primary_key=True),
    sa.Column("week_on", sa.Date, nullable=False),
    sa.Column("open_threads", sa.Integer, nullable=False),
    sa.Column(
        "after_hours", sa.Integer, nullable=False, comment="notes and replies outside working hours, last seven days"
    ),
    sa.Column("band", sa.Text, nullable=False, comment="domain.load.Band"),
    sa.Index("teacher_load_by_school", "school_id"),
    comment="last week's load; never an order of people",
)

MEDIA_CONSENT = sa.Table(
    "media_consent",
    METADATA,
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Boolean, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

MEDIA = sa.Table(
    "media",
    METADATA,
    sa.Column("media_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, comment="photo (of a class) or work (one student's own)"),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("class_id", sa.Text),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("caption", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("message_id", sa.Text, comment="null: not sent"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, comment="links to it end then; it is deleted the night after"),
    sa.Index("media_by_owner", "owner_id", "created_at"),
)

MEDIA_TAG = sa.Table(
    "media_tag",
    METADATA,
    sa.Column("media_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, primary_key=True),
)
