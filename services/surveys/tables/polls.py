"""Questions decided together, what came of them, and the pulse of a term."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.tables.core import METADATA
from shared.store import UtcDateTime

POLL = sa.Table(
    "poll",
    METADATA,
    sa.Column("poll_id", sa.Text, primary_key=True, comment="its survey, campaign and round carry the same id"),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("class_id", sa.Text),
    sa.Column("version", sa.Text, comment="what was asked; null until the translations are there"),
    sa.Column("method", sa.Text, nullable=False, comment="plurality, approval, ranked"),
    sa.Column("quorum", sa.Integer, nullable=False, comment="percent of the homes asked that must answer"),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False, comment="labels in the order of their digits"),
    sa.Column("language", sa.Text, nullable=False, comment="of question and options as they were written"),
    sa.Column("texts", sa.JSON, nullable=False, comment="language -> the question, then the options"),
    sa.Column("awaited", sa.JSON, nullable=False, comment="languages whose translation is still to come"),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closes_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("result", sa.JSON, comment="frozen at the close: what was published then stays"),
    sa.Column("decision", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", UtcDateTime),
)

PULSE_SCORE = sa.Table(
    "pulse_score",
    METADATA,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("term", sa.Text, nullable=False),
    sa.Column("mean", sa.Float, comment="null where it is hidden"),
    sa.Column("margin", sa.Float),
    sa.Column("n", sa.Integer),
    sa.Column("invited", sa.Integer, nullable=False),
    sa.Column("suppressed", sa.Boolean, nullable=False),
    sa.Column("ranked", sa.JSON, nullable=False, comment="needs in order, with how many named them"),
    sa.Column("at", UtcDateTime, nullable=False),
)
