"""Calendars elsewhere: which are to be looked at, what they said, and our meetings as they stand there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.availability import EXTERNAL_BUSY
from services.scheduling.tables.calendars import CALENDAR_COPY, EXTERNAL_CALENDAR
from shared.store import insert_rows

LEASE = timedelta(minutes=5)
_C = EXTERNAL_CALENDAR.c


def add(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, EXTERNAL_CALENDAR, [row])


def of_staff(connection: sa.Connection, staff_id: str) -> list[Any]:
    query = sa.select(EXTERNAL_CALENDAR).where(_C.staff_id == staff_id).order_by(_C.added_at, _C.calendar_id)
    return list(connection.execute(query))


def want(connection: sa.Connection, staff_ids: Collection[str], now: datetime) -> None:
    """Their meetings have changed: have the calendars that we write into looked at."""
    connection.execute(
        sa.update(EXTERNAL_CALENDAR)
        .where(_C.staff_id.in_(set(staff_ids)), _C.kind == "caldav", _C.wanted_at > now)
        .values(wanted_at=now)
    )


def claim(connection: sa.Connection, now: datetime, *, most: int) -> list[Any]:
    """Calendars to look at now, for us alone until the lease runs out."""
    ids = (
        sa.select(_C.calendar_id)
        .where(_C.wanted_at <= now, sa.or_(_C.claimed_until.is_(None), _C.claimed_until < now))
        .order_by(_C.wanted_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    found = list(connection.execute(ids).scalars())
    if not found:
        return []
    query = (
        sa.update(EXTERNAL_CALENDAR)
        .where(_C.calendar_id.in_(found))
        .values(claimed_until=now + LEASE)
        .returning(*EXTERNAL_CALENDAR.c)
    )
    return list(connection.execute(query))


def settle(connection: sa.Connection, calendar_id: str, values: Mapping[str, Any]) -> bool:
    """What came of it; False where the calendar has been taken off meanwhile."""
    query = sa.update(EXTERNAL_CALENDAR).where(_C.calendar_id == calendar_id).values(claimed_until=None, **values)
    return connection.execute(query).rowcount == 1


def change(connection: sa.Connection, calendar_id: str, staff_id: str, values: Mapping[str, Any]) -> bool:
    """By its owner; False where it is none of theirs."""
    query = sa.update(EXTERNAL_CALENDAR).where(_C.calendar_id == calendar_id, _C.staff_id == staff_id)
    return connection.execute(query.values(**values)).rowcount == 1


def forget(connection: sa.Connection, calendar_id: str) -> None:
    """The calendar, what we know from it, and what stands in it."""
    connection.execute(sa.delete(EXTERNAL_BUSY).where(EXTERNAL_BUSY.c.source == calendar_id))
    connection.execute(sa.delete(CALENDAR_COPY).where(CALENDAR_COPY.c.calendar_id == calendar_id))
    connection.execute(sa.delete(EXTERNAL_CALENDAR).where(_C.calendar_id == calendar_id))


def replace_busy(
    connection: sa.Connection, staff_id: str, calendar_id: str, intervals: Sequence[tuple[datetime, datetime]]
) -> None:
    """What this calendar says, whole, instead of what it said before."""
    connection.execute(sa.delete(EXTERNAL_BUSY).where(EXTERNAL_BUSY.c.source == calendar_id))
    rows = [{"staff_id": staff_id, "source": calendar_id, "start_at": begin, "end_at": end} for begin, end in intervals]
    if rows:
        insert_rows(connection, EXTERNAL_BUSY, rows, on_conflict="ignore")


def copies(connection: sa.Connection, calendar_ids: Collection[str]) -> dict[str, list[Any]]:
    """Our meetings as they were last written, by calendar."""
    found: dict[str, list[Any]] = {calendar_id: [] for calendar_id in calendar_ids}
    query = sa.select(CALENDAR_COPY).where(CALENDAR_COPY.c.calendar_id.in_(calendar_ids))
    for row in connection.execute(query):
        found[row.calendar_id].append(row)
    return found


def save_copies(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, CALENDAR_COPY, rows, on_conflict="update")


def forget_copies(connection: sa.Connection, calendar_id: str, meeting_ids: Collection[str]) -> None:
    connection.execute(
        sa.delete(CALENDAR_COPY).where(
            CALENDAR_COPY.c.calendar_id == calendar_id, CALENDAR_COPY.c.meeting_id.in_(meeting_ids)
        )
    )
