"""Special-education meetings, the record of attempts (rows are only ever added), and parents' answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.journeys import ATTEMPT, IEP_ANSWER, IEP_MEETING
from shared.store import among, insert_rows, update_rows

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
