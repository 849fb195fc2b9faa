"""SQL of voice notes: what is to be heard, what there is, and who would rather hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.translation.tables import TEXT, TEXT_VERSION
from services.translation.tables.voice import VOICE_AUDIO, VOICE_NOTE, VOICE_WISH
from shared.directory.projection import GUARDIAN
from shared.store import among, insert_rows

Row = Mapping[str, Any]
Key = tuple[str, int, str]

DUE, MAKING, PERSON, MADE, FAILED = "due", "making", "person", "made", "failed"
_ITS_TEXT = sa.and_(TEXT.c.text_id == VOICE_NOTE.c.text_id, TEXT.c.content_version == VOICE_NOTE.c.content_version)
_SAME_TEXT = sa.and_(
    TEXT_VERSION.c.text_id == VOICE_NOTE.c.text_id,
    TEXT_VERSION.c.content_version == VOICE_NOTE.c.content_version,
    TEXT_VERSION.c.language == VOICE_NOTE.c.language,
)


def versions(connection: sa.Connection, text_ids: Iterable[str]) -> list[Row]:
    """What people wrote, in each language that it was said in, with the school. `labelled`: it is the source text, untranslated."""
    query = (
        sa.select(
            TEXT_VERSION.c.text_id,
            TEXT_VERSION.c.content_version,
            TEXT_VERSION.c.language,
            TEXT_VERSION.c.text,
            TEXT_VERSION.c.labelled,
            TEXT_VERSION.c.reasons,
            TEXT.c.school_id,
        )
        .join(
            TEXT,
            sa.and_(TEXT.c.text_id == TEXT_VERSION.c.text_id, TEXT.c.content_version == TEXT_VERSION.c.content_version),
        )
        .where(among(TEXT_VERSION.c.text_id, text_ids), TEXT.c.catalogue_key.is_(None))
        .order_by(TEXT_VERSION.c.text_id, TEXT_VERSION.c.content_version, TEXT_VERSION.c.language)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def wished_languages(connection: sa.Connection) -> set[str]:
    """Languages in which at least one guardian would rather hear than read."""
    language = sa.func.coalesce(VOICE_WISH.c.language, GUARDIAN.c.language)
    query = (
        sa.select(language)
        .distinct()
        .join(GUARDIAN, GUARDIAN.c.guardian_id == VOICE_WISH.c.guardian_id, isouter=True)
        .where(VOICE_WISH.c.by_voice.is_(True), language.is_not(None))
        .select_from(VOICE_WISH)
    )
    return set(connection.execute(query).scalars())


def save_wishes(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Older versions than what is known change nothing."""
    if rows:
        insert_rows(connection, VOICE_WISH, rows, on_conflict="update", newer_by="version")


def ask(connection: sa.Connection, rows: Sequence[Row], *, again: bool) -> None:
    """`again`: what was made of a text that has changed since is made anew; else what is known stays."""
    if rows:
        insert_rows(connection, VOICE_NOTE, rows, on_conflict="update" if again else "ignore")


def claim(connection: sa.Connection, now: datetime, until: datetime, *, limit: int) -> list[Row]:
    """What is to be made now, and what a worker took and never finished; with its text."""
    open_ = sa.or_(VOICE_NOTE.c.state == DUE, sa.and_(VOICE_NOTE.c.state == MAKING, VOICE_NOTE.c.claimed_until <= now))
    query = (
        sa.select(VOICE_NOTE, TEXT_VERSION.c.text)
        .join(TEXT_VERSION, _SAME_TEXT)
        .where(open_)
        .order_by(VOICE_NOTE.c.asked_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=VOICE_NOTE)
    )
    rows: list[Row] = [dict(row) for row in connection.execute(query).mappings()]
    change(
        connection,
        [key_of(row) for row in rows],
        {"state": MAKING, "claimed_until": until, "attempts": VOICE_NOTE.c.attempts + 1},
    )
    return rows


