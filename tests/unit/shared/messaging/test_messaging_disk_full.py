"""A full disk: the embedded broker and the databases refuse, keep what they had, and go on when there is room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.contracts import latest
from shared.messaging import outbox
from shared.messaging.embedded import EmbeddedBroker
from shared.messaging.embedded_store import StoreFailed
from shared.messaging.relay import BrokerAway, EmbeddedPublisher, Relay
from shared.messaging.runtime import Runtime

LARGE = b"x" * 300_000


@pytest.fixture
def broker(tmp_path: Path) -> EmbeddedBroker:
    made = EmbeddedBroker(tmp_path / "broker.sqlite")
    made.declare_exchange("events", "topic")
    made.declare_queue("q", {})
    made.bind("q", "events", "k")
    return made


def fill(broker: EmbeddedBroker) -> Any:
    """As full as SQLite can be told to be, without being root: no page more than there are."""
    db = broker._store._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    return db.execute(f"PRAGMA max_page_count = {pages}")


def test_a_batch_that_does_not_fit_is_refused_whole_and_the_old_state_stays(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    broker.publish([("events", "k", {}, b"before")])
    fill(broker)
    with pytest.raises(StoreFailed, match="full"):
        broker.publish([("events", "k", {}, b"small"), ("events", "k", {}, LARGE)])
    assert broker.size("q") == 1
    broker._store._db.execute("PRAGMA max_page_count = 1000000")
    broker.close()
    reopened = EmbeddedBroker(tmp_path / "broker.sqlite")
    assert [reopened.get("q").body] == [b"before"]
    assert reopened.size("q") == 0
    reopened.publish([("events", "k", {}, LARGE)])
    assert reopened.size("q") == 1


def test_while_the_brokers_disk_is_full_events_wait_in_the_outbox(runtime: Runtime, tmp_path: Path) -> None:
    declared = latest("district.grade_recorded")
    made = EmbeddedBroker(tmp_path / "other.sqlite")
    made.declare_exchange("homeroom.events", "topic")
    made.declare_queue("q", {})
    made.bind("q", "homeroom.events", f"normal.{declared.type}")
    relay = Relay(runtime, EmbeddedPublisher(made), ["directory"])
    with runtime.unit_of_work("directory", "metro") as uow:
        for _ in range(200):
            uow.emit(declared.type, declared.load(declared.sample))
    fill(made)
    with pytest.raises(BrokerAway, match="full"):
        relay.move("metro", "directory")
    with runtime.databases.transaction("directory", "metro") as connection:
        assert outbox.pending(connection) == 200
    made._store._db.execute("PRAGMA max_page_count = 1000000")
    assert relay.move("metro", "directory") == 200
    assert made.size("q") == 200
