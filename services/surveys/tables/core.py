"""The tables of surveys; only the store writes SQL against them."""

from __future__ import annotations

import sqlalchemy as sa

from shared.directory.projection import projection_tables
from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime
from shared.web import web_tables

METADATA = sa.MetaData()

SURVEY_VERSION = sa.Table(
    "survey_version",
    METADATA,
    sa.Column("version", sa.Text, primary_key=True, comment="hash of the content: what was asked never changes"),
    sa.Column("survey_id", sa.Text, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("published_at", UtcDateTime, nullable=False),
)

CAMPAIGN = sa.Table(
    "campaign",
    METADATA,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("survey_id", sa.Text, nullable=False),
    sa.Column("round", sa.Text, nullable=False, comment="a guardian is asked a survey once per round"),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("class_id", sa.Text),
    sa.Column("send_at", UtcDateTime, nullable=False),
    sa.Column("remind_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False, comment="staff id, or configuration"),
    sa.Index("campaign_by_round", "survey_id", "round"),
    comment="a survey put to the families of a school or a class",
)

ASSIGNMENT = sa.Table(
    "assignment",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True, comment="derived from survey, round and guardian"),
    sa.Column("campaign_id", sa.Text, nullable=False, index=True),
    sa.Column("survey_id", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("student_ids", sa.JSON, nullable=False),
    sa.Column("question_ids", sa.JSON, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="open, answered, declined, talk"),
    sa.Column("assigned_at", UtcDateTime, nullable=False),
    sa.Column("reminded_at", UtcDateTime),
    sa.Column("overdue_at", UtcDateTime),
    sa.Column("reached_at", UtcDateTime, comment="a provider has taken a message"),
    sa.Column("unreached_by", sa.Text, comment="channel that failed for good"),
    comment="one guardian is asked one survey, for all their children",
)

DRAFT = sa.Table(
    "draft",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("asked", sa.Text, comment="the question open by text message"),
    sa.Column("misses", sa.Integer, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0", comment="one more with every save"),
    sa.Column("history", sa.JSON, comment="by question: [revision, digest of the answer] since which it stands"),
    comment="answers so far, from whichever way they came",
)

RESPONSE = sa.Table(
    "response",
    METADATA,
    # of an anonymous survey: a number that is nobody's, no guardian, and no time finer than the day
    sa.Column("assignment_id", sa.Text, primary_key=True, comment="one response per assignment, whoever sends it twice"),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, index=True),
    sa.Column("guardian_id", sa.Text, index=True),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("receipt", sa.JSON, nullable=False),
    sa.Column("entered_by", sa.Text, comment="staff who typed in paper or a call"),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
)

ANSWER = sa.Table(
    "answer",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("declined", sa.Boolean, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
)

EFFECT = sa.Table(
    "effect",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("effect", sa.Text, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="what an answer has changed: once per (response, question, effect)",
)

PREFERENCE = sa.Table(
    "preference",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("channel_order", sa.JSON, nullable=False),
    sa.Column("contacts_per_month", sa.Integer),
    sa.Column("live_mode", sa.Text),
    sa.Column("available_after", sa.Text),
    sa.Column("quiet_start", sa.Text),
    sa.Column("quiet_end", sa.Text),
    sa.Column("timezone", sa.Text),
    sa.Column("language", sa.Text),
)

BOUNDARY = sa.Table(
    "boundary",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)

DECLINED = sa.Table(
    "declined_question",
    METADATA,
    sa.Column("guardian_id", sa.Text, primary_key=True),
    sa.Column("survey_id", sa.Text, primary_key=True),
    sa.Column("question_id", sa.Text, primary_key=True),
    sa.Column("tag", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
    comment="not asked again",
)

CONCERN = sa.Table(
    "concern",
    METADATA,
    sa.Column("concern_id", sa.Text, primary_key=True),
    sa.Column("assignment_id", sa.Text, nullable=False),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
)

messaging_tables(METADATA)
projection_tables(METADATA)
web_tables(METADATA)