def change(
    connection: sa.Connection, keys: Sequence[Key], values: Mapping[str, Any], *, claim: datetime | None = None
) -> bool:
    """Whether any was changed. `claim`: only what is still held until then; what was written anew or recorded since is not."""
    if not keys:
        return False
    these = sa.tuple_(VOICE_NOTE.c.text_id, VOICE_NOTE.c.content_version, VOICE_NOTE.c.language).in_(keys)
    query = sa.update(VOICE_NOTE).where(these)
    if claim is not None:
        query = query.where(VOICE_NOTE.c.state == MAKING, VOICE_NOTE.c.claimed_until == claim)
    return bool(connection.execute(query.values(**values)).rowcount)


def audio_known(connection: sa.Connection, audio_ids: Iterable[str]) -> dict[str, int]:
    """Seconds of what is there already, by id."""
    query = sa.select(VOICE_AUDIO.c.audio_id, VOICE_AUDIO.c.seconds).where(among(VOICE_AUDIO.c.audio_id, audio_ids))
    return {row.audio_id: row.seconds for row in connection.execute(query)}


def save_audio(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, VOICE_AUDIO, rows, on_conflict="ignore")


def audio(connection: sa.Connection, audio_id: str) -> Row | None:
    row = connection.execute(sa.select(VOICE_AUDIO).where(VOICE_AUDIO.c.audio_id == audio_id)).mappings().first()
    return dict(row) if row else None


def unheard(connection: sa.Connection) -> Row | None:
    """A person's recording that no machine has listened to, with its language."""
    query = (
        sa.select(VOICE_AUDIO.c.audio_id, VOICE_AUDIO.c.phone, VOICE_NOTE.c.language)
        .join(VOICE_NOTE, VOICE_NOTE.c.audio_id == VOICE_AUDIO.c.audio_id)
        .where(VOICE_AUDIO.c.voice == "person", VOICE_AUDIO.c.heard.is_(None))
        .order_by(VOICE_AUDIO.c.made_at)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def save_heard(connection: sa.Connection, audio_id: str, heard: str) -> None:
    connection.execute(sa.update(VOICE_AUDIO).where(VOICE_AUDIO.c.audio_id == audio_id).values(heard=heard))


def keep_audio(connection: sa.Connection, audio_ids: Iterable[str], now: datetime) -> None:
    """Its time begins anew."""
    connection.execute(sa.update(VOICE_AUDIO).where(among(VOICE_AUDIO.c.audio_id, audio_ids)).values(made_at=now))


def forget_audio(connection: sa.Connection, before: datetime) -> None:
    """Sound older than its links; what was said stays as text."""
    connection.execute(sa.delete(VOICE_AUDIO).where(VOICE_AUDIO.c.made_at <= before))


def note(connection: sa.Connection, key: Key) -> Row | None:
    """One note with its text; None where nobody asked for it."""
    query = (
        sa.select(
            VOICE_NOTE,
            TEXT_VERSION.c.text,
            TEXT_VERSION.c.labelled,
            TEXT.c.source_language,
            VOICE_AUDIO.c.transcript,
            VOICE_AUDIO.c.seconds,
            VOICE_AUDIO.c.heard,
        )
        .join(TEXT_VERSION, _SAME_TEXT)
        .join(TEXT, _ITS_TEXT)
        .join(VOICE_AUDIO, VOICE_AUDIO.c.audio_id == VOICE_NOTE.c.audio_id, isouter=True)
        .where(VOICE_NOTE.c.text_id == key[0], VOICE_NOTE.c.content_version == key[1], VOICE_NOTE.c.language == key[2])
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def waiting(connection: sa.Connection, *, schools: Sequence[str] | None, limit: int = 50) -> list[Row]:
    """What waits for a person's recording, the oldest first; `schools`: of these alone, None: of all."""
    query = (
        sa.select(VOICE_NOTE, TEXT_VERSION.c.text, TEXT_VERSION.c.labelled, TEXT.c.source_language)
        .join(TEXT_VERSION, _SAME_TEXT)
        .join(TEXT, _ITS_TEXT)
        .where(VOICE_NOTE.c.state.in_((PERSON, FAILED)))
        .order_by(VOICE_NOTE.c.asked_at, VOICE_NOTE.c.text_id, VOICE_NOTE.c.language)
        .limit(limit)
    )
    if schools is not None:
        query = query.where(VOICE_NOTE.c.school_id.in_(schools))
    return [dict(row) for row in connection.execute(query).mappings()]


def key_of(row: Row) -> Key:
    return row["text_id"], row["content_version"], row["language"]
