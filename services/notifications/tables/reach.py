"""Contact repair, and the facts that reports are made of: written once, stamped with the count that found them."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

REACH_RUN = sa.Table(
    "reach_run",
    METADATA,
    sa.Column("run_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    comment="one count of what has happened since the last; a report is always as of one of them",
)


def _known_from() -> sa.Column[int]:
    return sa.Column("from_run", sa.Integer, primary_key=True, comment="the count that first found it so")


def _known_to() -> sa.Column[int]:
    return sa.Column("to_run", sa.Integer, comment="the count that found it otherwise; null: it still is so")


_CURRENT = sa.text("to_run IS NULL")

REACH_MEMBER = sa.Table(
    "reach_member",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, primary_key=True),
    _known_from(),
    _known_to(),
    sa.Column("language", sa.Text, nullable=False),
    sa.Index("reach_member_current", "guardian_id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    comment="who was to hear from which school: linked, on the list of receivers, under no restriction for every child there",
)

REACH_FACT = sa.Table(
    "reach_fact",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    _known_from(),
    _known_to(),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, comment="when it was sent, or tried"),
    sa.Column("reached", sa.Boolean, nullable=False, comment="domain.figures.REACHED"),
    sa.Column("answered", sa.Boolean, nullable=False, comment="the guardian wrote within a week of it"),
    sa.Index(
        "reach_fact_by_time",
        "at",
        postgresql_include=["guardian_id", "channel", "reached", "answered", "from_run", "to_run"],
    ),
    sa.Index("reach_fact_current", "delivery_id", sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    comment="what became of a delivery, as each count found it",
)

REACH_ANSWER = sa.Table(
    "reach_answer",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False, index=True),
    comment="deliveries that a guardian's words answer",
)

REACH_TALLY = sa.Table(
    "reach_tally",
    METADATA,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("days", sa.Integer, primary_key=True),
    sa.Column("tally", sa.JSON, nullable=False, comment="domain.figures.Tally: what the facts of this count add up to"),
    comment="facts do not change, so neither does what a count said: kept, not added up again",
)

REACH_EVENT = sa.Table(
    "reach_event",
    METADATA,
    sa.Column("what", sa.Text, primary_key=True, comment="domain.figures.Event"),
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Integer, comment="null until the next count"),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text),
    sa.Column("guardian_id", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("n", sa.Integer, nullable=False, comment="how many it speaks of: 1, or the students of a night's cadence"),
    sa.Column("value", sa.Float, nullable=False, comment="hours, days, or 1 and 0 for yes and no"),
    sa.Index("reach_event_by_time", "at"),
    sa.Index("reach_event_new", "what", sqlite_where=sa.text("run_id IS NULL"), postgresql_where=sa.text("run_id IS NULL")),
    comment="single happenings that figures count: the first word on each holds",
)

REPAIR = sa.Table(
    "repair",
    METADATA,
    sa.Column("repair_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, comment="domain.repair.Reason"),
    sa.Column("channel", sa.Text, comment="the way that failed, where it is one"),
    sa.Column("action", sa.Text, nullable=False, comment="domain.repair.Action"),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("opened_run", sa.Integer, comment="null until the next count"),
    sa.Column("asked_at", UtcDateTime),
    sa.Column("asked_by", sa.Text),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text, comment="null: the facts did"),
    sa.Column("closed_run", sa.Integer),
    sa.Index("repair_by_guardian", "guardian_id", "closed_at"),
    comment="guardians who are not reached, why, and what to do next; one open row each",
)
