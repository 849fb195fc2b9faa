"""People's own words, their translations, and what waits for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.loop import PRIORITY, READS, SAYING, WORDS, WORDS_IN
from shared.store import insert_rows

Rows = Sequence[Mapping[str, Any]]


def write(connection: sa.Connection, rows: Rows) -> None:
    if rows:
        insert_rows(connection, WORDS, rows, on_conflict="ignore")


def ask(connection: sa.Connection, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """(text, language) pairs that nobody has asked for yet, from now on asked for."""
    wanted = sorted(set(pairs))
    if not wanted:
        return set()
    query = sa.select(WORDS_IN.c.text_id, WORDS_IN.c.language).where(WORDS_IN.c.text_id.in_({text for text, _ in wanted}))
    fresh = set(wanted) - {(row.text_id, row.language) for row in connection.execute(query)}
    rows = [{"text_id": text, "language": language, "machine": False, "labelled": False} for text, language in sorted(fresh)]
    if rows:
        insert_rows(connection, WORDS_IN, rows, on_conflict="ignore")
    return fresh


def tell(connection: sa.Connection, rows: Rows) -> list[str]:
    """`b_*`: what translation has answered; returns the texts of ours among them."""
    ids = {row["b_text_id"] for row in rows}
    query = sa.select(WORDS_IN.c.text_id).where(WORDS_IN.c.text_id.in_(ids), WORDS_IN.c.told_at.is_(None)).distinct()
    ours = set(connection.execute(query).scalars())
    mine = [dict(row) for row in rows if row["b_text_id"] in ours]
    if mine:
        connection.execute(
            sa.update(WORDS_IN)
            .where(WORDS_IN.c.text_id == sa.bindparam("b_text_id"), WORDS_IN.c.language == sa.bindparam("b_language"))
            .values(
                text=sa.bindparam("b_text"),
                machine=sa.bindparam("b_machine"),
                labelled=sa.bindparam("b_labelled"),
                told_at=sa.bindparam("b_told_at"),
            ),
            mine,
        )
    return sorted(ours)


def words(connection: sa.Connection, text_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(WORDS).where(WORDS.c.text_id.in_(set(text_ids))))
    return {row.text_id: row for row in rows}


def translations(connection: sa.Connection, text_ids: Iterable[str]) -> dict[tuple[str, str], Any]:
    """By text and language, the unanswered ones too."""
    rows = connection.execute(sa.select(WORDS_IN).where(WORDS_IN.c.text_id.in_(set(text_ids))))
    return {(row.text_id, row.language): row for row in rows}


def wait(connection: sa.Connection, rows: Rows) -> None:
    if rows:
        insert_rows(connection, SAYING, rows, on_conflict="ignore")


def waiting(connection: sa.Connection, ids: Collection[str] | None = None) -> list[Any]:
    """What has not been said yet: all, or those named; nobody else says them meanwhile."""
    query = sa.select(SAYING).where(SAYING.c.said_at.is_(None))
    if ids is not None:
        query = query.where(SAYING.c.saying_id.in_(ids))
    return list(connection.execute(query.order_by(SAYING.c.made_at, SAYING.c.saying_id).with_for_update()))


def said(connection: sa.Connection, ids: Collection[str], now: datetime) -> None:
    connection.execute(sa.update(SAYING).where(SAYING.c.saying_id.in_(ids)).values(said_at=now))


def set_languages(connection: sa.Connection, rows: Rows) -> None:
    if rows:
        insert_rows(connection, READS, rows, on_conflict="update", newer_by="version")


def languages(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, str]:
    """The language a guardian asked for; who asked for none is absent."""
    query = sa.select(READS.c.guardian_id, READS.c.language).where(
        READS.c.guardian_id.in_(set(guardian_ids)), READS.c.language.is_not(None)
    )
    return {row.guardian_id: row.language for row in connection.execute(query)}


def set_priorities(connection: sa.Connection, rows: Rows) -> None:
    if rows:
        insert_rows(connection, PRIORITY, rows, on_conflict="update")


def priorities(connection: sa.Connection, student_id: str) -> dict[str, str]:
    """What each guardian of the student said matters most."""
    rows = connection.execute(sa.select(PRIORITY.c.guardian_id, PRIORITY.c.text).where(PRIORITY.c.student_id == student_id))
    return {row.guardian_id: row.text for row in rows}
