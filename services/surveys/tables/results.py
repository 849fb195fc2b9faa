"""What results need beside the answers: when a survey was first opened, and the snapshots that were published."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.tables.core import METADATA
from shared.store import UtcDateTime

OPENED = sa.Table(
    "assignment_opened",
    METADATA,
    sa.Column("assignment_id", sa.Text, primary_key=True),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    comment="the first time that a guardian saw the questions, whichever way",
)

RESULT_SNAPSHOT = sa.Table(
    "result_snapshot",
    METADATA,
    sa.Column("snapshot_id", sa.Text, primary_key=True),
    sa.Column("survey_id", sa.Text, nullable=False),
    sa.Column("round", sa.Text, nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON, nullable=False, comment="what was published, and what the next must not give away"),
    sa.Index("result_snapshot_by_round", "survey_id", "round", "taken_at"),
    comment="frozen: never altered, since readers may have kept it",
)
