"""`homeroom bench events`: ours, stock nameko and Celery on the same RabbitMQ and PostgreSQL, in one run.

Each handles events of 1 kB with one committed row per event from a quorum queue that was filled before; ours writes
an inbox row and an outbox row beside it. fsync and synchronous_commit are as the server has them (printed). Rounds are
interleaved; each figure is the median of the rounds. Rates: events / (last row − first row), by the database's clock.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from shared.benches import peers
from shared.benches.cell import AUDIENCE, DISTRICT, BenchCell, bench_cell, sample
from shared.benches.stand import HEARD
from shared.clock import monotonic
from shared.launcher.relay import RelayProcess
from shared.launcher.topology import declare

PADDING = "x" * 450  # brings our body, with its envelope, to about 1 kB
PEER_PADDING = "x" * 900
Say = Callable[[str], None]


def run(*, rounds: int = 3, events: int = 12_000, peer_events: int = 2_500, rate: int = 500, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what is needed to read them."""
    interpreter = peers.python()
    with bench_cell() as bench:
        _prepare(bench)
        rounds_of: dict[str, list[float]] = {
            key: []
            for key in ("relay", "ours", "ours_2", "nameko_dispatch", "nameko", "nameko_2", "celery", "celery_threads")
        }
        for number in range(rounds):
            for key, value in _round(bench, interpreter, events, peer_events, say, number):
                rounds_of[key].append(value)
                say(f"round {number + 1}/{rounds}  {key:<16} {value:>8.0f}/s")
        latency = _latency(bench, rate, say)
        with bench.connect() as connection:
            settings = {
                name: connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
                for name in ("server_version", "fsync", "synchronous_commit")
            }
        broker = _broker_version(bench)
    medians = {key: statistics.median(values) for key, values in rounds_of.items()}
    ours = max(medians["ours"], medians["ours_2"])
    nameko = max(medians["nameko"], medians["nameko_2"])
    celery = max(medians["celery"], medians["celery_threads"])
    return {
        "ours_per_s": round(ours),
        "nameko_per_s": round(nameko),
        "celery_per_s": round(celery),
        "relay_per_s": round(medians["relay"]),
        "nameko_dispatch_per_s": round(medians["nameko_dispatch"]),
        "commit_to_handler_p99_ms_at_500": latency["p99_ms"],
        "ours_over_nameko": round(ours / nameko, 2),
        "ours_over_celery": round(ours / celery, 2),
        "relay_over_nameko_dispatch": round(medians["relay"] / medians["nameko_dispatch"], 2),
        "latency": latency,
        "rounds": {key: [round(value) for value in values] for key, values in rounds_of.items()},
        "events_per_round": {"ours": events, "peers": peer_events},
        "rows_per_event": {"ours": "inbox + effect + outbox", "peers": "effect"},
        "postgresql": settings,
        "rabbitmq": broker,
        "queues": "quorum, persistent messages, 1 kB",
        "peers": peers.versions(),
    }


