"""Family Fridays, workshops and volunteering: occurrences, invitations, attendance; what families keep."""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime

OCCASION = sa.Table(
    "occasion",
    METADATA,
    sa.Column("occasion_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, comment="family_friday, workshop, volunteering, celebration"),
    sa.Column("series", sa.Text, comment="of those that a school's file asks for: the month, YYYY-MM"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("begins", sa.Text, nullable=False, comment="HH:MM, wall time at school"),
    sa.Column("ends", sa.Text, nullable=False, comment="HH:MM"),
    sa.Column("start_at", UtcDateTime, nullable=False),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("venue", sa.Text, nullable=False),
    sa.Column("online", sa.Boolean, nullable=False),
    sa.Column("capacity", sa.Integer, comment="null: whoever comes is welcome"),
    sa.Column("child_care", sa.Boolean, nullable=False),
    sa.Column("interpreters", sa.JSON, nullable=False, comment="language tags"),
    sa.Column("shares", sa.Text, comment="the observance that it celebrates: only who likes to share is invited"),
    sa.Column("state", sa.Text, nullable=False, comment="draft, published, cancelled"),
    sa.Column("moved_from", sa.Date, comment="the day that a holiday or a change took"),
    sa.Column("made_by", sa.Text, comment="null: the school's file"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("invited_at", UtcDateTime),
    sa.Column("thanked_at", UtcDateTime),
    sa.Index("occasion_by_school", "school_id", "on"),
)

ATTENDANCE = sa.Table(
    "occasion_attendance",
    METADATA,
    sa.Column("occasion_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("via", sa.Text, nullable=False, comment="link, poster, paper, online"),
    sa.Column("first_time", sa.Boolean, nullable=False, comment="had never been to one before"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("entered_by", sa.Text, comment="of the staff, from the paper sheet"),
    sa.Index("attendance_by_guardian", "guardian_id"),
)

UNKNOWN_SIGN_IN = sa.Table(
    "occasion_unknown",
    METADATA,
    sa.Column("sign_in_id", sa.Text, primary_key=True),
    sa.Column("occasion_id", sa.Text, nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="signed in with a number that the roster does not know: contact data to mend; what was typed is not kept",
)

OBSERVED = sa.Table(
    "observed",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True, comment="domain.observances.KEYS"),
    sa.Column("avoid", sa.Boolean, nullable=False, comment="please plan nothing for us then"),
    sa.Column("share", sa.Boolean, nullable=False, comment="we are happy to share it"),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="what families have ticked themselves; never inferred",
)

GREETING = sa.Table(
    "greeting",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("families", sa.Integer, nullable=False),
    sa.Column("prompted_at", UtcDateTime, nullable=False),
    sa.Column("acknowledged_at", UtcDateTime),
    comment="a teacher is reminded that families of theirs keep a day",
)
