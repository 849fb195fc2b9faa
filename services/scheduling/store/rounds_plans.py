"""Plans of rounds: asked for, computed by whoever holds the lease, kept with what they say; and the booked meetings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.store.rounds import plain
from services.scheduling.tables import MEETING
from services.scheduling.tables.rounds import ROUND_PLAN
from shared.store import among, insert_rows

Row = dict[str, Any]
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
_BRIEF = [column for column in ROUND_PLAN.c if column.name not in ("job", "result")]


def ask(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, ROUND_PLAN, [row])


def by_id(connection: sa.Connection, plan_id: str) -> Row | None:
    row = connection.execute(sa.select(ROUND_PLAN).where(ROUND_PLAN.c.plan_id == plan_id)).mappings().first()
    return plain(row) if row is not None else None


def of_round(connection: sa.Connection, round_id: str, *, most: int = 12) -> list[Row]:
    """The latest, newest first, without what they hold."""
    query = (
        sa.select(*_BRIEF)
        .where(ROUND_PLAN.c.round_id == round_id)
        .order_by(ROUND_PLAN.c.asked_at.desc(), ROUND_PLAN.c.plan_id.desc())
        .limit(most)
    )
    return [plain(row) for row in connection.execute(query).mappings()]


def claim(connection: sa.Connection, plan_id: str, *, until: datetime, now: datetime) -> bool:
    """Take a plan that waits, or whose computer has not been heard of since its lease ran out."""
    plan = ROUND_PLAN.c
    free = sa.or_(plan.state == WAITING, sa.and_(plan.state == RUNNING, plan.leased_until < now))
    result = connection.execute(
        sa.update(ROUND_PLAN)
        .where(plan.plan_id == plan_id, free)
        .values(state=RUNNING, leased_until=until, attempts=plan.attempts + 1, started_at=now)
    )
    return bool(result.rowcount)


def keep(connection: sa.Connection, plan_id: str, *, until: datetime) -> None:
    """Still at it."""
    connection.execute(
        sa.update(ROUND_PLAN)
        .where(ROUND_PLAN.c.plan_id == plan_id, ROUND_PLAN.c.state == RUNNING)
        .values(leased_until=until)
    )


def settle(connection: sa.Connection, plan_id: str, *, now: datetime, result: Any = None, problem: str | None = None) -> None:
    """Done, or failed for a reason; what was settled already stays so."""
    connection.execute(
        sa.update(ROUND_PLAN)
        .where(ROUND_PLAN.c.plan_id == plan_id, ROUND_PLAN.c.state.in_((WAITING, RUNNING)))
        .values(
            state=FAILED if problem else DONE, result=result, problem=problem, finished_at=now, leased_until=None
        )
    )


def again(connection: sa.Connection, plan_id: str) -> None:
    """Back to waiting."""
    connection.execute(
        sa.update(ROUND_PLAN)
        .where(ROUND_PLAN.c.plan_id == plan_id, ROUND_PLAN.c.state == RUNNING)
        .values(state=WAITING, leased_until=None)
    )


def replace_result(connection: sa.Connection, plan_id: str, result: Any) -> None:
    connection.execute(sa.update(ROUND_PLAN).where(ROUND_PLAN.c.plan_id == plan_id).values(result=result))


def booked(connection: sa.Connection, meeting_ids: Iterable[str]) -> dict[str, Row]:
    """Those of these meetings that are on."""
    query = (
        sa.select(MEETING)
        .where(among(MEETING.c.meeting_id, meeting_ids), MEETING.c.state == "booked")
        .order_by(MEETING.c.start_at)
    )
    return {row["meeting_id"]: plain(row) for row in connection.execute(query).mappings()}