def _prepare(bench: BenchCell) -> None:
    from kombu import Connection

    declare(Connection(bench.cell.broker), AUDIENCE)
    with bench.connect() as connection:
        connection.execute(
            "CREATE TABLE peer_effect (event_id text PRIMARY KEY, student_id text NOT NULL,"
            " at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )


def _round(
    bench: BenchCell, interpreter: Path, events: int, peer_events: int, say: Say, number: int
) -> list[tuple[str, float]]:
    """One interleaved round; the order turns, so that no one is always first on a warm machine."""
    measures: list[Callable[[], list[tuple[str, float]]]] = [
        lambda: _ours(bench, events),
        lambda: _nameko(bench, interpreter, peer_events),
        lambda: _celery(bench, interpreter, peer_events),
    ]
    turned = measures[number % 3 :] + measures[: number % 3]
    return [figure for measure in turned for figure in measure()]


def _ours(bench: BenchCell, events: int) -> list[tuple[str, float]]:
    """Fill the outbox; let the relay empty it; let one worker empty the queue; the same for two workers."""
    figures: list[tuple[str, float]] = []
    for key, workers in (("ours", 1), ("ours_2", 2)):
        figures.append(("relay", _fill(bench, events)))
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(running(bench.spawn("shared.benches.worker")))
            connection = stack.enter_context(bench.connect())
            _until(lambda: _count(connection, "effect") >= events)  # noqa: B023  called within the turn
            figures.append((key, _rate(connection, "SELECT count(*), min(handled_at), max(handled_at) FROM effect")))
    return figures


def _fill(bench: BenchCell, events: int) -> float:
    """Events into the outbox, and through the relay into the queue; rows per second of the latter."""
    _reset(bench)
    produce(bench, events)
    relay = RelayProcess(bench.runtime, components=("directory",), services=AUDIENCE)
    relay._declare()
    started = monotonic()
    moved = 0
    while moved < events:
        moved += relay.relay.round()
    seconds = monotonic() - started
    relay.publisher.close()
    return events / seconds


def produce(bench: BenchCell, events: int, *, chunk: int = 500) -> None:
    """Commit events into the directory's outbox."""
    for start in range(0, events, chunk):
        with bench.runtime.unit_of_work("directory", DISTRICT) as uow:
            for number in range(start, min(start + chunk, events)):
                uow.emit(HEARD, sample(number, PADDING))


def _nameko(bench: BenchCell, interpreter: Path, events: int) -> list[tuple[str, float]]:
    _reset(bench)
    script = str(peers.PEERS / "nameko_peer.py")
    consume = [str(interpreter), "-W", "ignore", script, "consume", bench.cell.broker, _dsn(bench), "10"]
    with running(_start(consume)), bench.connect() as connection:  # declares the queue, then goes
        _until(lambda: _queue_exists(bench, "evt-producer-recorded--peer.recorded"))
    command = [str(interpreter), "-W", "ignore", script, "dispatch", bench.cell.broker, str(events), PEER_PADDING]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    dispatch_rate = events / json.loads(output)["seconds"]
    figures = [("nameko_dispatch", dispatch_rate)]
    for key, workers in (("nameko", 1), ("nameko_2", 2)):
        if workers > 1:
            _reset(bench)
            subprocess.run(command, check=True, capture_output=True)
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(running(_start(consume)))
            connection = stack.enter_context(bench.connect())
            _until(lambda: _count(connection, "peer_effect") >= events)  # noqa: B023  called within the turn
            figures.append((key, _rate(connection, "SELECT count(*), min(at), max(at) FROM peer_effect")))
    return figures


def _celery(bench: BenchCell, interpreter: Path, events: int) -> list[tuple[str, float]]:
    """Both pools that suit work like this; the better one counts."""
    figures = []
    for key, pool in (("celery", ["-P", "prefork", "-c", "2"]), ("celery_threads", ["-P", "threads", "-c", "8"])):
        _reset(bench)
        environment = {**os.environ, "PEER_AMQP_URL": bench.cell.broker, "PEER_DSN": _dsn(bench), "PEER_POOL": pool[1]}
        send = [str(interpreter), str(peers.PEERS / "celery_peer.py"), str(events), PEER_PADDING]
        subprocess.run(send, check=True, env=environment, cwd=peers.PEERS)
        worker = [str(interpreter), "-m", "celery", "-A", "celery_peer", "worker", "-l", "ERROR", *pool]
        worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with running(_start(worker, environment, peers.PEERS)), bench.connect() as connection:
            _until(lambda: _count(connection, "peer_effect") >= events)
            figures.append((key, _rate(connection, "SELECT count(*), min(at), max(at) FROM peer_effect")))
    return figures


def _latency(bench: BenchCell, rate: int, say: Say, *, seconds: int = 20) -> dict[str, Any]:
    """One commit per event at a steady rate; from the start of its transaction to the start of its handler."""
    _reset(bench)
    with running(bench.spawn("shared.benches.worker")), running(bench.spawn("shared.benches.relay_main")):
        with bench.connect() as connection:
            produce(bench, 100)  # everybody is warm
            _until(lambda: _count(connection, "effect") >= 100)
            _reset(bench)
            achieved = _steadily(bench, rate, seconds)
            _until(lambda: _count(connection, "effect") >= rate * seconds)
            row = connection.execute(
                "SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP"
                " (ORDER BY extract(epoch FROM handled_at - produced_at) * 1000) FROM effect"
            ).fetchone()
    assert row is not None
    p50, p95, p99, worst = (round(value, 1) for value in row[0])
    say(f"commit to handler at {achieved:.0f}/s: p50 {p50} ms, p99 {p99} ms")
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": worst, "rate_per_s": round(achieved), "n": rate * seconds}


def _steadily(bench: BenchCell, rate: int, seconds: int, *, producers: int = 8) -> float:
    """Commit one event at a time, `rate` a second in all, as that many request handlers would; the rate achieved."""

    def produce_share(share: int) -> None:
        for number in range(share, rate * seconds, producers):
            wait = started + number / rate - monotonic()
            if wait > 0:
                time.sleep(wait)
            with bench.runtime.unit_of_work("directory", DISTRICT) as uow:
                uow.emit(HEARD, sample(number, PADDING))

    started = monotonic()
    with ThreadPoolExecutor(producers) as pool:
        list(pool.map(produce_share, range(producers)))
    return rate * seconds / (monotonic() - started)


@contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Ends the process afterwards: first kindly, then surely."""
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(command: list[str], environment: dict[str, str] | None = None, folder: Path | None = None) -> Any:
    null = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, cwd=folder, stdout=null, stderr=null)


def _reset(bench: BenchCell) -> None:
    with bench.connect() as connection:
        connection.execute("TRUNCATE effect, inbox, outbox, peer_effect")
        connection.execute("TRUNCATE directory.outbox")
        connection.execute("CHECKPOINT")
    bench.purge(*(f"{service}.{lane}" for service in AUDIENCE for lane in ("urgent", "normal", "bulk")))


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _rate(connection: psycopg.Connection, query: str) -> float:
    row = connection.execute(query).fetchone()
    assert row is not None
    return float(row[0] / (row[2] - row[1]).total_seconds())


def _until(condition: Callable[[], bool], *, seconds: float = 120.0) -> None:
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError("the bench did not get there in time")
        time.sleep(0.05)


def _queue_exists(bench: BenchCell, name: str) -> bool:
    try:
        bench.queue_depth(name)
    except Exception:
        return False
    return True


def _dsn(bench: BenchCell) -> str:
    return f"{bench.database_url}?options=-csearch_path%3Dnotifications"


def _broker_version(bench: BenchCell) -> str:
    import requests

    return str(requests.get(f"{bench.management}/api/overview", timeout=10).json()["rabbitmq_version"])
