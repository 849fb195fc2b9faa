"""Work whose time comes: rows with `due_at`, claimed like the outbox. Timers only wake the poller; nothing sleeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from shared.messaging.tables import DUE_WORK, PARKED
from shared.messaging.uow import DueItem, UnitOfWork

BATCH = 200
_KEY = sa.tuple_(DUE_WORK.c.kind, DUE_WORK.c.key)

# built once: every poller asks these all the time
_DUE = (
    sa.select(DUE_WORK)
    .where(DUE_WORK.c.due_at <= sa.bindparam("now"), DUE_WORK.c.kind.in_(sa.bindparam("kinds", expanding=True)))
    .order_by(DUE_WORK.c.due_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_PARKED_DUE = sa.select(PARKED.c.event_id).where(PARKED.c.due_at <= sa.bindparam("now")).limit(1)


def claim(uow: UnitOfWork, kinds: Iterable[str], limit: int = BATCH) -> list[DueItem]:
    """Take and remove what is due: handled in the same transaction, so a crash leaves it due."""
    wanted = {"now": uow.now, "kinds": list(kinds), "most": limit}
    return _remove(uow, uow.connection.execute(_DUE, wanted))


def take(uow: UnitOfWork, items: Iterable[DueItem]) -> list[DueItem]:
    """Take and remove these, as far as they are still there and nobody else has them in hand."""
    keys = [(item.kind, item.key) for item in items]
    query = sa.select(DUE_WORK).where(_KEY.in_(keys)).with_for_update(skip_locked=True)
    return _remove(uow, uow.connection.execute(query))


def _remove(uow: UnitOfWork, rows: Iterable[sa.Row[Any]]) -> list[DueItem]:
    items = [DueItem(r.kind, r.key, r.due_at, r.data, r.attempts) for r in rows]
    keys = [(item.kind, item.key) for item in items]
    for start in range(0, len(keys), 200):
        uow.connection.execute(sa.delete(DUE_WORK).where(_KEY.in_(keys[start : start + 200])))
    return items


def parked_due(uow: UnitOfWork) -> bool:
    """Whether a parked event is to be tried again now."""
    return uow.connection.execute(_PARKED_DUE, {"now": uow.now}).first() is not None


def next_due(connection: sa.Connection) -> object | None:
    """When the next piece of work (or parked event) comes due; None if there is none."""
    due = connection.execute(sa.select(sa.func.min(DUE_WORK.c.due_at))).scalar()
    parked = connection.execute(sa.select(sa.func.min(PARKED.c.due_at))).scalar()
    known = [value for value in (due, parked) if value is not None]
    return min(known) if known else None
