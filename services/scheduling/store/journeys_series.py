"""Series of meetings, the changes of single days, and what became of each day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.journeys import SERIES, SERIES_CHANGE, SERIES_MEETING
from shared.store import among, insert_rows

ON, CANCELLED = "on", "cancelled"


def save(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, SERIES, [row], on_conflict="update")


def by_id(connection: sa.Connection, series_ids: Collection[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(SERIES).where(among(SERIES.c.series_id, series_ids)))
    return {row.series_id: row for row in rows}


def of_staff(connection: sa.Connection, staff_id: str) -> list[Any]:
    query = sa.select(SERIES).where(SERIES.c.staff_id == staff_id, SERIES.c.state == ON)
    return list(connection.execute(query.order_by(SERIES.c.starts_on, SERIES.c.series_id)))


def on_of_students(connection: sa.Connection, student_ids: Collection[str]) -> list[Any]:
    query = sa.select(SERIES).where(among(SERIES.c.student_id, student_ids), SERIES.c.state == ON)
    return list(connection.execute(query))


def on_of_schools(connection: sa.Connection, school_ids: Collection[str], *, since: date) -> list[str]:
    """Those that have days from then on."""
    query = sa.select(SERIES.c.series_id).where(
        among(SERIES.c.school_id, school_ids), SERIES.c.state == ON, SERIES.c.ends_on >= since
    )
    return list(connection.execute(query.order_by(SERIES.c.series_id)).scalars())


def cancel(connection: sa.Connection, series_ids: Collection[str]) -> list[str]:
    query = (
        sa.update(SERIES)
        .where(among(SERIES.c.series_id, series_ids), SERIES.c.state == ON)
        .values(state=CANCELLED)
        .returning(SERIES.c.series_id)
    )
    return list(connection.execute(query).scalars())


def changes(connection: sa.Connection, series_id: str) -> list[Any]:
    query = sa.select(SERIES_CHANGE).where(SERIES_CHANGE.c.series_id == series_id).order_by(SERIES_CHANGE.c.on_day)
    return list(connection.execute(query))


def save_change(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, SERIES_CHANGE, [row], on_conflict="update")


def forget_changes(connection: sa.Connection, series_id: str, *, since: date) -> None:
    """Changes of single days from that day on: the whole series has a new rule."""
    connection.execute(
        sa.delete(SERIES_CHANGE).where(SERIES_CHANGE.c.series_id == series_id, SERIES_CHANGE.c.on_day >= since)
    )


def save_days(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, SERIES_MEETING, rows, on_conflict="update")


def days(connection: sa.Connection, series_ids: Collection[str]) -> list[Any]:
    query = sa.select(SERIES_MEETING).where(among(SERIES_MEETING.c.series_id, series_ids))
    return list(connection.execute(query.order_by(SERIES_MEETING.c.series_id, SERIES_MEETING.c.on_day)))


def forget_days(connection: sa.Connection, series_id: str, on_days: Collection[date]) -> None:
    connection.execute(
        sa.delete(SERIES_MEETING).where(SERIES_MEETING.c.series_id == series_id, SERIES_MEETING.c.on_day.in_(on_days))
    )
