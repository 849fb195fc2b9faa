"""Feeds, answers that calendars sent, and other times that they proposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.store import journeys_iep
from services.scheduling.store.meetings import BOOKED
from services.scheduling.tables import MEETING
from services.scheduling.tables.bookings import PARTY
from services.scheduling.tables.calendars import CALENDAR_ANSWER, COUNTER, FEED
from shared.store import insert_rows

OPEN = "open"


def feed(connection: sa.Connection, feed_id: str) -> Any:
    return connection.execute(sa.select(FEED).where(FEED.c.feed_id == feed_id)).first()


def feed_of(connection: sa.Connection, kind: str, owner_id: str) -> Any:
    """The person's feed that works, the newest."""
    query = (
        sa.select(FEED)
        .where(FEED.c.owner_kind == kind, FEED.c.owner_id == owner_id, FEED.c.revoked_at.is_(None))
        .order_by(FEED.c.made_at.desc(), FEED.c.feed_id.desc())
    )
    return connection.execute(query).first()


def add_feed(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, FEED, [row], on_conflict="ignore")


def revoke_feeds(connection: sa.Connection, kind: str, owner_id: str, now: datetime) -> None:
    connection.execute(
        sa.update(FEED)
        .where(FEED.c.owner_kind == kind, FEED.c.owner_id == owner_id, FEED.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def meetings_of(connection: sa.Connection, kind: str, owner_ids: Collection[str], since: datetime) -> list[Any]:
    """What stands on the calendars of members of staff, also of those who only take part, or of guardians: booked meetings, and
    special-education meetings; each with its `owner_id`."""
    if not owner_ids:
        return []
    on = (MEETING.c.state == BOOKED, MEETING.c.end_at > since)
    own = MEETING.c.staff_id if kind == "staff" else MEETING.c.guardian_id
    query: Any = sa.select(own.label("owner_id"), *MEETING.c).where(own.in_(owner_ids), *on)
    if kind == "staff":
        others = (
            sa.select(PARTY.c.staff_id.label("owner_id"), *MEETING.c)
            .join(MEETING, MEETING.c.meeting_id == PARTY.c.meeting_id)
            .where(PARTY.c.staff_id.in_(owner_ids), *on)
        )
        query = sa.union(query, others)
    found = [*connection.execute(query), *journeys_iep.on_calendars(connection, kind, owner_ids, since)]
    return sorted(found, key=lambda row: (row.start_at, row.meeting_id))


def answers(connection: sa.Connection, meeting_ids: Collection[str]) -> dict[tuple[str, str], Any]:
    """The last word of each reader, by meeting and kind of reader."""
    query = sa.select(CALENDAR_ANSWER).where(CALENDAR_ANSWER.c.meeting_id.in_(meeting_ids))
    return {(row.meeting_id, row.reader_kind): row for row in connection.execute(query)}


def answers_of(connection: sa.Connection, staff_id: str, now: datetime) -> list[Any]:
    """What calendars answered about this member of staff's meetings to come, with the meeting."""
    query = (
        sa.select(CALENDAR_ANSWER, MEETING.c.start_at, MEETING.c.student_id, MEETING.c.school_id)
        .join(MEETING, MEETING.c.meeting_id == CALENDAR_ANSWER.c.meeting_id)
        .where(MEETING.c.staff_id == staff_id, MEETING.c.state == BOOKED, MEETING.c.start_at > now)
        .order_by(MEETING.c.start_at, CALENDAR_ANSWER.c.reader_kind)
    )
    return list(connection.execute(query))


def save_answers(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Later words over earlier ones, by the stamp that the calendar program put on them."""
    if rows:
        insert_rows(connection, CALENDAR_ANSWER, rows, on_conflict="update", newer_by="stamp")


def add_counters(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Proposals, each instead of an open one about the same meeting; returns the ids of those that are new."""
    if not rows:
        return []
    written = insert_rows(connection, COUNTER, rows, on_conflict="ignore", returning="counter_id")
    new = [row for row in rows if row["counter_id"] in set(written)]
    connection.execute(
        sa.update(COUNTER)
        .where(
            COUNTER.c.meeting_id.in_([row["meeting_id"] for row in new]),
            COUNTER.c.counter_id.notin_([row["counter_id"] for row in new]),
            COUNTER.c.state == OPEN,
        )
        .values(state="replaced")
    )
    return written


def counters_of(connection: sa.Connection, staff_id: str, now: datetime) -> list[Any]:
    """Proposals that wait for this member of staff, of meetings that stand as they did."""
    query = (
        sa.select(
            COUNTER,
            MEETING.c.start_at.label("now_at"),
            MEETING.c.student_id,
            MEETING.c.guardian_id,
            MEETING.c.school_id,
        )
        .join(MEETING, MEETING.c.meeting_id == COUNTER.c.meeting_id)
        .where(
            MEETING.c.staff_id == staff_id,
            MEETING.c.state == BOOKED,
            MEETING.c.sequence == COUNTER.c.sequence,
            COUNTER.c.state == OPEN,
            COUNTER.c.start_at > now,
        )
        .order_by(COUNTER.c.start_at)
    )
    return list(connection.execute(query))


def counter(connection: sa.Connection, counter_id: str) -> Any:
    return connection.execute(sa.select(COUNTER).where(COUNTER.c.counter_id == counter_id)).first()


def settle_counter(connection: sa.Connection, counter_id: str, state: str, now: datetime) -> bool:
    """False where somebody else has settled it."""
    query = (
        sa.update(COUNTER)
        .where(COUNTER.c.counter_id == counter_id, COUNTER.c.state == OPEN)
        .values(state=state, settled_at=now)
    )
    return connection.execute(query).rowcount == 1
