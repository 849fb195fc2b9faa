"""Office hours, what limits them, and what staff and guardians have already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.domain.windows import Booked, Interval
from services.scheduling.tables import BOUNDARY, MEETING, OFFICE_HOURS, PREFERENCE
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY
from services.scheduling.tables.bookings import TAKEN
from shared.store import among, epoch_seconds, insert_rows

BOOKED = "booked"


def office_hours(connection: sa.Connection, staff_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(OFFICE_HOURS).where(among(OFFICE_HOURS.c.staff_id, staff_ids)))
    return {row.staff_id: row for row in rows}


def set_office_hours(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(connection, OFFICE_HOURS, rows, on_conflict="update")


def limits(connection: sa.Connection, staff_ids: Iterable[str]) -> dict[str, Any]:
    """What limits their hours; nobody who has set nothing is in it."""
    rows = connection.execute(sa.select(AVAILABILITY).where(among(AVAILABILITY.c.staff_id, staff_ids)))
    return {row.staff_id: row for row in rows}


def set_limits(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, AVAILABILITY, [row], on_conflict="update")


def preferences(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(PREFERENCE).where(PREFERENCE.c.guardian_id.in_(set(guardian_ids))))
    return {row.guardian_id: row for row in rows}


def set_preferences(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(connection, PREFERENCE, rows, on_conflict="update", newer_by="version")


def set_boundaries(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(connection, BOUNDARY, rows, on_conflict="update", newer_by="version")


def external_busy(
    connection: sa.Connection, staff_ids: Iterable[str], *, start: datetime, until: datetime
) -> dict[str, list[Interval]]:
    """When these members of staff are busy elsewhere between `start` and `until`."""
    query = sa.select(EXTERNAL_BUSY.c.staff_id, EXTERNAL_BUSY.c.start_at, EXTERNAL_BUSY.c.end_at).where(
        among(EXTERNAL_BUSY.c.staff_id, staff_ids), EXTERNAL_BUSY.c.end_at > start, EXTERNAL_BUSY.c.start_at < until
    )
    found: dict[str, list[Interval]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.staff_id].append(Interval(row.start_at, row.end_at))
    return found


def staff_taken(
    connection: sa.Connection,
    staff_ids: Iterable[str],
    *,
    start: datetime,
    until: datetime,
    now: datetime,
    but: Collection[str] = (),
) -> list[Any]:
    """What these members of staff have in [start, until): meetings, also as one of a team, and holds that still count.

    In seconds since 1970: `start` and `end` with buffers; `begins` and `ends` of the meeting itself, with its `mode`; null of
    a hold.
    """
    query = (
        sa.select(
            TAKEN.c.resource_id.label("staff_id"),
            epoch_seconds(TAKEN.c.start_at).label("start"),
            epoch_seconds(TAKEN.c.end_at).label("end"),
            epoch_seconds(MEETING.c.start_at).label("begins"),
            epoch_seconds(MEETING.c.end_at).label("ends"),
            MEETING.c.mode,
        )
        .outerjoin(MEETING, MEETING.c.meeting_id == TAKEN.c.meeting_id)
        .where(
            TAKEN.c.kind == "staff",
            among(TAKEN.c.resource_id, staff_ids),
            TAKEN.c.end_at > start,
            TAKEN.c.start_at < until,
            sa.or_(TAKEN.c.until.is_(None), TAKEN.c.until > now),
            TAKEN.c.meeting_id.not_in(set(but)),
        )
    )
    return list(connection.execute(query).all())  # by the thousand: not one by one


def busy(
    connection: sa.Connection,
    *,
    staff_ids: Iterable[str] = (),
    guardian_ids: Iterable[str] = (),
    since: datetime,
    but: Iterable[str] = (),
) -> tuple[dict[str, list[Interval]], dict[str, list[Interval]]]:
    """Booked time from `since`: of staff, each with the buffer after it, and of guardians; meetings named in `but` do not count."""
    wanted_staff, wanted_home = set(staff_ids), set(guardian_ids)
    query = sa.select(
        MEETING.c.staff_id, MEETING.c.guardian_id, MEETING.c.start_at, MEETING.c.end_at, MEETING.c.blocked_until
    ).where(
        MEETING.c.state == BOOKED,
        MEETING.c.blocked_until > since,
        MEETING.c.meeting_id.not_in(set(but)),
        sa.or_(MEETING.c.staff_id.in_(wanted_staff), MEETING.c.guardian_id.in_(wanted_home)),
    )
    staff: dict[str, list[Interval]] = defaultdict(list)
    home: dict[str, list[Interval]] = defaultdict(list)
    for row in connection.execute(query):
        if row.staff_id in wanted_staff:
            meeting = Interval(row.start_at, row.end_at)
            staff[row.staff_id].append(Booked(row.start_at, row.blocked_until, meeting))
        if row.guardian_id in wanted_home:
            home[row.guardian_id].append(Interval(row.start_at, row.end_at))
    return staff, home
