"""The tables of scheduling; only `store/` writes SQL against them.

That nobody is booked twice is the database's business: see `bookings.TAKEN`.
"""

from __future__ import annotations

import sqlalchemy as sa

from shared.directory.projection import projection_tables
from shared.identity import identity_tables
from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime
from shared.web import web_tables

METADATA = sa.MetaData()


def _id(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True, comment=comment)


OFFICE_HOURS = sa.Table(
    "office_hours",
    METADATA,
    _id("staff_id"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False, comment="school: the school's default; own: set by the teacher"),
    sa.Column("windows", sa.JSON, nullable=False, comment="[{weekday, start, end, evening?}], wall time at school"),
    sa.Column("overrides", sa.JSON, nullable=False, comment="[{on, windows}], instead of that day's windows"),
    sa.Column("modes", sa.JSON, nullable=False),
    sa.Column("slot_minutes", sa.Integer, nullable=False),
    sa.Column("buffer_minutes", sa.Integer, nullable=False),
    sa.Column("reply_within_school_days", sa.Integer, nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)

PREFERENCE = sa.Table(
    "preference",
    METADATA,
    _id("guardian_id"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("live_mode", sa.Text),
    sa.Column("available_after", sa.Text, comment="HH:MM where the guardian lives"),
    sa.Column("quiet_start", sa.Text),
    sa.Column("quiet_end", sa.Text),
    sa.Column("timezone", sa.Text),
)

BOUNDARY = sa.Table(
    "boundary",
    METADATA,
    _id("guardian_id"),
    _id("scope"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

OFFER = sa.Table(
    "offer",
    METADATA,
    _id("offer_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("modes", sa.JSON, nullable=False),
    sa.Column("fit", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="open, accepted, replaced, expired, withdrawn, unserved"),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("unclear", sa.Integer, nullable=False, comment="answers that named no slot of it"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("meeting_id", sa.Text, comment="what was booked, or is to be moved, by it"),
    sa.Column("not_after", UtcDateTime, comment="all of its times, and of those offered after it, begin before"),
    sa.Column("minutes", sa.Integer, comment="how long; null: as the member of staff has set"),
    sa.Column("team", sa.JSON, comment="staff who are needed beside the teacher: all of them"),
    sa.Column("hosts", sa.JSON, comment="staff any one of whom will do in the teacher's place"),
    sa.Column(
        "interpreted",
        sa.Boolean,
        nullable=False,
        server_default=sa.text("false"),
        comment="times are longer, for two languages",
    ),
    sa.Index("offer_by_staff", "staff_id", "state"),
    sa.Index("offer_by_guardian", "guardian_id", "student_id"),
)

OFFER_SLOT = sa.Table(
    "offer_slot",
    METADATA,
    _id("offer_id"),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("start_at", UtcDateTime, nullable=False),
    sa.Column("end_at", UtcDateTime, nullable=False),
)

MEETING = sa.Table(
    "meeting",
    METADATA,
    _id("meeting_id"),
    sa.Column("offer_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("start_at", UtcDateTime, nullable=False),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("blocked_until", UtcDateTime, nullable=False, comment="end and buffer"),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("dial_in", sa.Text),
    sa.Column("sequence", sa.Integer, nullable=False, comment="grows when the time changes (RFC 5545 §3.8.7.4)"),
    sa.Column("state", sa.Text, nullable=False, comment="booked, cancelled, held, missed"),
    sa.Column("booked_at", UtcDateTime, nullable=False),
    sa.Column("cancelled_by", sa.Text),
    sa.Column("source", sa.Text, nullable=False, server_default="answer", comment="answer, staff, round, series, …"),
    sa.Column("source_id", sa.Text, comment="the round or series that it belongs to"),
    sa.Column("room_id", sa.Text),
    sa.Column("settled_at", UtcDateTime, comment="when it was said to have been held or missed"),
    sa.Column("minutes", sa.Integer, comment="how long it took"),
    sa.Column("missed_by", sa.Text, comment="guardian, staff, both"),
    sa.Index("meeting_by_staff", "staff_id", "start_at"),
    sa.Index("meeting_by_guardian", "guardian_id", "start_at"),
    sa.Index("meeting_by_source", "source_id"),
)

COMMITMENT = sa.Table(
    "commitment",
    METADATA,
    _id("commitment_id"),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("owner_kind", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="open, kept, missed"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("reminded_at", UtcDateTime),
    sa.Column("done_at", UtcDateTime, comment="also when done late"),
    sa.Index("commitment_by_owner", "owner_id", "state"),
    sa.Index("commitment_by_school", "school_id", "state"),
)

BRIEF = sa.Table(
    "brief",
    METADATA,
    _id("student_id"),
    sa.Column("strengths_school", sa.Integer, nullable=False),
    sa.Column("strengths_home", sa.Integer, nullable=False),
    sa.Column("last_contact_at", UtcDateTime, comment="the last personal one"),
    sa.Column("last_contact_mode", sa.Text),
    sa.Column("gap_days", sa.Integer, comment="days without contact when a gap was last found"),
    sa.Column("concerns", sa.Integer, nullable=False),
    sa.Column("last_topic", sa.Text),
    sa.Column("surveys_answered", sa.Integer, nullable=False),
    sa.Column("alert_score", sa.Float, comment="the standing of the last early alert"),
    comment="what a teacher should know before a meeting; numbers and closed words only",
)

messaging_tables(METADATA)
projection_tables(METADATA)
identity_tables(METADATA)
web_tables(METADATA)
