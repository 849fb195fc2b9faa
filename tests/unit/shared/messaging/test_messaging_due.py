"""Due work: the item at fault waits, its neighbours do not; inbox rows that have served go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from shared.clock import SimulatedClock
from shared.messaging.due_poller import DuePoller
from shared.messaging.inbox import Inbox
from shared.messaging.runtime import Runtime
from shared.messaging.tables import DUE_WORK, INBOX
from shared.messaging.uow import DueItem, UnitOfWork
from shared.store import insert_rows


def test_of_many_due_at_one_instant_only_the_one_at_fault_is_put_off(runtime: Runtime) -> None:
    with runtime.unit_of_work("notifications", "metro") as uow:
        for number in range(9):
            uow.schedule("reminder", f"r-{number}", uow.now)
    done: list[str] = []

    def remind(_uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        if any(item.key == "r-4" for item in items):
            raise ValueError
        done.extend(item.key for item in items)

    poller = DuePoller(runtime, "notifications", {"reminder": remind}, list)
    while poller.round("metro"):
        pass
    assert sorted(done) == [f"r-{number}" for number in range(9) if number != 4]
    with runtime.databases.transaction("notifications", "metro") as connection:
        left = connection.execute(sa.select(DUE_WORK.c.key, DUE_WORK.c.attempts)).all()
    assert [tuple(row) for row in left] == [("r-4", 1)]


def test_inbox_rows_past_their_keep_are_forgotten_by_the_poller(runtime: Runtime, clock: SimulatedClock) -> None:
    def nothing(*_: Any) -> None:
        """No event comes."""

    with runtime.databases.transaction("notifications", "metro") as connection:
        insert_rows(connection, INBOX, [{"event_id": "old", "received_at": clock.now()}])
    clock.advance_to(clock.now() + timedelta(days=15))
    box = Inbox(runtime, "notifications", [], nothing)
    DuePoller(runtime, "notifications", {}, lambda: [box]).round("metro")
    with runtime.databases.transaction("notifications", "metro") as connection:
        assert connection.execute(sa.select(INBOX.c.event_id)).all() == []
