"""What is taken, by whom: people, rooms, interpreters, seats; holds that end by themselves, waitlists.

Two rows of `taken` with one kind and resource never overlap. On PostgreSQL an exclusion constraint says so (written by hand
in a migration, since SQLite knows none), on SQLite the primary key of `taken_cell`.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime

TAKEN = sa.Table(
    "taken",
    METADATA,
    sa.Column("taken_id", sa.Text, primary_key=True, comment="owner, kind and resource"),
    sa.Column("kind", sa.Text, nullable=False, comment="staff, guardian, household, student, room, interpreter, seat"),
    sa.Column("resource_id", sa.Text, nullable=False, comment="a seat's is its pool and number"),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="with the walk before"),
    sa.Column("end_at", UtcDateTime, nullable=False, comment="with the buffer after"),
    sa.Column("meeting_id", sa.Text, nullable=False, comment="whose time it is: a meeting, a hold, a place in a pool"),
    sa.Column("state", sa.Text, nullable=False, comment="taken; held: until `until`, then anybody's"),
    sa.Column("until", UtcDateTime),
    sa.Index("taken_by_meeting", "meeting_id"),
    sa.Index("taken_by_resource", "kind", "resource_id", "end_at"),
)

TAKEN_CELL = sa.Table(
    "taken_cell",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("cell_at", UtcDateTime, primary_key=True, comment="five minutes from here"),
    sa.Column("taken_id", sa.Text, nullable=False, index=True),
    comment="SQLite only: what PostgreSQL's exclusion constraint does",
    sqlite_with_rowid=False,
)

PARTY = sa.Table(
    "party",
    METADATA,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, primary_key=True),
    comment="who of the staff takes part beside the meeting's own teacher",
)

ROOM = sa.Table(
    "room",
    METADATA,
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("seats", sa.Integer, nullable=False),
    sa.Column("step_free", sa.Boolean, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

SPEAKS = sa.Table(
    "speaks",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, primary_key=True, comment="a tag like so, es, zh-Hans"),
    sa.Column("interprets", sa.Boolean, nullable=False, comment="false: a teacher who needs no interpreter for it"),
    comment="languages of staff beside the school's own, as the office has entered them",
)

INTERPRETATION = sa.Table(
    "interpretation",
    METADATA,
    sa.Column("meeting_id", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("start_at", UtcDateTime, nullable=False, comment="as it was asked for"),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="requested, assigned, unfilled, off"),
    sa.Column("interpreter_id", sa.Text),
    sa.Column("fallback", sa.Text, comment="phone, rebook: what was done when nobody was found"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("decide_by", UtcDateTime, nullable=False),
    sa.Index("interpretation_by_interpreter", "interpreter_id", "state"),
)

POOL = sa.Table(
    "pool",
    METADATA,
    sa.Column("pool_id", sa.Text, primary_key=True, comment="an occasion, a drop-in, a group meeting"),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("start_at", UtcDateTime, nullable=False),
    sa.Column("end_at", UtcDateTime, nullable=False),
    sa.Column("offer_minutes", sa.Integer, nullable=False, comment="how long a place from the waitlist is kept for a family"),
    sa.Column("state", sa.Text, nullable=False, comment="open, closed, cancelled"),
)

SIGN_UP = sa.Table(
    "sign_up",
    METADATA,
    sa.Column("sign_up_id", sa.Text, primary_key=True),
    sa.Column("pool_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="seated, waiting, offered, lapsed, left"),
    sa.Column("seat", sa.Integer, comment="its number from 1, while seated or offered"),
    sa.Column("asked_at", UtcDateTime, nullable=False, comment="the waitlist's order"),
    sa.Column("offered_until", UtcDateTime),
    sa.Index("sign_up_by_pool", "pool_id", "state", "asked_at"),
    sa.Index("sign_up_by_guardian", "guardian_id", "pool_id"),
)
