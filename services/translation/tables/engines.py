"""What the engines were paid for, by month: the meter of the district's budget."""

from __future__ import annotations

import sqlalchemy as sa

from services.translation.tables.core import METADATA
from shared.store import UtcDateTime

ENGINE_SPENT = sa.Table(
    "engine_spent",
    METADATA,
    sa.Column("month", sa.Text, primary_key=True, comment="2026-11, in UTC, as vendors bill"),
    sa.Column("engine", sa.Text, primary_key=True),
    sa.Column("characters", sa.BigInteger, nullable=False),
    sa.Column("microdollars", sa.BigInteger, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)
