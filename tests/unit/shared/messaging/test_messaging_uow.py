"""The unit of work: effect and events together or not at all; due work replaced, cancelled, isolated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.benches.stand import EFFECT
from shared.clock import SimulatedClock
from shared.contracts import ContractError, Lane, latest
from shared.messaging import due, outbox
from shared.messaging.due_poller import DuePoller
from shared.messaging.runtime import Runtime
from shared.messaging.tables import DUE_WORK
from shared.store import insert_rows

GRADED = "district.grade_recorded"


def data(type_: str = GRADED) -> dict[str, Any]:
    declared = latest(type_)
    return declared.load(declared.sample)


def waiting(runtime: Runtime, component: str = "directory") -> list[outbox.Outgoing]:
    with runtime.databases.transaction(component, "metro") as connection:
        return outbox.claim(connection, 100)


def test_an_event_leaves_with_the_commit(runtime: Runtime) -> None:
    rung: list[bool] = []
    runtime.outbox_bell.listen(lambda _owner: rung.append(True))
    with runtime.unit_of_work("directory", "metro") as uow:
        event_id = uow.emit(GRADED, data())
        assert not rung
    (row,) = waiting(runtime)
    assert (row.event_id, row.routing_key, row.headers) == (event_id, f"normal.{GRADED}", {"district": "metro"})
    assert rung


def test_nothing_leaves_and_nothing_stays_when_the_block_raises(runtime: Runtime) -> None:
    with pytest.raises(ZeroDivisionError), runtime.unit_of_work("directory", "metro") as uow:  # noqa: PT012
        uow.emit(GRADED, data())
        uow.schedule("reminder", "k", uow.now)
        raise ZeroDivisionError
    assert waiting(runtime) == []


def test_the_most_urgent_leave_first(runtime: Runtime) -> None:
    with runtime.unit_of_work("directory", "metro") as uow:
        for lane in (Lane.BULK, Lane.NORMAL, Lane.URGENT, Lane.BULK):
            uow.emit(GRADED, data(), lane=lane)
    assert [row.routing_key.split(".")[0] for row in waiting(runtime)] == ["urgent", "normal", "bulk", "bulk"]


def test_data_that_breaks_the_contract_is_refused_before_anything_is_written(runtime: Runtime) -> None:
    with pytest.raises(ContractError), runtime.unit_of_work("directory", "metro") as uow:
        uow.emit(GRADED, {"student_id": "s-1"})
    assert waiting(runtime) == []


def test_a_component_may_not_speak_for_another(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="may not say"), runtime.unit_of_work("directory", "metro") as uow:
        uow.emit("surveys.preference_changed", {})


def test_the_same_kind_and_key_replaces_what_was_scheduled(runtime: Runtime, clock: SimulatedClock) -> None:
    for minutes, note in ((5, "first"), (1, "second")):
        with runtime.unit_of_work("notifications", "metro") as uow:
            uow.schedule("reminder", "k", uow.now + timedelta(minutes=minutes), {"note": note})
    clock.advance_to(clock.now() + timedelta(minutes=2))
    with runtime.unit_of_work("notifications", "metro") as uow:
        (item,) = due.claim(uow, ["reminder"])
        assert item.data == {"note": "second"}


def test_cancelled_work_is_not_done_whether_written_or_not(runtime: Runtime) -> None:
    with runtime.unit_of_work("notifications", "metro") as uow:
        uow.schedule("reminder", "a", uow.now)
    with runtime.unit_of_work("notifications", "metro") as uow:
        uow.schedule("reminder", "b", uow.now)
        uow.cancel("reminder", "a", "b", "never there")
    with runtime.unit_of_work("notifications", "metro") as uow:
        assert due.claim(uow, ["reminder"]) == []


def test_what_is_not_due_yet_and_what_is_of_another_kind_stays(runtime: Runtime) -> None:
    with runtime.unit_of_work("notifications", "metro") as uow:
        uow.schedule("reminder", "later", uow.now + timedelta(seconds=1))
        uow.schedule("deadline", "now", uow.now)
    with runtime.unit_of_work("notifications", "metro") as uow:
        assert due.claim(uow, ["reminder"]) == []
        assert due.next_due(uow.connection) == uow.now


def test_an_item_that_fails_waits_ever_longer_and_keeps_no_other_from_being_done(
    runtime: Runtime, clock: SimulatedClock
) -> None:
    def handle(uow: Any, items: Any) -> None:
        if any(item.key == "bad" for item in items):
            raise ValueError
        rows = [
            {"event_id": i.key, "student_id": "s", "lane": "normal", "produced_at": uow.now, "handled_at": uow.now}
            for i in items
        ]
        insert_rows(uow.connection, EFFECT, rows)

    poller = DuePoller(runtime, "notifications", {"reminder": handle}, list)
    with runtime.unit_of_work("notifications", "metro") as uow:
        for key in ("good-1", "bad", "good-2"):
            uow.schedule("reminder", key, uow.now)
    waits = []
    for _ in range(3):
        poller.round("metro")
        with runtime.unit_of_work("notifications", "metro") as uow:
            row = uow.connection.execute(sa.select(DUE_WORK)).one()
            assert row.key == "bad"
            waits.append((row.due_at - uow.now).total_seconds())
        clock.advance_to(row.due_at)
    assert waits == [2.0, 4.0, 8.0]
    with runtime.databases.transaction("notifications", "metro") as connection:
        done = connection.execute(sa.select(EFFECT.c.event_id)).scalars().all()
    assert sorted(done) == ["good-1", "good-2"]
