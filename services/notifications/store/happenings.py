"""Single happenings that figures count: notes, letters, answers, nights, promises, alerts; the first word on each holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.figures import Event
from services.notifications.store.people import STUDENT
from services.notifications.tables import CADENCE, DELIVERY, LETTER, MESSAGE, REPLY
from services.notifications.tables.reach import REACH_EVENT
from services.notifications.tables.rhythm import NOTE
from shared.store import insert_rows

Row = Mapping[str, Any]
_EVENT_COLUMNS = ["what", "source_id", "school_id", "student_id", "guardian_id", "at", "n", "value"]


def note_events(connection: sa.Connection, since: datetime, alerts: Sequence[Row]) -> None:
    """Notes, letters, answers, nights; each once. `alerts`: rows made by the handler, who knows the calendars."""
    sources = {
        Event.POSITIVE: _notes(Event.POSITIVE, since),
        Event.CONCERN: _notes(Event.CONCERN, since),
        Event.LETTER: _letters(since),
    }
    for what, query in sources.items():
        known = sa.select(REACH_EVENT.c.source_id).where(REACH_EVENT.c.what == what.value)
        found = query.subquery()
        fresh = sa.select(sa.literal(what.value), *found.c).where(found.c.source_id.not_in(known))
        connection.execute(sa.insert(REACH_EVENT).from_select(_EVENT_COLUMNS, fresh))
    save_events(connection, [*_answers(connection, since), *_nights(connection, since), *alerts])


def save_events(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """The first word on each holds."""
    if rows:
        insert_rows(connection, REACH_EVENT, [{"run_id": None, **row} for row in rows], on_conflict="ignore")


def alerts_since(connection: sa.Connection, since: datetime) -> list[Row]:
    """Early alerts told to families: (message_id, school_id, created_at)."""
    query = sa.select(MESSAGE.c.message_id, MESSAGE.c.school_id, MESSAGE.c.created_at).where(
        MESSAGE.c.catalogue_key == "alert.early", MESSAGE.c.created_at >= since, MESSAGE.c.school_id.is_not(None)
    )
    return list(connection.execute(query).mappings())


def _notes(what: Event, since: datetime) -> sa.Select[Any]:
    """Personal notes with an example, each once however many homes it went to: what balance counts."""
    return (
        sa.select(
            NOTE.c.message_id.label("source_id"),
            STUDENT.c.school_id,
            NOTE.c.student_id,
            sa.null().label("guardian_id"),
            NOTE.c.at,
            sa.literal(1).label("n"),
            sa.literal(1.0).label("value"),
        )
        .join(STUDENT, STUDENT.c.student_id == NOTE.c.student_id)
        .where(NOTE.c.kind == what.value, NOTE.c.example, NOTE.c.at >= since)
    )


def _letters(since: datetime) -> sa.Select[Any]:
    return sa.select(
        LETTER.c.letter_id.label("source_id"),
        sa.func.coalesce(LETTER.c.school_id, "").label("school_id"),
        sa.null().label("student_id"),
        LETTER.c.guardian_id,
        LETTER.c.queued_at.label("at"),
        sa.literal(1).label("n"),
        sa.literal(1.0).label("value"),
    ).where(LETTER.c.queued_at >= since)


def _answers(connection: sa.Connection, since: datetime) -> list[Row]:
    """Hours from a family's words to the first words of a person after them."""
    known = sa.select(REACH_EVENT.c.source_id).where(REACH_EVENT.c.what == Event.ANSWER.value)
    query = (
        sa.select(
            REPLY.c.reply_id,
            REPLY.c.guardian_id,
            REPLY.c.received_at,
            sa.func.min(DELIVERY.c.created_at).label("answered_at"),
            sa.func.min(MESSAGE.c.school_id).label("school_id"),
        )
        .join(
            DELIVERY,
            sa.and_(DELIVERY.c.recipient_id == REPLY.c.guardian_id, DELIVERY.c.created_at > REPLY.c.received_at),
        )
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(
            REPLY.c.received_at >= since,
            REPLY.c.open_kind.is_(None),
            REPLY.c.reply_id.not_in(known),
            MESSAGE.c.sender_id.is_not(None),
            MESSAGE.c.catalogue_key.is_(None),
            MESSAGE.c.personal,
        )
        .group_by(REPLY.c.reply_id, REPLY.c.guardian_id, REPLY.c.received_at)
    )
    return [
        event(
            Event.ANSWER,
            row.reply_id,
            school_id=row.school_id or "",
            at=row.answered_at,
            guardian_id=row.guardian_id,
            value=(row.answered_at - row.received_at).total_seconds() / 3600,
        )
        for row in connection.execute(query)
    ]


def _nights(connection: sa.Connection, since: datetime) -> list[Row]:
    query = sa.select(CADENCE).where(CADENCE.c.on >= since.date())
    return [
        event(
            Event.CADENCE,
            f"{row.school_id}:{row.on.isoformat()}",
            school_id=row.school_id,
            at=datetime.combine(row.on, datetime.min.time(), tzinfo=since.tzinfo),
            n=row.students,
            value=float(row.students - row.gaps),
        )
        for row in connection.execute(query)
    ]


def event(
    what: Event,
    source_id: str,
    *,
    school_id: str,
    at: datetime,
    n: int = 1,
    value: float = 1.0,
    student_id: str | None = None,
    guardian_id: str | None = None,
) -> dict[str, Any]:
    """A row of `reach_event`."""
    return {
        "what": what.value,
        "source_id": source_id,
        "school_id": school_id,
        "student_id": student_id,
        "guardian_id": guardian_id,
        "at": at,
        "n": n,
        "value": value,
    }
