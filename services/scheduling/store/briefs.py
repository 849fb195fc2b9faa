"""What a teacher should know before a meeting, a row per student."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import BRIEF
from shared.store import insert_rows

EMPTY: dict[str, Any] = {
    "strengths_school": 0,
    "strengths_home": 0,
    "last_contact_at": None,
    "last_contact_mode": None,
    "gap_days": None,
    "concerns": 0,
    "last_topic": None,
    "surveys_answered": 0,
    "alert_score": None,
}


def read(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By student; those nothing is known of are absent."""
    rows = connection.execute(sa.select(BRIEF).where(BRIEF.c.student_id.in_(set(student_ids)))).mappings()
    return {row["student_id"]: dict(row) for row in rows}


def locked(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rows to be changed in this transaction, made where there were none; nobody else changes them meanwhile."""
    ids = sorted(set(student_ids))
    insert_rows(connection, BRIEF, [{"student_id": each, **EMPTY} for each in ids], on_conflict="ignore")
    query = sa.select(BRIEF).where(BRIEF.c.student_id.in_(ids)).order_by(BRIEF.c.student_id).with_for_update()
    return {row["student_id"]: {str(name): value for name, value in row.items()} for row in connection.execute(query).mappings()}


def write(connection: sa.Connection, briefs: Mapping[str, Mapping[str, Any]]) -> None:
    insert_rows(connection, BRIEF, list(briefs.values()), on_conflict="update")
