"""Threads with their clocks, and words from senders whom nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK, SCHOOL, STAFF, TEACHES
from services.notifications.tables import CONTACT, DELIVERY, MESSAGE, STAFF_CARD
from services.notifications.tables.conversation import REPLY_PLACE, THREAD, UNKNOWN_WORDS
from services.notifications.tables.points import CONTACT_POINT
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def senders(connection: sa.Connection, channel: str, address: str) -> list[str]:
    """Guardians who have this number or address for the channel: from the roster, or given later; sorted."""
    if channel == "email":
        roster = sa.func.lower(GUARDIAN.c.email) == address.lower()
        point = sa.and_(CONTACT_POINT.c.channel == "email", sa.func.lower(CONTACT_POINT.c.address) == address.lower())
    else:
        numbers = [GUARDIAN.c.sms == address] + ([GUARDIAN.c.phone == address] if channel == "voice" else [])
        roster = sa.or_(*numbers)
        kinds = ("sms", "voice", "whatsapp")  # a number is its owner's, whichever way it writes
        point = sa.and_(CONTACT_POINT.c.channel.in_(kinds), CONTACT_POINT.c.address == address)
    query = sa.union(
        sa.select(GUARDIAN.c.guardian_id).where(roster),
        sa.select(CONTACT_POINT.c.guardian_id).where(point, CONTACT_POINT.c.active),
    )
    return sorted(connection.execute(query).scalars())


def school_ids(connection: sa.Connection) -> list[str]:
    """The district's schools."""
    return list(connection.execute(sa.select(SCHOOL.c.school_id).order_by(SCHOOL.c.school_id)).scalars())


def cards(connection: sa.Connection, staff_ids: Iterable[str | None]) -> dict[str, Row]:
    """Contact cards by member of staff."""
    query = sa.select(STAFF_CARD).where(among(STAFF_CARD.c.staff_id, staff_ids))
    return {row["staff_id"]: row for row in connection.execute(query).mappings()}


def of_role(connection: sa.Connection, role: str, school_ids: Iterable[str | None]) -> dict[str, str]:
    """One active member of staff with that role by school (the principal, the counselor)."""
    wanted = set(school_ids)
    query = (
        sa.select(STAFF.c.staff_id, STAFF.c.school_ids)
        .where(STAFF.c.active, STAFF.c.role == role)
        .order_by(STAFF.c.staff_id.desc())  # what comes last holds: the first id
    )
    return {school: row.staff_id for row in connection.execute(query) for school in row.school_ids if school in wanted}


def thread(connection: sa.Connection, guardian_id: str) -> Row | None:
    return connection.execute(sa.select(THREAD).where(THREAD.c.guardian_id == guardian_id)).mappings().first()


def save_threads(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, THREAD, rows, on_conflict="update")


def change_threads(connection: sa.Connection, guardian_ids: Iterable[str], values: Mapping[str, Any]) -> None:
    """The same change to several."""
    connection.execute(sa.update(THREAD).where(among(THREAD.c.guardian_id, guardian_ids)).values(**values))


def spoken_to_since() -> sa.ColumnElement[bool]:
    """Whether staff have answered in another way: a note of their own, or a call that was logged."""
    note = (
        sa.select(DELIVERY.c.delivery_id)
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(
            DELIVERY.c.recipient_id == THREAD.c.guardian_id,
            DELIVERY.c.created_at > THREAD.c.last_words_at,
            DELIVERY.c.state != "refused",
            MESSAGE.c.sender_id.is_not(None),
            MESSAGE.c.personal,
            MESSAGE.c.catalogue_key.is_(None),
        )
        .exists()
    )
    call = (
        sa.select(CONTACT.c.contact_id)
        .where(CONTACT.c.guardian_id == THREAD.c.guardian_id, CONTACT.c.at > THREAD.c.last_words_at, CONTACT.c.live)
        .exists()
    )
    return sa.or_(note, call)


def settle_answered(connection: sa.Connection, now: datetime, *, of: Iterable[str] | None = None) -> None:
    """Threads whose guardian has since had a note or a call are answered."""
    query = sa.update(THREAD).where(THREAD.c.answered_at.is_(None), spoken_to_since())
    if of is not None:
        query = query.where(among(THREAD.c.guardian_id, of))
    connection.execute(query.values(answered_at=now))


def waiting(connection: sa.Connection, guardian_ids: Iterable[str]) -> list[Row]:
    """Those of the threads that still wait for an answer."""
    query = sa.select(THREAD).where(among(THREAD.c.guardian_id, guardian_ids), THREAD.c.answered_at.is_(None))
    return list(connection.execute(query).mappings())


def threads_of(
    connection: sa.Connection,
    now: datetime,
    *,
    taught_by: str | None = None,
    school_ids: Iterable[str] | None = None,
    limit: int = 100,
) -> list[Row]:
    """For a list: who waits longest first, then the answered ones.

    `taught_by`: families of a teacher's students, without words that still wait for staff's hours; else those of the
    schools, or of all where none are named.
    """
    answered = sa.or_(THREAD.c.answered_at.is_not(None), spoken_to_since())
    query = (
        sa.select(THREAD, answered.label("answered"), GUARDIAN.c.given_name, GUARDIAN.c.family_name, GUARDIAN.c.language)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == THREAD.c.guardian_id)
        .order_by(
            answered,
            sa.case((answered, None), else_=THREAD.c.due_at),
            sa.case((answered, None), else_=THREAD.c.opened_at),
            THREAD.c.last_words_at.desc(),
        )
        .limit(limit)
    )
    if taught_by is not None:
        family = (
            sa.select(GUARDIAN_LINK.c.guardian_id)
            .join(TEACHES, TEACHES.c.student_id == GUARDIAN_LINK.c.student_id)
            .where(TEACHES.c.staff_id == taught_by, GUARDIAN_LINK.c.active)
        )
        query = query.where(
            sa.or_(THREAD.c.guardian_id.in_(family), THREAD.c.owner_id == taught_by), THREAD.c.shown_from <= now
        )
    elif school_ids is not None:
        query = query.where(among(THREAD.c.school_id, school_ids))
    return list(connection.execute(query).mappings())


def save_places(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, REPLY_PLACE, rows, on_conflict="ignore")


def save_unknown(connection: sa.Connection, row: Row) -> bool:
    """False where these very words came before."""
    return bool(insert_rows(connection, UNKNOWN_WORDS, [row], on_conflict="ignore", returning="words_id"))


def unknown_words(connection: sa.Connection, school_ids: Iterable[str] | None, *, limit: int = 100) -> list[Row]:
    """What waits for the office, oldest first: words to one of these schools, and those that may be any school's."""
    query = sa.select(UNKNOWN_WORDS).where(UNKNOWN_WORDS.c.settled_at.is_(None))
    if school_ids is not None:
        query = query.where(
            sa.or_(UNKNOWN_WORDS.c.school_id.is_(None), among(UNKNOWN_WORDS.c.school_id, school_ids))
        )
    return list(connection.execute(query.order_by(UNKNOWN_WORDS.c.received_at).limit(limit)).mappings())


def settle_unknown(connection: sa.Connection, words_id: str, values: Mapping[str, Any]) -> Row | None:
    """Close one, once; the row as it was, or None where there is none waiting."""
    mine = sa.and_(UNKNOWN_WORDS.c.words_id == words_id, UNKNOWN_WORDS.c.settled_at.is_(None))
    row = connection.execute(sa.select(UNKNOWN_WORDS).where(mine)).mappings().first()
    if row is not None:
        connection.execute(sa.update(UNKNOWN_WORDS).where(mine).values(**values))
    return row
