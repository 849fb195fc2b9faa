"""Promises and the share of them that is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.domain.promises import Rate, State
from services.scheduling.tables import COMMITMENT
from services.scheduling.tables.loop import PROMISE_TO
from shared.store import insert_rows


def add(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(connection, COMMITMENT, rows, on_conflict="ignore")


def by_id(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(COMMITMENT).where(COMMITMENT.c.commitment_id.in_(set(ids))))
    return {row.commitment_id: row for row in rows}


def made_to(connection: sa.Connection, commitment_id: str, staff_id: str) -> None:
    """A guardian's promise, and who at school it was made to."""
    row = {"commitment_id": commitment_id, "staff_id": staff_id}
    insert_rows(connection, PROMISE_TO, [row], on_conflict="ignore")


def told(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Whom at school guardians' promises were made to."""
    rows = connection.execute(sa.select(PROMISE_TO).where(PROMISE_TO.c.commitment_id.in_(set(ids))))
    return {row.commitment_id: row.staff_id for row in rows}


def made_to_staff(connection: sa.Connection, staff_id: str) -> list[Any]:
    """Guardians' promises to a member of staff, not yet done, the most urgent first."""
    query = (
        sa.select(COMMITMENT)
        .join(PROMISE_TO, PROMISE_TO.c.commitment_id == COMMITMENT.c.commitment_id)
        .where(PROMISE_TO.c.staff_id == staff_id, COMMITMENT.c.done_at.is_(None))
        .order_by(COMMITMENT.c.due_on, COMMITMENT.c.commitment_id)
    )
    return list(connection.execute(query))


def mark_reminded(connection: sa.Connection, ids: Collection[str], now: datetime) -> list[Any]:
    """Those still open and not yet reminded of."""
    query = (
        sa.update(COMMITMENT)
        .where(COMMITMENT.c.commitment_id.in_(ids), COMMITMENT.c.state == State.OPEN, COMMITMENT.c.reminded_at.is_(None))
        .values(reminded_at=now)
        .returning(*COMMITMENT.c)
    )
    return list(connection.execute(query))


def mark_missed(connection: sa.Connection, ids: Collection[str]) -> list[Any]:
    """Those still open when their day has passed."""
    query = (
        sa.update(COMMITMENT)
        .where(COMMITMENT.c.commitment_id.in_(ids), COMMITMENT.c.state == State.OPEN)
        .values(state=State.MISSED)
        .returning(*COMMITMENT.c)
    )
    return list(connection.execute(query))


def mark_done(connection: sa.Connection, commitment_id: str, now: datetime) -> Any | None:
    """Done, in time or late; None when it was done before. A promise kept late stays missed in the rate."""
    query = (
        sa.update(COMMITMENT)
        .where(COMMITMENT.c.commitment_id == commitment_id, COMMITMENT.c.done_at.is_(None))
        .values(
            done_at=now, state=sa.case((COMMITMENT.c.state == State.OPEN, State.KEPT.value), else_=COMMITMENT.c.state)
        )
        .returning(*COMMITMENT.c)
    )
    return connection.execute(query).first()


def of_owner(connection: sa.Connection, owner_id: str) -> list[Any]:
    """Not yet done, the most urgent first."""
    query = (
        sa.select(COMMITMENT)
        .where(COMMITMENT.c.owner_id == owner_id, COMMITMENT.c.done_at.is_(None))
        .order_by(COMMITMENT.c.due_on, COMMITMENT.c.commitment_id)
    )
    return list(connection.execute(query))


def rate(connection: sa.Connection, school_id: str) -> Rate:
    """Of the school's own promises: families are not counted."""
    settled = sa.func.count()
    kept = sa.func.coalesce(sa.func.sum(sa.case((COMMITMENT.c.state == State.KEPT, 1), else_=0)), 0)
    query = sa.select(settled, kept).where(
        COMMITMENT.c.school_id == school_id,
        COMMITMENT.c.owner_kind == "staff",
        COMMITMENT.c.state.in_((State.KEPT, State.MISSED)),
    )
    row = connection.execute(query).one()
    return Rate(int(row[0]), int(row[1]))
