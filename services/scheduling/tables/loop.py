"""What was said, agreed, promised and planned; disagreement and referrals.

Nothing that a person said is changed in place: a plan has versions, a statement stays and another stands beside it.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.scheduling.tables.core import METADATA
from shared.store import UtcDateTime


def _id(name: str, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True, comment=comment)


def _n(name: str, comment: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False, comment=comment)


WORDS = sa.Table(
    "words",
    METADATA,
    _id("text_id"),
    sa.Column("source_language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("written_at", UtcDateTime, nullable=False),
    comment="a person's own words, never changed: other words are another row",
)

WORDS_IN = sa.Table(
    "words_in",
    METADATA,
    _id("text_id"),
    _id("language"),
    sa.Column("text", sa.Text, comment="empty until translation has answered, and where it could not"),
    sa.Column("machine", sa.Boolean, nullable=False, comment="no person has approved it"),
    sa.Column("labelled", sa.Boolean, nullable=False, comment="the source's words, said to be so"),
    sa.Column("told_at", UtcDateTime, comment="when translation answered"),
)

SAYING = sa.Table(
    "saying",
    METADATA,
    _id("saying_id"),
    sa.Column("type", sa.Text, nullable=False, comment="the event that goes out when its words are there"),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text_ids", sa.JSON, nullable=False, comment="the words it carries, in its order"),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("said_at", UtcDateTime, comment="also when policy did not let it go any more"),
    sa.Index("saying_waiting", "said_at", "made_at"),
)

READS = sa.Table(
    "home_language",
    METADATA,
    _id("guardian_id"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("language", sa.Text, comment="the one asked for; empty: the roster's"),
)

PRIORITY = sa.Table(
    "priority",
    METADATA,
    _id("guardian_id"),
    _id("student_id"),
    sa.Column("text", sa.Text, nullable=False, comment="what this guardian said matters most (intake question 4)"),
    sa.Column("said_at", UtcDateTime, nullable=False),
)

PROMISE_TO = sa.Table(
    "promise_to",
    METADATA,
    _id("commitment_id"),
    sa.Column("staff_id", sa.Text, nullable=False),
    comment="to whom at school a guardian's promise was made: they hear when it is kept",
)

NOTE = sa.Table(
    "note",
    METADATA,
    _id("note_id"),
    sa.Column("meeting_id", sa.Text, unique=True, comment="empty: a conversation without an appointment"),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("heard", sa.Text, nullable=False, comment="text ids of the three lines"),
    sa.Column("example", sa.Text, nullable=False),
    sa.Column("agreed", sa.Text, nullable=False),
    sa.Column("next_on", sa.Date),
    sa.Column("state", sa.Text, nullable=False, comment="asked, confirmed, corrected, silent"),
    sa.Column("said_at", UtcDateTime, nullable=False),
    sa.Column("answer_by", UtcDateTime, nullable=False),
    sa.Index("note_by_staff", "staff_id", "said_at"),
)

CORRECTION = sa.Table(
    "correction",
    METADATA,
    _id("correction_id"),
    sa.Column("note_id", sa.Text, nullable=False, index=True),
    sa.Column("text_id", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False, comment="page or reply"),
    sa.Column("said_at", UtcDateTime, nullable=False),
    comment="the guardian's words, beside the note",
)

PLAN = sa.Table(
    "plan",
    METADATA,
    _id("plan_id"),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("staff_id", sa.Text, nullable=False, comment="who keeps it"),
    sa.Column("class_id", sa.Text, comment="whose standing the goal is about"),
    sa.Column("alert_id", sa.Text, unique=True, comment="the early alert that suggested it"),
    sa.Column("asked_by", sa.Text, comment="the guardian who asked for it"),
    sa.Column("asked", sa.Text, comment="text id: in which words; the keeper's to read, no other home's"),
    sa.Column("state", sa.Text, nullable=False, comment="draft, proposed, active, met, ended"),
    sa.Column("version", sa.Integer, nullable=False, comment="the newest; 0: a draft"),
    sa.Column("active_version", sa.Integer),
    sa.Column("score", sa.Float, comment="the standing that began it, percent"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("plan_by_staff", "staff_id", "state"),
    sa.Index("plan_by_school", "school_id", "state"),
)

PLAN_VERSION = sa.Table(
    "plan_version",
    METADATA,
    _id("plan_id"),
    _n("version"),
    sa.Column("goal", sa.Text, nullable=False, comment="text id"),
    sa.Column("target", sa.Float, comment="percent the standing is to reach; empty: a goal that no grade measures"),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("checkin_on", sa.Date, nullable=False),
    sa.Column("why", sa.Text, comment="text id: what the review found"),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("agreed_at", UtcDateTime),
)

PLAN_STEP = sa.Table(
    "plan_step",
    METADATA,
    _id("plan_id"),
    _n("version"),
    _n("n"),
    sa.Column("owner_kind", sa.Text, nullable=False, comment="staff, guardian, student"),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("text_id", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, comment="empty: until the goal's day"),
)

PLAN_HOME = sa.Table(
    "plan_home",
    METADATA,
    _id("plan_id"),
    _n("version"),
    _id("guardian_id"),
    sa.Column("household_id", sa.Text, nullable=False),
    comment="to whom a version was proposed; each home answers for itself",
)

PLAN_ANSWER = sa.Table(
    "plan_answer",
    METADATA,
    _id("plan_id"),
    _n("version"),
    _id("person_id"),
    sa.Column("side", sa.Text, nullable=False, comment="school or home"),
    sa.Column("via", sa.Text, nullable=False, comment="page, reply, staff"),
    sa.Column("accepted_at", UtcDateTime, nullable=False),
)

STEP_REPORT = sa.Table(
    "step_report",
    METADATA,
    _id("report_id"),
    sa.Column("plan_id", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False, comment="done, too_hard"),
    sa.Column("said_at", UtcDateTime, nullable=False),
)

STANDING = sa.Table(
    "standing",
    METADATA,
    _id("student_id"),
    _id("class_id"),
    sa.Column("as_of", sa.Date, primary_key=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    comment="grades while a plan about them runs: the dated facts",
)

DISAGREEMENT = sa.Table(
    "disagreement",
    METADATA,
    _id("disagreement_id"),
    sa.Column("plan_id", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("n", sa.Integer, nullable=False, comment="the step, which pauses while it is open"),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False, comment="[{on, kind, value}] as they were known when it was opened"),
    sa.Column("mediator_id", sa.Text),
    sa.Column("offer_id", sa.Text),
    sa.Column("meet_by", sa.Date, nullable=False, comment="the mediated meeting is offered by then"),
    sa.Column("state", sa.Text, nullable=False, comment="open, agreed, agreed_to_differ"),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text),
    sa.Index("disagreement_by_school", "school_id", "state"),
)

VIEW = sa.Table(
    "view_said",
    METADATA,
    _id("disagreement_id"),
    _n("n"),
    sa.Column("side", sa.Text, nullable=False, comment="home or school"),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("text_id", sa.Text, nullable=False),
    sa.Column("said_at", UtcDateTime, nullable=False),
    comment="what each side says, in its own words, beside the other's",
)

REFERRAL = sa.Table(
    "referral",
    METADATA,
    _id("referral_id"),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("need", sa.Text, nullable=False),
    sa.Column("counselor_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False, comment="open, done"),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("done_at", UtcDateTime),
    sa.Index("referral_by_school", "school_id", "state"),
    comment="only with the guardian's consent; without it nothing is written",
)
