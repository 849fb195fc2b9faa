"""Every failure of the stock library that we measured, on real servers, with a good end (docs/messaging.md)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter

import pytest
from harness import RabbitHarness, end
from kombu import Connection

from shared.backing.private import PrivateBacking
from shared.backing.process import free_port
from shared.benches.faults import kill_server, start_again
from shared.messaging.relay import BrokerAway
from shared.messaging.topology import DEAD_EXCHANGE, RELAY_DEAD, dead_queue


def handled(harness: RabbitHarness, ids: list[str], service: str = "surveys") -> bool:
    return harness.effects(service, ids) == Counter(ids)


def silent(_: str) -> None:
    """Nobody listens to the restarts."""


def test_broker_killed_under_load_loses_nothing_and_does_nothing_twice(
    faulty: RabbitHarness, servers: PrivateBacking
) -> None:
    ids = faulty.emit(*[f"s-{n}" for n in range(800)])
    kill_server(servers, "rabbitmq")
    ids += faulty.emit(*[f"t-{n}" for n in range(200)])
    assert faulty.outbox("directory") >= 200, "what was said while the broker was away waits"
    start_again(servers, "rabbitmq", silent)
    for service in ("notifications", "surveys"):
        faulty.until(lambda s=service: handled(faulty, ids, s), 90)


def test_database_killed_the_worker_keeps_what_it_holds_and_recovers_by_itself(
    faulty: RabbitHarness, servers: PrivateBacking
) -> None:
    ids = faulty.emit(*[f"s-{n}" for n in range(1_500)])
    faulty.until(lambda: faulty.effects("surveys", ids))
    kill_server(servers, "postgresql")
    start_again(servers, "postgresql", silent)
    ids += faulty.emit("after")
    for service in ("notifications", "surveys"):
        faulty.until(lambda s=service: handled(faulty, ids, s), 90)
        assert not [x for x in faulty.dead(service) if x.event_id in set(ids)]


def test_with_its_database_away_a_worker_is_alive_but_not_ready(faulty: RabbitHarness, servers: PrivateBacking) -> None:
    port = free_port(18_931)
    extra = faulty.start("worker_child.py", "surveys", json.dumps({"health_port": port}))
    try:
        faulty.until(lambda: status(port, "readyz") == 200)
        kill_server(servers, "postgresql")
        try:
            assert faulty.until(lambda: status(port, "readyz") == 503)
            assert status(port, "livez") == 200
        finally:
            start_again(servers, "postgresql", silent)
        faulty.until(lambda: status(port, "readyz") == 200)
    finally:
        assert end(extra) == 0


def test_with_its_broker_away_a_worker_is_alive_but_not_ready_and_comes_back_by_itself(
    faulty: RabbitHarness, servers: PrivateBacking
) -> None:
    port = free_port(18_941)
    extra = faulty.start("worker_child.py", "surveys", json.dumps({"health_port": port}))
    try:
        faulty.until(lambda: status(port, "readyz") == 200)
        kill_server(servers, "rabbitmq")
        try:
            assert faulty.until(lambda: status(port, "readyz") == 503)
            assert status(port, "livez") == 200
            ids = faulty.emit("s-while-away")
        finally:
            start_again(servers, "rabbitmq", silent)
        faulty.until(lambda: status(port, "readyz") == 200, 60)
        faulty.until(lambda: handled(faulty, ids), 60)
    finally:
        assert end(extra) == 0


def test_broker_memory_alarm_holds_events_in_the_outbox_and_lets_them_go_after(
    faulty: RabbitHarness, servers: PrivateBacking
) -> None:
    before = faulty.emit("s-before")
    faulty.until(lambda: handled(faulty, before))
    away = faulty.log.read_bytes().count(b'"broker_away"')
    assert servers.node.ctl("set_vm_memory_high_watermark", "0.000001").returncode == 0
    try:
        ids = faulty.emit(*[f"s-{n}" for n in range(50)])
        faulty.until(lambda: faulty.log.read_bytes().count(b'"broker_away"') > away, 30)
        assert faulty.outbox("directory") >= 50
        assert not faulty.effects("surveys", ids)
    finally:
        assert servers.node.ctl("set_vm_memory_high_watermark", "0.4").returncode == 0
    faulty.until(lambda: handled(faulty, ids), 60)


def test_a_handler_that_starves_the_heartbeat_loses_its_connection_and_nothing_else(faulty: RabbitHarness) -> None:
    """Twelve seconds of pure computing under a heartbeat of four: the broker hangs up, the worker lives and goes on."""
    workers = [child for child in faulty.children if child.poll() is None]
    ids = faulty.emit("compute-12", "s-after")
    for service in ("notifications", "surveys"):
        faulty.until(lambda s=service: handled(faulty, ids, s), 60)
    later = faulty.emit("s-later")
    faulty.until(lambda: handled(faulty, later), 60)
    assert all(child.poll() is None for child in workers), "a worker died of a lost connection"


@pytest.mark.parametrize("body", [b"{broken", b'{"specversion": "0.3"}'])
def test_a_malformed_body_waits_for_a_person_and_nothing_waits_for_it(faulty: RabbitHarness, body: bytes) -> None:
    faulty.publish("", "surveys.normal", body)
    ids = faulty.emit("s-1")
    faulty.until(lambda: handled(faulty, ids))
    letter = faulty.until(lambda: next((x for x in faulty.dead("surveys") if x.body == body), None))
    assert (letter.reason[:10], letter.lane) == ("malformed:", "normal")


def test_a_handler_that_raises_ends_in_the_dead_letters(faulty: RabbitHarness) -> None:
    (poison,) = faulty.emit("raise-1")
    assert faulty.until_dead("notifications", poison).attempts == 5


def test_an_unroutable_event_is_said_loudly(faulty: RabbitHarness) -> None:
    from shared.contracts import latest

    _with_a_leader(faulty)
    declared = latest("district.record_viewed")
    with faulty.runtime.unit_of_work("directory", faulty.district) as uow:
        event_id = uow.emit("district.record_viewed", declared.load(declared.sample))
    assert "nothing is bound" in faulty.until_dead("relay", event_id).reason
    assert b"event_unroutable" in faulty.log.read_bytes()


def _with_a_leader(faulty: RabbitHarness) -> None:
    """After a kill RabbitMQ 3.10 now and then opens a quorum queue without a leader: the runbook's remedy is a new one."""
    try:
        faulty.publish(DEAD_EXCHANGE, RELAY_DEAD, b"{}", "whether it takes anything")
    except BrokerAway:
        with Connection(faulty.runtime.cell.broker) as connection, connection.channel() as channel:
            queue = dead_queue(RELAY_DEAD)(channel)
            queue.delete()
            queue.declare()


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
