"""Quotas, versions and what a submit leaves."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.tables.core import METADATA
from shared.store import UtcDateTime

QUOTA_COUNT = sa.Table(
    "quota_count",
    METADATA,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("quota_id", sa.Text, primary_key=True),
    sa.Column("taken", sa.Integer, nullable=False, comment="counted up in the transaction of the response that takes a place"),
)

CODE = sa.Table(
    "answer_code",
    METADATA,
    sa.Column("code_hash", sa.Text, primary_key=True, comment="the code itself stands on paper only"),
    sa.Column("assignment_id", sa.Text, nullable=False, unique=True),
    sa.Column("attempt", sa.Integer, nullable=False, comment="above 0 where two derived codes met"),
    sa.Column("misses", sa.Integer, nullable=False, comment="wrong PINs in a row"),
    sa.Column("barred_until", UtcDateTime),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    comment="eight characters and a PIN, for paper and telephone",
)
