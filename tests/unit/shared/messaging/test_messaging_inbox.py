"""The inbox: each event once; a bad one alone pays; what kills is found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from shared.benches.stand import EFFECT, HEARD
from shared.clock import SimulatedClock
from shared.contracts import latest
from shared.messaging import outbox
from shared.messaging.envelope import Event, encode, new_event
from shared.messaging.inbox import MAX_ATTEMPTS, MAX_CRASHES, Delivery, Inbox, Stopping
from shared.messaging.runtime import Runtime
from shared.messaging.tables import ATTEMPT, INBOX, OUTBOX, PARKED
from shared.messaging.uow import UnitOfWork
from shared.store import insert_rows


class Handler:
    """Writes one effect per event; raises when one of `bad` is among them; remembers the sizes it was given."""

    def __init__(self, bad: Sequence[str] = (), error: Exception | None = None) -> None:
        self.bad = set(bad)
        self.error = error or ValueError("quotes Anna")
        self.sizes: list[int] = []

    def __call__(self, _type: str, uow: UnitOfWork, events: Sequence[Event]) -> None:
        self.sizes.append(len(events))
        rows = [
            {"event_id": e.id, "student_id": "s", "lane": "normal", "produced_at": uow.now, "handled_at": uow.now}
            for e in events
        ]
        insert_rows(uow.connection, EFFECT, rows)
        if self.bad & {e.id for e in events}:
            raise self.error


def event(runtime: Runtime, **more: Any) -> tuple[str, bytes]:
    declared = latest(HEARD)
    made = new_event(
        HEARD, declared.load(declared.sample), district="metro", source="directory", now=runtime.clock.now(), **more
    )
    return made.id, encode(made, runtime.vault)


def deliveries(bodies: Sequence[tuple[str, bytes]], redelivered: int = 0) -> list[Delivery]:
    return [Delivery(body, tag, "normal", redelivered) for tag, (_, body) in enumerate(bodies, 1)]


def effects(runtime: Runtime) -> list[str]:
    return column(runtime, EFFECT.c.event_id)


def column(runtime: Runtime, wanted: sa.Column[Any]) -> list[Any]:
    with runtime.databases.transaction("notifications", "metro") as connection:
        return list(connection.execute(sa.select(wanted)).scalars())


def inbox(runtime: Runtime, handler: Any, **more: Any) -> Inbox:
    return Inbox(runtime, "notifications", [HEARD], handler, **more)


def test_a_batch_is_handled_together(runtime: Runtime) -> None:
    handler = Handler()
    bodies = [event(runtime) for _ in range(20)]
    outcome = inbox(runtime, handler).process(deliveries(bodies))
    assert (handler.sizes, outcome.reject, len(outcome.ack)) == ([20], [], 20)


def test_what_came_before_has_no_second_effect_in_the_same_batch_or_a_later_one(runtime: Runtime) -> None:
    one, other = event(runtime), event(runtime)
    box = inbox(runtime, Handler())
    box.process(deliveries([one, one]))
    outcome = box.process(deliveries([one, other, one]))
    assert sorted(effects(runtime)) == sorted([one[0], other[0]])
    assert len(outcome.ack) == 3


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 40), data=st.data())
def test_halving_finds_every_bad_one_and_no_other_suffers(runtime: Runtime, size: int, data: st.DataObject) -> None:
    bodies = [event(runtime) for _ in range(size)]
    bad = data.draw(st.sets(st.sampled_from([id_ for id_, _ in bodies]), max_size=4))
    outcome = inbox(runtime, Handler(sorted(bad))).process(deliveries(bodies))
    mine = {id_ for id_, _ in bodies}
    assert mine & set(effects(runtime)) == mine - bad
    assert mine & set(column(runtime, PARKED.c.event_id)) == bad
    assert mine & set(column(runtime, INBOX.c.event_id)) == mine - bad
    assert len(outcome.ack) == size


def test_a_parked_event_is_tried_again_with_backoff_and_then_dead_lettered(
    runtime: Runtime, clock: SimulatedClock
) -> None:
    event_id, body = event(runtime)
    box = inbox(runtime, Handler([event_id]))
    box.process(deliveries([(event_id, body)]))
    waits = []
    while column(runtime, PARKED.c.event_id):
        assert box.retry_parked("metro") == 0, "not before its time"
        due_at = column(runtime, PARKED.c.due_at)[0]
        waits.append((due_at - clock.now()).total_seconds())
        clock.advance_to(due_at)
        assert box.retry_parked("metro") == 1
    assert waits == [2.0, 4.0, 8.0, 16.0]
    assert len(waits) == MAX_ATTEMPTS - 1
    (headers,) = column(runtime, OUTBOX.c.headers)
    assert {"service": "notifications", "district": "metro", "type": HEARD, "attempts": "5"}.items() <= headers.items()
    assert "Anna" not in str(headers)


def test_a_parked_event_whose_handler_was_mended_has_its_effect_and_is_forgotten(
    runtime: Runtime, clock: SimulatedClock
) -> None:
    event_id, body = event(runtime)
    handler = Handler([event_id])
    box = inbox(runtime, handler)
    box.process(deliveries([(event_id, body)]))
    handler.bad.clear()
    clock.advance_to(clock.now() + timedelta(seconds=3))
    box.retry_parked("metro")
    assert effects(runtime) == [event_id]
    assert column(runtime, PARKED.c.event_id) == []


def test_an_event_that_ended_its_worker_three_times_is_dead_lettered_without_being_handled(runtime: Runtime) -> None:
    event_id, body = event(runtime)

    class Killed(BaseException):
        """Stands for the end of the process: nothing after it runs."""

    def kills(*_: Any) -> None:
        raise Killed

    for redelivered in range(2, 2 + MAX_CRASHES):
        with pytest.raises(Killed):
            inbox(runtime, kills).process(deliveries([(event_id, body)], redelivered))
    handler = Handler()
    outcome = inbox(runtime, handler).process(deliveries([(event_id, body)], 9))
    assert (handler.sizes, outcome.ack) == ([], [1])
    assert column(runtime, ATTEMPT.c.event_id) == []
    (headers,) = column(runtime, OUTBOX.c.headers)
    assert "event.kills_worker" in headers["reason"]


def test_a_broken_contract_is_dead_lettered_at_once(runtime: Runtime) -> None:
    event_id, body = event(runtime)
    attributes = orjson.loads(body)
    attributes["data"]["score_pct"] = "much"
    inbox(runtime, Handler()).process(deliveries([(event_id, orjson.dumps(attributes))]))
    (headers,) = column(runtime, OUTBOX.c.headers)
    assert "bad field: score_pct" in headers["reason"]


def test_what_no_district_can_be_found_for_is_rejected_and_the_rest_handled(runtime: Runtime) -> None:
    good = event(runtime)
    elsewhere = orjson.dumps(orjson.loads(good[1]) | {"districtid": "elsewhere"})
    outcome = inbox(runtime, Handler()).process(deliveries([("x", b"{"), good, ("y", elsewhere)]))
    assert (outcome.reject, outcome.ack) == ([1, 3], [2])


def test_an_expired_event_is_let_go(runtime: Runtime) -> None:
    expired = event(runtime, expires_at=runtime.clock.now())
    outcome = inbox(runtime, Handler()).process(deliveries([expired]))
    assert (outcome.ack, effects(runtime)) == ([1], [])


def test_while_the_database_is_away_the_batch_is_held_and_then_done(runtime: Runtime) -> None:
    event_id, body = event(runtime)
    handler = Handler([event_id], OperationalError("x", {}, Exception("connection refused")))
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            handler.bad.clear()
        return True

    outcome = inbox(runtime, handler, pause=pause).process(deliveries([(event_id, body)]))
    assert (pauses, outcome.ack, effects(runtime)) == ([0.5, 1.0, 1.5], [1], [event_id])


def test_a_worker_told_to_stop_while_the_database_is_away_acknowledges_nothing(runtime: Runtime) -> None:
    event_id, body = event(runtime)
    handler = Handler([event_id], OperationalError("x", {}, Exception("connection refused")))
    with pytest.raises(Stopping):
        inbox(runtime, handler, pause=lambda seconds: False).process(deliveries([(event_id, body)]))


@pytest.mark.parametrize("redelivered", [0, 2])
def test_an_outage_while_an_event_is_put_by_or_marked_is_waited_out(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, redelivered: int
) -> None:
    """Else the worker would end, its deliveries come back counted, and soon be taken for poison."""
    event_id, body = event(runtime)
    box = inbox(runtime, Handler([event_id]), pause=lambda seconds: True)
    real, away = box._transaction, iter([False, True, False, True, False])

    def transaction(district: str) -> Any:
        if next(away, False):
            raise OperationalError("x", {}, Exception("connection refused"))
        return real(district)

    monkeypatch.setattr(box, "_transaction", transaction)
    outcome = box.process(deliveries([(event_id, body)], redelivered))
    assert (outcome.ack, column(runtime, PARKED.c.event_id)) == ([1], [event_id])


def test_a_parked_event_is_one_workers_to_try(
    runtime: Runtime, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, body = event(runtime)
    box, beside = inbox(runtime, Handler([event_id])), inbox(runtime, Handler([event_id]))
    box.process(deliveries([(event_id, body)]))
    clock.advance_to(clock.now() + timedelta(seconds=2))
    found: list[int] = []
    settle = box._settle_warily

    def meanwhile(district: str, item: Any) -> None:
        found.append(beside.retry_parked(district))
        settle(district, item)

    monkeypatch.setattr(box, "_settle_warily", meanwhile)
    assert (box.retry_parked("metro"), found) == (1, [0])
    assert column(runtime, PARKED.c.attempts) == [2]


def test_a_parked_event_that_ends_its_worker_is_dead_lettered(runtime: Runtime, clock: SimulatedClock) -> None:
    event_id, body = event(runtime)
    inbox(runtime, Handler([event_id])).process(deliveries([(event_id, body)]))

    class Killed(BaseException):
        """Stands for the end of the process: nothing after it runs."""

    def kills(*_: Any) -> None:
        raise Killed

    for _ in range(MAX_CRASHES):
        clock.advance_to(clock.now() + timedelta(minutes=1))
        with pytest.raises(Killed):
            inbox(runtime, kills).retry_parked("metro")
    clock.advance_to(clock.now() + timedelta(minutes=1))
    assert inbox(runtime, kills).retry_parked("metro") == 1
    assert (column(runtime, PARKED.c.event_id), column(runtime, ATTEMPT.c.event_id)) == ([], [])
    (headers,) = column(runtime, OUTBOX.c.headers)
    assert "event.kills_worker" in headers["reason"]


def test_an_id_that_no_database_keeps_is_rejected_and_the_rest_handled(runtime: Runtime) -> None:
    good = event(runtime)
    nul = orjson.dumps(orjson.loads(good[1]) | {"id": "a\0b"})
    outcome = inbox(runtime, Handler()).process(deliveries([("x", nul), good]))
    assert (outcome.reject, outcome.ack) == ([1], [2])


def test_old_inbox_rows_are_forgotten(runtime: Runtime, clock: SimulatedClock) -> None:
    box = inbox(runtime, Handler())
    box.process(deliveries([event(runtime)]))
    clock.advance_to(clock.now() + timedelta(days=15))
    young = event(runtime)
    box.process(deliveries([young]))
    box.purge("metro")
    assert column(runtime, INBOX.c.event_id) == [young[0]]


def test_a_dead_letter_leaves_through_the_outbox(runtime: Runtime) -> None:
    with runtime.unit_of_work("notifications", "metro") as uow:
        uow.dead_letter(b"x", "e-1", {"service": "notifications"})
    with runtime.databases.transaction("notifications", "metro") as connection:
        (row,) = outbox.claim(connection, 10)
    assert (row.exchange, row.routing_key, row.body) == ("homeroom.dead", "notifications", b"x")
