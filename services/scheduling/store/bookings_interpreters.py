"""Who speaks what, and the interpreters that meetings have asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.bookings import INTERPRETATION, SPEAKS
from shared.directory.projection import STAFF
from shared.store import among, insert_rows

REQUESTED, ASSIGNED, UNFILLED, OFF = "requested", "assigned", "unfilled", "off"


def speakers(connection: sa.Connection, languages: Collection[str]) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
    """(languages of each member of staff who speaks them, who interprets each), active staff only."""
    query = (
        sa.select(SPEAKS.c.staff_id, SPEAKS.c.language, SPEAKS.c.interprets)
        .join(STAFF, STAFF.c.staff_id == SPEAKS.c.staff_id)
        .where(among(SPEAKS.c.language, languages), STAFF.c.active)
        .order_by(SPEAKS.c.staff_id)
    )
    by_person: dict[str, set[str]] = defaultdict(set)
    by_language: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        by_person[row.staff_id].add(row.language)
        if row.interprets:
            by_language[row.language].append(row.staff_id)
    return by_person, by_language


def spoken(connection: sa.Connection) -> list[Any]:
    """Everything that was entered, with names."""
    query = (
        sa.select(SPEAKS, STAFF.c.given_name, STAFF.c.family_name, STAFF.c.school_ids)
        .join(STAFF, STAFF.c.staff_id == SPEAKS.c.staff_id)
        .where(STAFF.c.active)
        .order_by(SPEAKS.c.language, STAFF.c.family_name, STAFF.c.given_name)
    )
    return list(connection.execute(query))


def staff_of(connection: sa.Connection, schools: Collection[str]) -> list[Any]:
    """Active staff of these schools (of all, where none is named), for a picker."""
    query = (
        sa.select(STAFF.c.staff_id, STAFF.c.given_name, STAFF.c.family_name, STAFF.c.school_ids)
        .where(STAFF.c.active)
        .order_by(STAFF.c.family_name, STAFF.c.given_name)
    )
    return [row for row in connection.execute(query) if not schools or set(schools) & set(row.school_ids)]


def set_speaks(connection: sa.Connection, staff_id: str, language: str, *, interprets: bool) -> None:
    row = {"staff_id": staff_id, "language": language, "interprets": interprets}
    insert_rows(connection, SPEAKS, [row], on_conflict="update")


def unset_speaks(connection: sa.Connection, staff_id: str, language: str) -> None:
    connection.execute(sa.delete(SPEAKS).where(SPEAKS.c.staff_id == staff_id, SPEAKS.c.language == language))


def by_meeting(connection: sa.Connection, meeting_ids: Collection[str], *, lock: bool = False) -> dict[str, Any]:
    query = sa.select(INTERPRETATION).where(among(INTERPRETATION.c.meeting_id, meeting_ids))
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.meeting_id: row for row in rows}


def save(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, INTERPRETATION, rows, on_conflict="update")


def settle(
    connection: sa.Connection,
    meeting_ids: Collection[str],
    state: str,
    *,
    interpreter_id: str | None = None,
    fallback: str | None = None,
) -> None:
    connection.execute(
        sa.update(INTERPRETATION)
        .where(among(INTERPRETATION.c.meeting_id, meeting_ids))
        .values(state=state, interpreter_id=interpreter_id, fallback=fallback)
    )


def of_interpreter(connection: sa.Connection, interpreter_id: str, since: datetime) -> list[Any]:
    """What they have accepted, and what waits for somebody who interprets their languages."""
    own = sa.select(SPEAKS.c.language).where(SPEAKS.c.staff_id == interpreter_id, SPEAKS.c.interprets)
    query = (
        sa.select(INTERPRETATION)
        .where(
            INTERPRETATION.c.end_at > since,
            sa.or_(
                sa.and_(INTERPRETATION.c.state == ASSIGNED, INTERPRETATION.c.interpreter_id == interpreter_id),
                sa.and_(INTERPRETATION.c.state.in_([REQUESTED, UNFILLED]), INTERPRETATION.c.language.in_(own)),
            ),
        )
        .order_by(INTERPRETATION.c.start_at)
    )
    return list(connection.execute(query))
