"""Answering by page, paper, text message and telephone."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.tables.core import METADATA
from shared.store import UtcDateTime

WALK = sa.Table(
    "walk",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("asked", sa.Text, comment="the prompt that is open by text message: question[row]@child"),
    sa.Column("asked_at", UtcDateTime, comment="when it was asked: what was sent before answers the one before"),
    sa.Column("misses", sa.Integer, nullable=False),
    sa.Column("sent", sa.Integer, nullable=False, comment="prompts that went out by text message"),
    sa.Column("passed", sa.JSON, nullable=False, comment="prompts passed over without an answer to keep"),
    sa.Column("last", sa.Text, comment="digest of the last text, so that one that comes twice counts once"),
    sa.Column("resume_at", UtcDateTime, comment="LATER was said"),
    sa.Column("thanked_at", UtcDateTime, comment="a text after the answer got its kind word"),
    comment="where a survey stands by text message",
)

CALL = sa.Table(
    "survey_call",
    METADATA,
    sa.Column("call_sid", sa.Text, primary_key=True, comment="the provider's name for the call"),
    sa.Column("assignment_id", sa.Text, nullable=False, index=True),
    sa.Column("turn", sa.Integer, nullable=False, comment="how often it was answered: an older turn told again is a replay"),
    sa.Column("asked", sa.Text, comment="the prompt that is open on the telephone"),
    sa.Column("misses", sa.Integer, nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.Text, comment="submitted, link, closed, gone"),
)

RECORDED = sa.Table(
    "recorded_answer",
    METADATA,
    sa.Column("media_id", sa.Text, primary_key=True),
    sa.Column("assignment_id", sa.Text, nullable=False, index=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("question_id", sa.Text, nullable=False),
    sa.Column("student_ids", sa.JSON, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False, comment="the provider's account that keeps it"),
    sa.Column("recording", sa.Text, nullable=False, comment="the provider's name for it; the sound stays there"),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("heard_at", UtcDateTime, comment="by the safeguarding lead or the principal; before, nobody else listens"),
    sa.Column("heard_by", sa.Text),
    comment="spoken answers, kept by reference",
)
