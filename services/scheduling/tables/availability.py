"""Rules of when a person can be met, exceptions, and what their own calendars say.

Weekly windows and overrides stay in `office_hours`; here is what limits them.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime

AVAILABILITY = sa.Table(
    "availability",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("breaks", sa.JSON, nullable=False, comment="[{weekday, start, end}], wall time at school"),
    sa.Column("days_off", sa.JSON, nullable=False, comment="[{first, last}], days; no reason is kept"),
    sa.Column("before_minutes", sa.Integer, comment="kept free before a meeting; null: the school's"),
    sa.Column("step_minutes", sa.Integer, comment="between starts; null: length and buffers"),
    sa.Column("seats", sa.Integer, nullable=False, comment="families in one slot"),
    sa.Column("notice_minutes", sa.Integer, comment="null: the school's"),
    sa.Column("days_ahead", sa.Integer, comment="how far ahead can be booked; null: the school's"),
    sa.Column("opens_at", sa.Text, comment="YYYY-MM-DDTHH:MM at school: not bookable before"),
    sa.Column("closes_at", sa.Text, comment="YYYY-MM-DDTHH:MM at school: not bookable from then on"),
    sa.Column("per_day", sa.Integer, comment="most meetings a day; null: the school's"),
    sa.Column("per_week", sa.Integer, comment="most meetings from Monday to Sunday; null: the school's"),
    sa.Column("in_a_row", sa.Integer, comment="most meetings without a rest between them; null: the school's"),
    sa.Column("rest_minutes", sa.Integer, comment="what counts as a rest; null: the school's"),
    sa.Column("set_at", UtcDateTime, nullable=False),
    comment="what limits a member of staff's hours; no row: the school's settings alone",
)

EXTERNAL_BUSY = sa.Table(
    "external_busy",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True, comment="which calendar said so; replaced as a whole"),
    sa.Column("start_at", UtcDateTime, primary_key=True),
    sa.Column("end_at", UtcDateTime, primary_key=True),
    sa.Index("external_busy_by_end", "staff_id", "end_at"),
    comment="when a member of staff is busy elsewhere; never why",
)

WALK_IN = sa.Table(
    "walk_in",
    METADATA,
    sa.Column("walk_in_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("walk_in_by_staff", "staff_id", "at"),
    comment="a family came by without an appointment",
)

MEETING_WALL = sa.Table(
    "meeting_wall",
    METADATA,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="as it was noted; another by now: it was moved"),
    sa.Column("zone", sa.Text, nullable=False, comment="IANA name of the school's zone"),
    sa.Column("wall", sa.Text, nullable=False, comment="YYYY-MM-DDTHH:MM:SS there: what was agreed"),
    comment="what a meeting's clock showed when it was booked, so that it holds when time zone data changes",
)
