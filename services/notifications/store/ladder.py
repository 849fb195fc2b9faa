"""Who is on the ladder, and the calls that people are to make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables import DELIVERY, MESSAGE, REPLY, TASK
from services.notifications.tables.paper import CALL, LADDER
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def silent(
    connection: sa.Connection,
    school_id: str,
    kinds: Iterable[str],
    *,
    but: Iterable[str],
    since: datetime,
    until: datetime,
    after: str,
    limit: int,
) -> list[Row]:
    """Deliveries of these kinds that went in that time, were not opened and are not on the ladder, and the last reply.

    `but`: texts of the catalogue that are followed elsewhere, as is what asks a question. A page from `after` on.
    """
    asks_nothing = sa.or_(DELIVERY.c.opens.is_(sa.null()), sa.cast(DELIVERY.c.opens, sa.Text) == "null")
    of_interest = sa.or_(MESSAGE.c.catalogue_key.is_(None), MESSAGE.c.catalogue_key.not_in(sorted(but)))
    query = (
        sa.select(
            DELIVERY.c.delivery_id,
            DELIVERY.c.message_id,
            DELIVERY.c.recipient_id,
            DELIVERY.c.school_id,
            DELIVERY.c.language,
            DELIVERY.c.channel,
            DELIVERY.c.tried,
            DELIVERY.c.sent_at,
            DELIVERY.c.delivered_at,
            DELIVERY.c.opened_at,
            DELIVERY.c.students,
            MESSAGE.c.kind,
            MESSAGE.c.category,
            MESSAGE.c.sender_id,
            _ANSWERED.label("answered_at"),
        )
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .outerjoin(LADDER, LADDER.c.delivery_id == DELIVERY.c.delivery_id)
        .where(
            MESSAGE.c.school_id == school_id,
            MESSAGE.c.created_at >= since,
            MESSAGE.c.created_at <= until,
            MESSAGE.c.kind.in_(sorted(kinds)),
            MESSAGE.c.recalled_at.is_(None),
            of_interest,
            asks_nothing,
            DELIVERY.c.delivery_id > after,
            DELIVERY.c.recipient_kind == "guardian",
            DELIVERY.c.state.in_(("sent", "delivered", "unknown")),
            DELIVERY.c.opened_at.is_(None),
            DELIVERY.c.sent_at <= until,
            LADDER.c.delivery_id.is_(None),
        )
        .order_by(DELIVERY.c.delivery_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


_ANSWERED = (
    sa.select(sa.func.max(REPLY.c.received_at, type_=REPLY.c.received_at.type))
    .where(REPLY.c.guardian_id == DELIVERY.c.recipient_id)
    .scalar_subquery()
)


def climbing(connection: sa.Connection, school_id: str) -> list[Row]:
    """Every open step of the school's ladder with what is known of its delivery."""
    query = (
        sa.select(
            LADDER,
            DELIVERY.c.message_id,
            DELIVERY.c.students,
            DELIVERY.c.language,
            DELIVERY.c.params,
            DELIVERY.c.state.label("delivery_state"),
            DELIVERY.c.sent_at,
            DELIVERY.c.created_at,
            DELIVERY.c.delivered_at,
            DELIVERY.c.opened_at,
            MESSAGE.c.kind,
            MESSAGE.c.source_language,
            _ANSWERED.label("answered_at"),
        )
        .join(DELIVERY, DELIVERY.c.delivery_id == LADDER.c.delivery_id)
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(LADDER.c.school_id == school_id, LADDER.c.ended_at.is_(None))
        .order_by(LADDER.c.began_at, LADDER.c.delivery_id)
    )
    return list(connection.execute(query).mappings())


def end_steps(connection: sa.Connection, ids: Iterable[str], how: str, now: datetime) -> None:
    """These left the ladder; the first reason holds."""
    connection.execute(
        sa.update(LADDER)
        .where(among(LADDER.c.delivery_id, sorted(set(ids))), LADDER.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=how)
    )


def save_calls(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """A person is to call about these: `rows` of `call`."""
    if rows:
        insert_rows(connection, CALL, rows, on_conflict="ignore")
        connection.execute(
            sa.update(LADDER).where(among(LADDER.c.delivery_id, [row["delivery_id"] for row in rows])).values(called=True)
        )


def tasks_of_deliveries(connection: sa.Connection, ids: Iterable[str]) -> list[str]:
    return list(connection.execute(sa.select(CALL.c.task_id).where(among(CALL.c.delivery_id, ids))).scalars())


# whatever else asks for a call shows on the same list
CALL_KINDS = ("call_home", "call_instead", "call_back", "call_round", "call_to_book", "checkin_missed")


def calls(connection: sa.Connection, school_ids: Iterable[str], *, limit: int = 100) -> list[Row]:
    """Open calls of these schools, what is due first first, with whom to call and about what."""
    query = (
        sa.select(TASK, CALL.c.delivery_id, sa.func.coalesce(CALL.c.tries, 0).label("tries"), CALL.c.outcome)
        .outerjoin(CALL, CALL.c.task_id == TASK.c.task_id)
        .where(among(TASK.c.school_id, school_ids), TASK.c.kind.in_(CALL_KINDS), TASK.c.closed_at.is_(None))
        .order_by(TASK.c.due_at, TASK.c.created_at, TASK.c.task_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def call(connection: sa.Connection, task_id: str) -> Row | None:
    """One open call."""
    query = (
        sa.select(TASK, CALL.c.delivery_id, sa.func.coalesce(CALL.c.tries, 0).label("tries"))
        .outerjoin(CALL, CALL.c.task_id == TASK.c.task_id)
        .where(TASK.c.task_id == task_id, TASK.c.kind.in_(CALL_KINDS), TASK.c.closed_at.is_(None))
    )
    return connection.execute(query).mappings().first()


def called(connection: sa.Connection, row: Row, *, due_at: datetime | None, now: datetime) -> None:
    """How a call went (`row` of `call`); the task is due again then, or done."""
    insert_rows(connection, CALL, [row], on_conflict="update")
    change: dict[str, Any] = {"closed_at": now} if due_at is None else {"due_at": due_at}
    connection.execute(sa.update(TASK).where(TASK.c.task_id == row["task_id"]).values(**change))


def put_off(connection: sa.Connection, task_id: str, *, due_at: datetime | None, now: datetime) -> None:
    """A call that no letter led to: due again then, or done."""
    change: dict[str, Any] = {"closed_at": now} if due_at is None else {"due_at": due_at}
    connection.execute(sa.update(TASK).where(TASK.c.task_id == task_id).values(**change))


def unopened_of(connection: sa.Connection, guardian_id: str, *, since: datetime, limit: int) -> list[Row]:
    """What has gone to this guardian since then and was not opened, the newest first."""
    query = (
        sa.select(DELIVERY.c.delivery_id, DELIVERY.c.channel)
        .where(
            DELIVERY.c.recipient_id == guardian_id,
            DELIVERY.c.created_at >= since,
            DELIVERY.c.sent_at.is_not(None),
            DELIVERY.c.opened_at.is_(None),
            DELIVERY.c.state.in_(("sent", "delivered", "letter", "unknown")),
        )
        .order_by(DELIVERY.c.created_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
