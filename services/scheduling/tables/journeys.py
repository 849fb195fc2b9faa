"""Series of check-ins, campaigns, late requests, and attempts to reach a parent for a special-education meeting."""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime


def _id(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True, comment=comment)


CHECKIN = sa.Table(
    "checkin",
    METADATA,
    _id("checkin_id", "of child, home and period: a second look at the same period meets the first"),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("household_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("plan_id", sa.Text, comment="the plan that makes it monthly"),
    sa.Column("period", sa.Text, nullable=False, comment="2026-10: a month; 2026-09+3: three of them from September"),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("closes_on", sa.Date, nullable=False, comment="not booked by then: missed"),
    sa.Column("state", sa.Text, nullable=False, comment="offered, booked, done, missed, unmarked, withdrawn"),
    sa.Column("misses", sa.Integer, nullable=False, comment="missed in a row, this one included"),
    sa.Column("offer_id", sa.Text, nullable=False),
    sa.Column("meeting_id", sa.Text),
    sa.Column("offered_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Index("checkin_by_school", "school_id", "state"),
    sa.Index("checkin_by_student", "student_id", "household_id"),
)

CAMPAIGN = sa.Table(
    "campaign",
    METADATA,
    _id("campaign_id"),
    sa.Column("kind", sa.Text, nullable=False, comment="of the meetings: welcome, checkin, conference, asked"),
    sa.Column("title", sa.Text, nullable=False, comment="as the staff call it; families do not see it"),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, comment="whom all families meet; null: each child's own teacher"),
    sa.Column("students", sa.JSON, comment="a chosen set of children; null: all whom that teacher, or the school, has"),
    sa.Column("made_by", sa.Text, comment="null: by itself, before the first day of school"),
    sa.Column("opens_at", UtcDateTime, nullable=False),
    sa.Column("window_start", sa.Date, nullable=False, comment="meetings on these days of the school, both included"),
    sa.Column("window_end", sa.Date, nullable=False),
    sa.Column("closes_on", sa.Date, nullable=False, comment="from this day on, who has not answered is called"),
    sa.Column("state", sa.Text, nullable=False, comment="planned, open, closed"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Index("campaign_by_school", "school_id", "state"),
)

CAMPAIGN_FAMILY = sa.Table(
    "campaign_family",
    METADATA,
    _id("campaign_id"),
    _id("student_id"),
    _id("guardian_id"),
    sa.Column("household_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("offer_id", sa.Text, nullable=False),
    sa.Column("invited_at", UtcDateTime),
    sa.Column("asked_to_call_at", UtcDateTime, comment="a call task was made of it"),
    sa.Index("campaign_family_by_staff", "staff_id"),
)

SERIES = sa.Table(
    "series",
    METADATA,
    _id("series_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("wall_time", sa.Text, nullable=False, comment="HH:MM on the school's clock; instants follow from it"),
    sa.Column("zone", sa.Text, nullable=False, comment="the school's when the series was made: it holds"),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("every", sa.Text, nullable=False, comment="week, two_weeks, month, quarter"),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("on_holiday", sa.Text, nullable=False, comment="skip, or next: the next school day"),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="on, cancelled"),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Index("series_by_staff", "staff_id", "state"),
    sa.Index("series_by_student", "student_id"),
)

SERIES_CHANGE = sa.Table(
    "series_change",
    METADATA,
    _id("series_id"),
    sa.Column("on_day", sa.Date, primary_key=True, comment="the day that the rule gives"),
    sa.Column("to_day", sa.Date, comment="null: this one is off"),
    sa.Column("wall_time", sa.Text, comment="null: as the series"),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
)

SERIES_MEETING = sa.Table(
    "series_meeting",
    METADATA,
    _id("series_id"),
    sa.Column("on_day", sa.Date, primary_key=True),
    sa.Column("meeting_id", sa.Text, comment="null: not booked"),
    sa.Column("why_not", sa.Text, comment="taken, holiday, clocks, off"),
)

LATE_REQUEST = sa.Table(
    "late_request",
    METADATA,
    _id("request_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="the time the family asks for"),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="asked, approved, declined, withdrawn"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("answered_by", sa.Text),
    sa.Column("meeting_id", sa.Text),
    sa.Index("late_request_by_staff", "staff_id", "state"),
    sa.Index("late_request_by_family", "guardian_id", "student_id", "staff_id"),
)

IEP_MEETING = sa.Table(
    "iep_meeting",
    METADATA,
    _id("iep_meeting_id"),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("organizer_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False, comment="initial, annual, amendment, transition"),
    sa.Column("team", sa.JSON, nullable=False, comment="[{staff_id, role}]: who will attend (34 CFR 300.322(b)(1)(i))"),
    sa.Column("student_invited", sa.Boolean, nullable=False, comment="transition: the student is (300.322(b)(2))"),
    sa.Column("interpreter", sa.Text, comment="a language (300.322(e)); null: nobody asked for one"),
    sa.Column("interpreter_ready", sa.Boolean, nullable=False),
    sa.Column("documents", sa.JSON, nullable=False, comment="[{name, language, checked_by, checked_at}]"),
    sa.Column("start_at", UtcDateTime, nullable=False),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False, comment="of its calendar files: grows with every move"),
    sa.Column("notice_version", sa.Integer, nullable=False, comment="0: no notice has gone yet"),
    sa.Column("notice_at", UtcDateTime),
    sa.Column("state", sa.Text, nullable=False, comment="planned, noticed, held, held_without_parent, cancelled"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Index("iep_meeting_by_school", "school_id", "state"),
)

ATTEMPT = sa.Table(
    "parent_attempt",
    METADATA,
    _id("attempt_id"),
    sa.Column("iep_meeting_id", sa.Text, nullable=False, index=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, comment="when it was tried"),
    sa.Column("by_id", sa.Text, nullable=False, comment="a member of staff; system: Homeroom itself; the guardian: an answer"),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("content_version", sa.Integer, nullable=False, comment="of the notice that it was about; 0: none yet"),
    sa.Column("note", sa.Text, nullable=False, comment="facts of the attempt, never opinions"),
    sa.Column("corrects", sa.Text, comment="an earlier row that was wrong: both stay"),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of this row and of the digest before it"),
    sa.Column("place_in_row", sa.Integer, nullable=False, comment="1, 2, 3… within the meeting"),
    sa.UniqueConstraint("iep_meeting_id", "place_in_row"),
    comment="append-only: 34 CFR 300.322(d)",
)

IEP_ANSWER = sa.Table(
    "iep_answer",
    METADATA,
    _id("iep_meeting_id"),
    _id("guardian_id"),
    sa.Column("notice_version", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False, comment="comes, by_phone, by_video, other_time, cannot"),
    sa.Column("answered_at", UtcDateTime, nullable=False),
)
