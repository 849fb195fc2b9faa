"""What the alerts look at moves: events handled, repeated and given up; outboxes that wait; work that is late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.clock import SimulatedClock
from shared.contracts import latest
from shared.messaging import tables
from shared.messaging.due_poller import DuePoller
from shared.messaging.envelope import encode, new_event
from shared.messaging.inbox import Delivery, Inbox
from shared.messaging.outbox import Outgoing
from shared.messaging.relay import BrokerAway, Published, Relay
from shared.messaging.runtime import Runtime
from shared.observability.metrics import district_label
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import embedded_cell
from shared.tenancy.database import Databases

SERVICE, DISTRICT, TYPE = "surveys", "riverside", "district.grade_recorded"
NOON = datetime(2026, 9, 8, 12, tzinfo=UTC)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    keyring = Keyring.create(tmp_path / "keys.json", new_master_key())
    cell = embedded_cell(tmp_path / "state", (DISTRICT,), name=f"measured-{tmp_path.name}")
    made = Runtime(cell, keyring, Databases(cell), SimulatedClock(NOON))
    with made.databases.transaction(SERVICE, DISTRICT) as connection:
        tables.METADATA.create_all(connection)
    yield made
    made.databases.dispose()


def measured(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def delivery(runtime: Runtime, *, seconds_ago: float = 0.0) -> Delivery:
    contract = latest(TYPE)
    event = new_event(
        TYPE,
        contract.load(contract.sample),
        district=DISTRICT,
        source="directory",
        now=runtime.clock.now() - timedelta(seconds=seconds_ago),
    )
    return Delivery(encode(event, runtime.vault), 1, "bulk")


def inbox(runtime: Runtime, *, broken: bool = False) -> Inbox:
    def dispatch(type_: str, uow: Any, events: Sequence[Any]) -> None:
        if broken:
            raise ValueError("never")

    return Inbox(runtime, SERVICE, {TYPE}, dispatch)


class Broker:
    """Confirms everything, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    def publish(self, rows: Sequence[Outgoing]) -> Published:
        if self.away:
            raise BrokerAway("away")
        return Published(confirmed=[row.id for row in rows])

    def close(self) -> None:
        pass


def test_events_are_counted_once_and_repeats_as_repeats(runtime: Runtime) -> None:
    done = {"service": SERVICE, "event_type": TYPE, "outcome": "done"}
    lane = {"service": SERVICE, "lane": "bulk"}
    before = measured("events_handled_total", **done), measured("inbox_duplicates_total", **lane)
    box, first = inbox(runtime), delivery(runtime)
    box.process([first, delivery(runtime)])
    box.process([first])
    assert measured("events_handled_total", **done) - before[0] == 2
    assert measured("inbox_duplicates_total", **lane) - before[1] == 1


def test_a_batch_is_as_old_as_its_oldest_event(runtime: Runtime) -> None:
    lane = {"service": SERVICE, "lane": "bulk"}
    before = measured("event_age_seconds_sum", **lane), measured("event_age_seconds_count", **lane)
    inbox(runtime).process([delivery(runtime, seconds_ago=40), delivery(runtime)])
    assert measured("event_age_seconds_sum", **lane) - before[0] == pytest.approx(40)
    assert measured("event_age_seconds_count", **lane) - before[1] == 1


def test_what_fails_is_counted_as_retried_and_what_cannot_be_read_as_dead(runtime: Runtime) -> None:
    retried = {"service": SERVICE, "event_type": TYPE, "outcome": "retried"}
    dead = {"service": SERVICE, "event_type": "unreadable", "outcome": "dead"}
    before = measured("events_handled_total", **retried), measured("events_handled_total", **dead)
    inbox(runtime, broken=True).process([delivery(runtime), Delivery(b"{", 2, "bulk")])
    assert measured("events_handled_total", **retried) - before[0] == 1
    assert measured("events_handled_total", **dead) - before[1] == 1


def test_an_outbox_that_waits_is_seen_while_the_broker_is_away(runtime: Runtime) -> None:
    where = {"service": SERVICE, "district": district_label(DISTRICT)}
    with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        uow.dead_letter(b"{}", "e-1", {"service": SERVICE})
    runtime.clock.advance_to(NOON + timedelta(minutes=3))  # type: ignore[attr-defined]
    with pytest.raises(BrokerAway):
        Relay(runtime, Broker(away=True), [SERVICE]).round()
    assert measured("outbox_pending", **where) == 1
    assert measured("outbox_lag_seconds", **where) == 180
    confirmed = {"service": SERVICE, "outcome": "confirmed"}
    before = measured("relay_published_total", **confirmed)
    Relay(runtime, Broker(), [SERVICE]).round()
    assert measured("relay_published_total", **confirmed) - before == 1
    Relay(runtime, Broker(), [SERVICE]).round()
    assert measured("outbox_pending", **where) == measured("outbox_lag_seconds", **where) == 0


def test_late_work_says_how_late_it_is(runtime: Runtime) -> None:
    where = {"service": SERVICE, "district": district_label(DISTRICT)}
    with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        uow.schedule("reminder", "one", NOON - timedelta(minutes=10), {})
    poller = DuePoller(runtime, SERVICE, {"reminder": lambda uow, items: None}, list)
    assert poller.round(DISTRICT)
    assert measured("due_lag_seconds", **where) == 600
    assert not poller.round(DISTRICT)
    assert measured("due_lag_seconds", **where) == 0
