"""Print runs, what became of each letter, the ladder to paper and phone, and calls that people make."""

from __future__ import annotations

import sqlalchemy as sa

from services.notifications.tables.core import METADATA
from shared.store import UtcDateTime

PRINT_RUN = sa.Table(
    "print_run",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("duplex", sa.Boolean, nullable=False, comment="each letter begins on an odd page"),
    sa.Column("letters", sa.Integer, nullable=False, comment="when it was asked for; some may be pulled since"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Index("print_run_by_school", "school_id", "asked_at"),
)

PRINT_PART = sa.Table(
    "print_part",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True, comment="from 1"),
    sa.Column("state", sa.Text, nullable=False, comment="asked, making, made, failed"),
    sa.Column("due_at", UtcDateTime, comment="may be made; while making, when another worker may take it over"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("letters", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
    sa.Column("missing", sa.Text, comment="characters that no font here has, as U+0378; null: none"),
    sa.Column("pdf", sa.LargeBinary, comment="dropped once all its letters are settled"),
    sa.Column("made_at", UtcDateTime),
    sa.Index("print_part_open", "state", "due_at"),
    comment="a run in pieces: what a worker that died leaves is made again, and memory stays bounded",
)

LETTER_STATE = sa.Table(
    "letter_state",
    METADATA,
    sa.Column("letter_id", sa.Text, primary_key=True),
    sa.Column("school_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False, comment="domain.paper.LetterState"),
    sa.Column("why", sa.Text, comment="domain.ladder.Reason"),
    sa.Column("run_id", sa.Text),
    sa.Column("part", sa.Integer),
    sa.Column("place", sa.Integer, comment="in its part, from 1"),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("settled_by", sa.Text),
    sa.Index("letter_state_by_school", "school_id", "state"),
    sa.Index("letter_state_by_run", "run_id", "part"),
    comment="beside `letter`: where each stands",
)

LADDER = sa.Table(
    "ladder",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("guardian_id", sa.Text, nullable=False),
    sa.Column("school_id", sa.Text),
    sa.Column("reason", sa.Text, nullable=False, comment="domain.ladder.Reason"),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("call_at", UtcDateTime, comment="a person calls from then on; null: no call for this kind of message"),
    sa.Column("called", sa.Boolean, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ended_by", sa.Text, comment="domain.ladder.End"),
    sa.Index("ladder_open", "school_id", "ended_at", "call_at"),
    comment="messages that no screen brought across",
)

CALL = sa.Table(
    "call",
    METADATA,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, comment="the last one: domain.ladder.CallOutcome"),
    sa.Column("outcome_at", UtcDateTime),
    sa.Column("outcome_by", sa.Text),
    comment="the message that a call task is about, and how the call went",
)
