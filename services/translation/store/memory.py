"""The translation memory: asked by key, read by pair of languages, written only with who approved it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.translation.domain.languages import normal
from services.translation.domain.memory import Approved, Entry, comparable, in_context
from services.translation.tables.core import MEMORY
from shared.store import among, insert_rows

Row = Mapping[str, Any]
_CHUNK = 10_000


def remembered(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Approved]:
    """Approved translations by memory key."""
    query = sa.select(MEMORY.c.key, MEMORY.c.target_text, MEMORY.c.approved_by).where(among(MEMORY.c.key, keys))
    return {key: Approved(key, text, by) for key, text, by in connection.execute(query)}


def remember(
    connection: sa.Connection,
    entries: Sequence[Entry],
    *,
    source: str,
    target: str,
    approved_by: str,
    now: datetime,
    origin: str = "approval",
    kept: Sequence[Mapping[str, Any] | None] = (),
) -> None:
    """The newest approval of a text speaks for every context; an older one that differs stays for its own alone."""
    more = list(kept) or [None] * len(entries)
    common = {
        "source_language": normal(source),
        "target_language": normal(target),
        "approved_by": approved_by,
        "approved_at": now,
        "origin": origin,
    }

    rows: dict[str, dict[str, Any]] = {
        entry.key: {
            "key": entry.key,
            "source_text": entry.source_text,
            "target_text": entry.target_text,
            "context": entry.context,
            "slots": entry.slots,
            "kept": extra,
            **common,
        }
        for entry, extra in zip(entries, more, strict=True)
    }
    before = by_keys(connection, rows)
    aside = [
        {**old, "key": in_context(key, old["context"])}
        for key, old in before.items()
        if old["context"] not in ("", rows[key]["context"]) and old["target_text"] != rows[key]["target_text"]
    ]
    outdated = [in_context(key, row["context"]) for key, row in rows.items() if row["context"] and key in before]
    if outdated:
        connection.execute(sa.delete(MEMORY).where(among(MEMORY.c.key, outdated)))
    if rows:
        insert_rows(connection, MEMORY, [*rows.values(), *aside], on_conflict="update")


def by_keys(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Row]:
    """Whole entries."""
    found = connection.execute(sa.select(MEMORY).where(among(MEMORY.c.key, keys))).mappings()
    return {row["key"]: dict(row) for row in found}


def comparables(
    connection: sa.Connection, *, source: str, target: str, since: datetime | None = None
) -> Iterator[tuple[str, str]]:
    """(key, text as it is compared) of a pair of languages, streamed; `since`: approved at that time or later."""
    query = sa.select(MEMORY.c.key, MEMORY.c.source_text).where(
        MEMORY.c.source_language == normal(source), MEMORY.c.target_language == normal(target)
    )
    if since is not None:
        query = query.where(MEMORY.c.approved_at >= since)
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": _CHUNK})
    for key, text in result:
        yield key, comparable(text)


def concordance(connection: sa.Connection, words: str, *, target: str | None, limit: int = 50) -> list[Row]:
    """Entries in which these words stand, on either side, the newest first."""
    pattern = "%" + words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    query = (
        sa.select(MEMORY)
        .where(
            sa.or_(MEMORY.c.source_text.ilike(pattern, escape="\\"), MEMORY.c.target_text.ilike(pattern, escape="\\"))
        )
        .order_by(MEMORY.c.approved_at.desc(), MEMORY.c.key)
        .limit(limit)
    )
    if target:
        query = query.where(MEMORY.c.target_language == normal(target))
    return [dict(row) for row in connection.execute(query).mappings()]


def everything(connection: sa.Connection, *, source: str | None = None, target: str | None = None) -> Iterator[Row]:
    """All entries, streamed in the order of their source texts."""
    query = sa.select(MEMORY).order_by(
        MEMORY.c.source_language, MEMORY.c.source_text, MEMORY.c.target_language, MEMORY.c.key
    )
    if source:
        query = query.where(MEMORY.c.source_language == normal(source))
    if target:
        query = query.where(MEMORY.c.target_language == normal(target))
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": 2_000})
    for row in result.mappings():
        yield dict(row)


def forget(connection: sa.Connection, key: str) -> bool:
    """Whether it was there."""
    return connection.execute(sa.delete(MEMORY).where(MEMORY.c.key == key)).rowcount > 0
