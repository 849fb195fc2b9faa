"""Notes after a conversation with their corrections, disagreements with both sides' words, referrals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING
from services.scheduling.tables.loop import CORRECTION, DISAGREEMENT, NOTE, REFERRAL, VIEW
from shared.directory.projection import STAFF
from shared.store import insert_rows

Row = Mapping[str, Any]
ASKED = "asked"
OPEN = "open"


def add_note(connection: sa.Connection, row: Row) -> bool:
    """False where that meeting has its note already."""
    if row["meeting_id"] is not None:
        taken = sa.select(NOTE.c.note_id).where(NOTE.c.meeting_id == row["meeting_id"])
        if connection.execute(taken).first() is not None:
            return False
    insert_rows(connection, NOTE, [row], on_conflict="error")
    return True


def notes(connection: sa.Connection, note_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(NOTE).where(NOTE.c.note_id.in_(set(note_ids))))
    return {row.note_id: row for row in rows}


def notes_of(connection: sa.Connection, staff_id: str) -> list[Any]:
    query = sa.select(NOTE).where(NOTE.c.staff_id == staff_id).order_by(NOTE.c.said_at.desc()).limit(50)
    return list(connection.execute(query))


def settle_notes(connection: sa.Connection, note_ids: Collection[str], state: str, *, only: Collection[str]) -> list[Any]:
    """Set the state of those in one of the states `only`; returns their rows."""
    query = (
        sa.update(NOTE)
        .where(NOTE.c.note_id.in_(note_ids), NOTE.c.state.in_(only))
        .values(state=state)
        .returning(*NOTE.c)
    )
    return list(connection.execute(query))


def correct(connection: sa.Connection, row: Row) -> bool:
    """False where these very words came before."""
    return bool(insert_rows(connection, CORRECTION, [row], on_conflict="ignore", returning="correction_id"))


def corrections(connection: sa.Connection, note_ids: Collection[str]) -> list[Any]:
    query = sa.select(CORRECTION).where(CORRECTION.c.note_id.in_(note_ids)).order_by(CORRECTION.c.said_at)
    return list(connection.execute(query))


def without_note(connection: sa.Connection, staff_id: str, now: datetime, since: datetime) -> list[Any]:
    """Meetings of a member of staff that are over and have no note yet, newest first."""
    query = (
        sa.select(MEETING)
        .outerjoin(NOTE, NOTE.c.meeting_id == MEETING.c.meeting_id)
        .where(
            MEETING.c.staff_id == staff_id,
            MEETING.c.state.in_(("booked", "held")),
            MEETING.c.end_at <= now,
            MEETING.c.end_at > since,
            NOTE.c.note_id.is_(None),
        )
        .order_by(MEETING.c.end_at.desc())
    )
    return list(connection.execute(query))


def open_disagreement(connection: sa.Connection, row: Row) -> bool:
    """False where that very disagreement is known."""
    return bool(insert_rows(connection, DISAGREEMENT, [row], on_conflict="ignore", returning="disagreement_id"))


def add_view(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, VIEW, [row], on_conflict="error")


def views(connection: sa.Connection, disagreement_ids: Collection[str]) -> list[Any]:
    query = sa.select(VIEW).where(VIEW.c.disagreement_id.in_(disagreement_ids)).order_by(VIEW.c.disagreement_id, VIEW.c.n)
    return list(connection.execute(query))


def disagreements(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(DISAGREEMENT).where(DISAGREEMENT.c.disagreement_id.in_(set(ids))))
    return {row.disagreement_id: row for row in rows}


def of_plans(connection: sa.Connection, plan_ids: Collection[str]) -> list[Any]:
    query = sa.select(DISAGREEMENT).where(DISAGREEMENT.c.plan_id.in_(plan_ids)).order_by(DISAGREEMENT.c.opened_at)
    return list(connection.execute(query))


def at_schools(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    """Open ones first, the oldest first."""
    query = sa.select(DISAGREEMENT).where(DISAGREEMENT.c.school_id.in_(school_ids))
    return list(connection.execute(query.order_by(DISAGREEMENT.c.state != OPEN, DISAGREEMENT.c.opened_at).limit(200)))


def set_mediation(connection: sa.Connection, disagreement_id: str, offer_id: str) -> None:
    connection.execute(
        sa.update(DISAGREEMENT).where(DISAGREEMENT.c.disagreement_id == disagreement_id).values(offer_id=offer_id)
    )


def close_disagreement(connection: sa.Connection, disagreement_id: str, outcome: str, *, by: str, now: datetime) -> Any | None:
    """The row, or None where it was closed before."""
    query = (
        sa.update(DISAGREEMENT)
        .where(DISAGREEMENT.c.disagreement_id == disagreement_id, DISAGREEMENT.c.state == OPEN)
        .values(state=outcome, closed_at=now, closed_by=by)
        .returning(*DISAGREEMENT.c)
    )
    return connection.execute(query).first()


def heads(connection: sa.Connection, school_ids: Collection[str], *roles: str) -> dict[str, str]:
    """By school the first active member of staff of the first of these roles that it has."""
    query = sa.select(STAFF.c.staff_id, STAFF.c.role, STAFF.c.school_ids).where(STAFF.c.active, STAFF.c.role.in_(roles))
    rows = sorted(connection.execute(query.order_by(STAFF.c.staff_id.desc())), key=lambda row: -roles.index(row.role))
    return {school: row.staff_id for row in rows for school in row.school_ids or [] if school in school_ids}


def add_referrals(connection: sa.Connection, rows: list[dict[str, Any]]) -> set[str]:
    """Ids of those that were not known yet."""
    if not rows:
        return set()
    return set(insert_rows(connection, REFERRAL, rows, on_conflict="ignore", returning="referral_id"))


def referrals(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    query = sa.select(REFERRAL).where(REFERRAL.c.school_id.in_(school_ids))
    return list(connection.execute(query.order_by(REFERRAL.c.state != OPEN, REFERRAL.c.due_at).limit(200)))


def referral(connection: sa.Connection, referral_id: str) -> Any | None:
    return connection.execute(sa.select(REFERRAL).where(REFERRAL.c.referral_id == referral_id)).first()


def referral_done(connection: sa.Connection, referral_id: str, now: datetime) -> None:
    connection.execute(
        sa.update(REFERRAL)
        .where(REFERRAL.c.referral_id == referral_id, REFERRAL.c.state == OPEN)
        .values(state="done", done_at=now)
    )


def supported(connection: sa.Connection, student_ids: Collection[str]) -> set[str]:
    """Students whose family is being helped: that, and nothing more, is what teachers see."""
    query = sa.select(REFERRAL.c.student_id).where(REFERRAL.c.student_id.in_(student_ids), REFERRAL.c.state == OPEN)
    return set(connection.execute(query).scalars())
