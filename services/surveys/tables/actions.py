"""What answers lead to: the history of wishes, barriers, insights, needs, and what a family's card shows."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.tables.core import METADATA
from shared.store import UtcDateTime

PREFERENCE_CHANGE = sa.Table(
    "preference_change",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("changes", sa.JSON, nullable=False, comment="field -> what it became; nothing where only the way there changed"),
    sa.Column("source", sa.Text, nullable=False, comment="an assignment, `page`, or `barrier`"),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="the newest wish holds; how it came to be stays readable for the guardian",
)

BARRIER = sa.Table(
    "barrier",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("barrier", sa.Text, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False, comment="answer, guardian, delivery_failed, meeting_missed, reply, meeting_held"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    comment="a fact that stands between school and home; never a judgement",
)

FAILED_WAY = sa.Table(
    "failed_way",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True, comment="a message counts once, however often it was tried"),
    sa.Column("at", UtcDateTime, nullable=False),
)

INSIGHT = sa.Table(
    "insight",
    METADATA,
    sa.Column("insight_id", sa.Text, primary_key=True),
    sa.Column("assignment_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, comment="in the family's own words"),
    sa.Column("at", UtcDateTime, nullable=False),
)

NEED = sa.Table(
    "need",
    METADATA,
    sa.Column("need_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("need", sa.Text, nullable=False),
    sa.Column("consent", sa.Boolean, nullable=False, comment="false: nobody is referred, only the list of services goes home"),
    sa.Column("at", UtcDateTime, nullable=False),
)

SAFEGUARD = sa.Table(
    "safeguard",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="answers that only the safeguarding lead may read",
)

CONTACT = sa.Table(
    "card_contact",
    METADATA,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="what the family's card lists of who spoke with whom",
)

TAUGHT = sa.Table(
    "taught",
    METADATA,
    sa.Column("staff_id", sa.Text, primary_key=True),
    sa.Column("student_id", sa.Text, primary_key=True, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    comment="who has ever taught whom, also when the roster has forgotten",
)
