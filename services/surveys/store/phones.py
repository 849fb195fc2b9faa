"""Where surveys stand by text message and on the telephone, and what was spoken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.tables.modes import CALL, RECORDED, WALK
from shared.store import insert_rows


def walk(connection: sa.Connection, assignment_id: str) -> dict[str, Any] | None:
    return _plain(connection.execute(sa.select(WALK).where(WALK.c.assignment_id == assignment_id)).first())


def save_walk(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, WALK, [row], on_conflict="update")


def call(connection: sa.Connection, call_sid: str) -> dict[str, Any] | None:
    """Held until the transaction ends, so that a turn told twice at once is taken once."""
    return _plain(connection.execute(sa.select(CALL).where(CALL.c.call_sid == call_sid).with_for_update()).first())


def save_call(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, CALL, [row], on_conflict="update")


def keep_recording(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, RECORDED, [row], on_conflict="ignore")


def recording(connection: sa.Connection, media_id: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(RECORDED).where(RECORDED.c.media_id == media_id)).first()


def recordings(connection: sa.Connection, assignment_id: str) -> list[sa.Row[Any]]:
    """What was spoken for an assignment, oldest first."""
    query = sa.select(RECORDED).where(RECORDED.c.assignment_id == assignment_id).order_by(RECORDED.c.at, RECORDED.c.media_id)
    return list(connection.execute(query))


def mark_heard(connection: sa.Connection, media_id: str, *, by: str, now: datetime) -> None:
    """Somebody who may has listened first; the first time stands."""
    unheard = sa.and_(RECORDED.c.media_id == media_id, RECORDED.c.heard_at.is_(None))
    connection.execute(sa.update(RECORDED).where(unheard).values(heard_at=now, heard_by=by))


def end_calls(connection: sa.Connection, assignment_id: str, outcome: str, now: datetime) -> None:
    """Calls of an assignment that nobody has ended: who hung up has no last word."""
    on = sa.and_(CALL.c.assignment_id == assignment_id, CALL.c.ended_at.is_(None))
    connection.execute(sa.update(CALL).where(on).values(outcome=outcome, ended_at=now))


def _plain(row: sa.Row[Any] | None) -> dict[str, Any] | None:
    """For writing back: names of columns that SQL would quote are of a kind that JSON's writer does not take."""
    return None if row is None else {str(name): value for name, value in row._mapping.items()}
