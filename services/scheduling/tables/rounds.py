"""Conference rounds: wishes, must-sees, plans, what was locked, published and repaired.

Times of a round are wall times at the school ("18:00" on a day); what is booked for it stands in `meeting` as instants.
A home is named by the guardian who speaks for it; two homes of one child are two rows that know nothing of each other.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime

ROUND = sa.Table(
    "round",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="draft, open, closed (for wishes), published, called_off"),
    sa.Column("source", sa.Text, nullable=False, comment="page, or config: from the school's file"),
    sa.Column("evenings", sa.JSON, nullable=False, comment="[{on, start, end}], wall time at the school"),
    sa.Column("minutes", sa.Integer, nullable=False, comment="of a meeting, where a teacher has no length of their own"),
    sa.Column("travel_minutes", sa.Integer, nullable=False, comment="to walk between two meetings; none by video"),
    sa.Column("interpreters", sa.JSON, nullable=False, comment="{language: how many are there throughout}"),
    sa.Column("interpreted_extra", sa.Integer, nullable=False, comment="minutes more where somebody interprets"),
    sa.Column("grades", sa.JSON, comment="who is invited; null: every grade"),
    sa.Column("preset", sa.Text, nullable=False, comment="parent, balanced, teacher: whose waiting weighs more"),
    sa.Column("floor", sa.Boolean, nullable=False, comment="one meeting for every family first"),
    sa.Column("opens_at", UtcDateTime, comment="by itself; null: when somebody opens it"),
    sa.Column("answer_by", UtcDateTime, nullable=False),
    sa.Column("call_after_days", sa.Integer, nullable=False, comment="homes without an answer become calls"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("opened_at", UtcDateTime),
    sa.Column("published_at", UtcDateTime),
    sa.Column("plan_id", sa.Text, comment="the plan that was published, as it was repaired since"),
)

ROUND_TEACHER = sa.Table(
    "round_teacher",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("windows", sa.JSON, comment="[{on, start, end}]; a break is the hole between two; null: all evenings"),
    sa.Column("room", sa.Text, comment="as printed on the families' lists"),
    sa.Column("absent", sa.Boolean, nullable=False, comment="fell ill: meets nobody any more"),
)

ROUND_MUST = sa.Table(
    "round_must",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, primary_key=True),
    sa.Column("marked_at", UtcDateTime, nullable=False),
    comment="whose families a teacher must see",
)

ROUND_HOME = sa.Table(
    "round_home",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("home_id", sa.Text, primary_key=True, comment="the guardian who speaks for it"),
    sa.Column("guardian_ids", sa.JSON, nullable=False, comment="who was invited, the speaker first"),
    sa.Column("students", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="invited, answered, declined, withdrawn"),
    sa.Column("language", sa.Text, comment="of the interpreter they need; null: none"),
    sa.Column("mode", sa.Text, nullable=False, comment="in_person or video"),
    sa.Column("windows", sa.JSON, comment="[{on, start, end}] when they can come; null: whenever"),
    sa.Column("via", sa.Text, comment="page, paper or phone: how they answered"),
    sa.Column("entered_by", sa.Text, comment="the member of staff who wrote a paper answer down"),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("called_at", UtcDateTime, comment="when they became a call for somebody"),
    sa.Column("version", sa.Integer, nullable=False, comment="answers so far: each is sent by a link of its own"),
    sa.Index("round_home_by_state", "round_id", "state"),
)

ROUND_WISH = sa.Table(
    "round_wish",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("home_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("students", sa.JSON, nullable=False),
    sa.Column("weight", sa.Integer, nullable=False, comment="4 must see, 2 wanted, 1 would be nice"),
    sa.Column("waits_since", UtcDateTime, comment="on the waiting list of a published round"),
    sa.Column("offered_at", UtcDateTime, comment="when they were told of a time that had come free"),
)

ROUND_LOCK = sa.Table(
    "round_lock",
    METADATA,
    sa.Column("round_id", sa.Text, primary_key=True),
    sa.Column("home_id", sa.Text, primary_key=True),
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("on_day", sa.Date, nullable=False),
    sa.Column("start", sa.Text, nullable=False, comment="HH:MM at the school"),
    sa.Column("by", sa.Text, nullable=False),
    comment="meetings that somebody has fixed by hand; a plan goes round them",
)

ROUND_PLAN = sa.Table(
    "round_plan",
    METADATA,
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("round_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False, comment="plan, or repair (of `base`)"),
    sa.Column("state", sa.Text, nullable=False, comment="waiting, running, done, failed"),
    sa.Column("base", sa.Text, comment="the plan that is repaired"),
    sa.Column("preset", sa.Text, nullable=False),
    sa.Column("floor", sa.Boolean, nullable=False),
    sa.Column("limit_s", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_until", UtcDateTime, comment="whoever computes says so again and again; past: somebody else may"),
    sa.Column("job", sa.JSON, nullable=False, comment="the instance, and who its numbers are"),
    sa.Column("result", sa.JSON, comment="what the solver said"),
    sa.Column("problem", sa.Text, comment="why it failed"),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
)
