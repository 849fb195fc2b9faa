"""All SQL of translation: set-based, explicit columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.translation.domain.memory import Entry
from services.translation.store import memory
from services.translation.store.memory import remembered as remembered  # asked for by its callers here
from services.translation.tables import MEMORY, REVIEW, SIGNATURE, TEXT, TEXT_VERSION
from shared.store import insert_rows

Row = Mapping[str, Any]


def versions(connection: sa.Connection, text_ids: Iterable[str]) -> dict[tuple[str, int, str], Row]:
    """What has been translated of these texts, by (text, content version, language)."""
    wanted = sorted(set(text_ids))
    rows = connection.execute(sa.select(TEXT_VERSION).where(TEXT_VERSION.c.text_id.in_(wanted))).mappings()
    return {(row["text_id"], row["content_version"], row["language"]): dict(row) for row in rows}


def text(connection: sa.Connection, text_id: str) -> Row | None:
    """The newest content version of a text."""
    query = sa.select(TEXT).where(TEXT.c.text_id == text_id).order_by(TEXT.c.content_version.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def versions_of(connection: sa.Connection, text_id: str, content_version: int) -> list[Row]:
    """Every language of one text."""
    query = (
        sa.select(TEXT_VERSION)
        .where(TEXT_VERSION.c.text_id == text_id, TEXT_VERSION.c.content_version == content_version)
        .order_by(TEXT_VERSION.c.language)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def save_texts(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, TEXT, rows, on_conflict="ignore")


def save_versions(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, TEXT_VERSION, rows, on_conflict="update")


def remember(
    connection: sa.Connection, entry: Entry, *, source: str, target: str, approved_by: str, now: datetime
) -> None:
    """The newest approval of a text wins."""
    memory.remember(connection, [entry], source=source, target=target, approved_by=approved_by, now=now)


def memory_page(connection: sa.Connection, *, limit: int = 50) -> list[Row]:
    """The newest approvals."""
    query = sa.select(MEMORY).order_by(MEMORY.c.approved_at.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def signatures(connection: sa.Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """(key, language) → (version, by whom), as the translator wants them; a few hundred rows at most."""
    query = sa.select(SIGNATURE.c.key, SIGNATURE.c.language, SIGNATURE.c.version, SIGNATURE.c.approved_by)
    return {(row.key, row.language): (row.version, row.approved_by) for row in connection.execute(query)}


def sign(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, SIGNATURE, rows, on_conflict="update")


def waiting_reviews(connection: sa.Connection, *, schools: Sequence[str] | None, limit: int = 50) -> list[Row]:
    """Open reviews with their text, the most urgent first; `schools`: of these alone, None: of all."""
    same_text = sa.and_(TEXT.c.text_id == REVIEW.c.text_id, TEXT.c.content_version == REVIEW.c.content_version)
    query = (
        sa.select(REVIEW, TEXT.c.text, TEXT.c.source_language)
        .join(TEXT, same_text)
        .where(REVIEW.c.closed_at.is_(None))
        .order_by(REVIEW.c.due_at, REVIEW.c.text_id, REVIEW.c.language)
        .limit(limit)
    )
    if schools is not None:
        query = query.where(TEXT.c.school_id.in_(schools))
    return [dict(row) for row in connection.execute(query).mappings()]
