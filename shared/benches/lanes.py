"""`homeroom bench lanes`: an urgent event behind a mountain of bulk ones, from its commit to its handler.

The bulk lane's queue is filled first; then one worker is let loose on it, and urgent events are committed one at a
time, each through outbox, relay, quorum queue and handler. What is measured is the urgent lane's own way, while the
same worker process, the same relay and the same database are as busy as they can be.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
from kombu import Connection

from shared.benches.cell import AUDIENCE, DISTRICT, BenchCell, bench_cell, sample
from shared.benches.events import PADDING, running
from shared.benches.stand import HEARD
from shared.clock import monotonic
from shared.contracts import Lane
from shared.launcher.relay import RelayProcess
from shared.launcher.topology import declare

Say = Callable[[str], None]
CHUNK = 1_000


def run(*, bulk: int = 50_000, urgent: int = 200, rate: int = 20, say: Say) -> dict[str, Any]:
    """Milliseconds from the start of the transaction to the start of the handler, by the clock of this machine."""
    with bench_cell() as bench:
        declare(Connection(bench.cell.broker), AUDIENCE)
        _queue_bulk(bench, bulk, say)
        with bench.connect() as connection, running(bench.spawn("shared.benches.relay_main")):
            with running(bench.spawn("shared.benches.worker")):
                _until(lambda: _handled(connection, Lane.BULK) > 0)
                behind = bulk - _handled(connection, Lane.BULK)
                began = monotonic()
                _emit_urgent(bench, urgent, rate)
                _until(lambda: _handled(connection, Lane.URGENT) >= urgent)
                seconds = monotonic() - began
                left = bulk - _handled(connection, Lane.BULK)
            figures = _latency(connection)
    say(f"{urgent} urgent events while {behind - left} bulk ones were handled")
    return {
        "urgent_p99_ms": figures["p99"],
        "urgent_p50_ms": figures["p50"],
        "urgent_max_ms": figures["max"],
        "bulk_per_s": round((behind - left) / seconds),
        "urgent": urgent,
        "urgent_per_s": rate,
        "bulk_queued_at_first_urgent": behind,
        "bulk_queued_at_last_urgent": left,
        "workers": 1,
    }


def _queue_bulk(bench: BenchCell, count: int, say: Say) -> None:
    """Through the outbox and the relay, into the bulk lane's queue."""
    relay = RelayProcess(bench.runtime, components=("directory",), services=AUDIENCE)
    try:
        for start in range(0, count, CHUNK):
            with bench.runtime.unit_of_work("directory", DISTRICT) as uow:
                for number in range(start, min(start + CHUNK, count)):
                    uow.emit(HEARD, sample(number, PADDING), lane=Lane.BULK)
            while relay.relay.round():
                pass
            if (start + CHUNK) % 10_000 == 0:
                say(f"{start + CHUNK} bulk events queued")
    finally:
        relay.publisher.close()


def _emit_urgent(bench: BenchCell, count: int, rate: int) -> None:
    pause = threading.Event()
    began = monotonic()
    for number in range(count):
        pause.wait(max(0.0, began + number / rate - monotonic()))
        with bench.runtime.unit_of_work("directory", DISTRICT) as uow:
            uow.emit(HEARD, sample(number, PADDING), lane=Lane.URGENT)


def _handled(connection: psycopg.Connection, lane: Lane) -> int:
    row = connection.execute("SELECT count(*) FROM effect WHERE lane = %s", (lane.value,)).fetchone()
    return int(row[0]) if row else 0


def _latency(connection: psycopg.Connection) -> dict[str, float]:
    row = connection.execute(
        "SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP"
        " (ORDER BY extract(epoch FROM handled_at - produced_at) * 1000) FROM effect WHERE lane = 'urgent'"
    ).fetchone()
    assert row is not None
    return dict(zip(("p50", "p99", "max"), (round(value, 1) for value in row[0]), strict=True))


def _until(condition: Callable[[], bool], *, seconds: float = 120.0) -> None:
    pause = threading.Event()
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError("the bench did not get there in time")
        pause.wait(0.05)
