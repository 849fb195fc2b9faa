"""Special-education meetings, the record of attempts (rows are only ever added), and parents' answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.bookings import TAKEN
from services.scheduling.tables.journeys import ATTEMPT, IEP_ANSWER, IEP_MEETING
from shared.store import UtcDateTime, among, insert_rows, update_rows

PLANNED, NOTICED, HELD, HELD_WITHOUT, CANCELLED = "planned", "noticed", "held", "held_without_parent", "cancelled"
OPEN = (PLANNED, NOTICED)


def save(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, IEP_MEETING, [row], on_conflict="error")


def change(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Some columns of one meeting, named by its id."""
    update_rows(connection, IEP_MEETING, [row], key="iep_meeting_id")


def by_id(connection: sa.Connection, meeting_id: str) -> Any | None:
    return connection.execute(sa.select(IEP_MEETING).where(IEP_MEETING.c.iep_meeting_id == meeting_id)).first()


def locked(connection: sa.Connection, meeting_id: str) -> Any:
    """The meeting, with nobody else appending to its record meanwhile."""
    query = sa.select(IEP_MEETING).where(IEP_MEETING.c.iep_meeting_id == meeting_id).with_for_update()
    return connection.execute(query).one()


def of_schools(connection: sa.Connection, school_ids: Collection[str], states: Collection[str]) -> list[Any]:
    query = sa.select(IEP_MEETING).where(among(IEP_MEETING.c.school_id, school_ids), IEP_MEETING.c.state.in_(states))
    return list(connection.execute(query.order_by(IEP_MEETING.c.start_at)))


def on_calendars(connection: sa.Connection, kind: str, owner_ids: Collection[str], since: datetime) -> list[Any]:
    """Meetings of teams that members of staff are in, or of which guardians have had notice, as rows like a meeting's.

    `owner_id` is whose calendar it belongs to; a guardian sees the meeting while the notice that they had still holds.
    """
    if kind == "staff":
        owner, link, states = TAKEN.c.resource_id, TAKEN.c.meeting_id, (*OPEN, HELD, HELD_WITHOUT)
        own = sa.and_(TAKEN.c.kind == "staff", among(owner, owner_ids))
    else:
        owner, link, states = ATTEMPT.c.guardian_id, ATTEMPT.c.iep_meeting_id, (NOTICED, HELD, HELD_WITHOUT)
        own = sa.and_(among(owner, owner_ids), ATTEMPT.c.content_version == IEP_MEETING.c.notice_version)
    columns = IEP_MEETING.c
    query = (
        sa.select(
            owner.label("owner_id"),
            (sa.null() if kind == "staff" else owner).label("guardian_id"),
            columns.iep_meeting_id.label("meeting_id"),
            columns.organizer_id.label("staff_id"),
            columns.student_id,
            columns.school_id,
            columns.start_at,
            columns.end_at,
            columns.sequence,
            columns.place.label("dial_in"),
            sa.func.coalesce(columns.notice_at, columns.made_at, type_=UtcDateTime).label("booked_at"),
        )
        .join(IEP_MEETING, columns.iep_meeting_id == link)
        .where(own, columns.end_at > since, columns.state.in_(states))
        .distinct()
    )
    return list(connection.execute(query))


def over(connection: sa.Connection, meeting_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these meetings that are past and were not called off."""
    query = sa.select(IEP_MEETING.c.iep_meeting_id).where(
        among(IEP_MEETING.c.iep_meeting_id, meeting_ids), IEP_MEETING.c.end_at <= now, IEP_MEETING.c.state != CANCELLED
    )
    return set(connection.execute(query).scalars())


def append(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, ATTEMPT, rows, on_conflict="error")


def last_of(connection: sa.Connection, meeting_id: str) -> Any | None:
    query = sa.select(ATTEMPT).where(ATTEMPT.c.iep_meeting_id == meeting_id)
    return connection.execute(query.order_by(ATTEMPT.c.place_in_row.desc()).limit(1)).first()


def attempts(connection: sa.Connection, meeting_id: str) -> list[Any]:
    """The record, in the order it was written."""
    query = sa.select(ATTEMPT).where(ATTEMPT.c.iep_meeting_id == meeting_id)
    return list(connection.execute(query.order_by(ATTEMPT.c.place_in_row)))


def save_answer(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, IEP_ANSWER, [row], on_conflict="update")


def answers(connection: sa.Connection, meeting_id: str) -> list[Any]:
    return list(connection.execute(sa.select(IEP_ANSWER).where(IEP_ANSWER.c.iep_meeting_id == meeting_id)))
