"""`homeroom bench faults`: SIGKILL relay, consumers, broker and database at random under load, and count.

Everything runs on a RabbitMQ and a PostgreSQL of its own, on quorum queues. Ours: a producer commits events through
the outbox and counts those whose commit returned; two consumers write one effect per event, in a table that does not
mind duplicates, so that a second effect would be seen. Stock nameko gets the same harness and the same kinds of kills:
its producer counts what the dispatcher accepted. Its table refuses duplicates, and commit-then-dispatch, which can lose
more, is not even played.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from kombu import Connection

from shared.backing import BackingUrls
from shared.backing.locate import amqp_answers
from shared.backing.private import PREFERRED_PORTS, PrivateBacking, ServerName
from shared.backing.process import free_port, listening
from shared.backing.state import read_record, write_record
from shared.benches import peers
from shared.benches.cell import AUDIENCE, BenchCell, bench_cell
from shared.benches.fleet import Fleet
from shared.benches.producer import Producer
from shared.clock import monotonic
from shared.errors import HomeroomError
from shared.launcher.topology import declare

RATE = 300  # events a second
CALM = (0.8, 2.5)  # seconds between one recovery and the next kill
PATIENCE = 60.0  # seconds without a single new effect, at the end, before we call the rest lost
OURS = {"relay": ("relay",), "consumer": ("consumer-1", "consumer-2"), "broker": (), "database": ()}
STOCK = {"producer": ("producer",), "consumer": ("consumer-1", "consumer-2"), "broker": (), "database": ()}
Say = Callable[[str], None]


def run(*, kills: int = 20, seed: int = 7, rate: int = RATE, stock: bool = True, say: Say) -> dict[str, Any]:
    """The keys that the issue names; `stock=False` leaves the peer out (its figure is then missing)."""
    interpreter = peers.python() if stock else None
    with private_servers() as servers, bench_cell(_urls(servers)) as bench:
        declare(Connection(bench.cell.broker), AUDIENCE)
        result = _ours(bench, servers, _plan(OURS, kills, seed), rate, random.Random(seed), say)
        if interpreter is not None:
            result |= _stock(bench, servers, interpreter, _plan(STOCK, kills, seed), random.Random(seed), say)
    return result | {"seed": seed, "queues": "quorum, persistent messages", "servers": "a pair of their own"}


@contextmanager
def private_servers() -> Iterator[PrivateBacking]:
    """A RabbitMQ and a PostgreSQL that may be killed, deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        servers = PrivateBacking(Path(folder))
        write_record(servers.state, {"ports": _quiet_ports()})
        try:
            servers.up()
            yield servers
        finally:
            servers.remove()


def _quiet_ports() -> dict[str, int]:
    """Below the range the kernel lends to clients: one of those, knocking in vain, could end up on a server's port."""
    names = list(PREFERRED_PORTS)
    low, high = 12_000, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: list[int] = []
    while len(found) < len(names):
        port = random.randrange(low, max(low + 1_000, high))
        if port not in found and not listening(port):
            found.append(port)
    return dict(zip(names, found, strict=True))


def _urls(servers: PrivateBacking) -> BackingUrls:
    return BackingUrls(servers.amqp_url(), servers.pg_url(), servers.management_url(), True, True)


def _plan(kinds: Mapping[str, Sequence[str]], kills: int, seed: int) -> list[str]:
    """Which kind to kill when: every kind its share, in an order drawn by the seed."""
    names = list(kinds)
    plan = [names[number % len(names)] for number in range(kills)]
    random.Random(seed).shuffle(plan)
    return plan


def _ours(
    bench: BenchCell, servers: PrivateBacking, plan: Sequence[str], rate: int, dice: random.Random, say: Say
) -> dict[str, Any]:
    spawns = {
        "relay": lambda: bench.spawn("shared.benches.relay_main"),
        "consumer-1": lambda: bench.spawn("shared.benches.worker"),
        "consumer-2": lambda: bench.spawn("shared.benches.worker"),
    }
    producer = Producer(bench.runtime, rate)
    with Fleet(spawns) as fleet:
        producer.start()
        try:
            _until_more(bench, "effect", 0, say)
            recovered = _kill_all(bench, servers, fleet, OURS, plan, "effect", dice, say)
        finally:
            producer.stop()
        accepted = producer.accepted
        effects = _drained(bench, "effect", len(accepted), accepted, say)
    seen = Counter(effects)
    lost = accepted - seen.keys()
    say(f"ours: {len(accepted)} produced, {len(lost)} lost, {sum(seen.values()) - len(seen)} effects too many")
    return {
        "produced": len(accepted),
        "lost": len(lost),
        "duplicate_effects": sum(seen.values()) - len(seen),
        "recovered_s": _seconds([seconds for _, seconds in recovered]),
        "recovered_s_by_kind": {kind: _seconds([s for k, s in recovered if k == kind]) for kind in OURS if kind in plan},
        "kills": dict(Counter(plan)),
        "unanswered_commits": {
            "events": len(producer.unanswered),
            "had_committed": len(producer.unanswered & seen.keys()),
        },
        "invented": len(seen.keys() - accepted - producer.unanswered),
    }


def _stock(
    bench: BenchCell,
    servers: PrivateBacking,
    interpreter: Path,
    plan: Sequence[str],
    dice: random.Random,
    say: Say,
) -> dict[str, Any]:
    with bench.connect() as connection:
        connection.execute(
            "CREATE TABLE peer_effect (id bigserial, event_id text PRIMARY KEY, student_id text NOT NULL)"
        )
    dsn = f"{bench.database_url}?options=-csearch_path%3Dnotifications"
    script = [str(interpreter), "-W", "ignore", str(peers.PEERS / "nameko_peer.py")]
    book = bench.file.parent / "stock-accepted"
    consume = [*script, "consume", bench.cell.broker, dsn, "10"]
    spawns = {
        "consumer-1": lambda: _quiet(consume),
        "consumer-2": lambda: _quiet(consume),
        "producer": lambda: _quiet([*script, "produce", bench.cell.broker, "x" * 400, str(book)]),
    }
    with Fleet({name: spawns[name] for name in ("consumer-1", "consumer-2")}) as consumers:
        _until_queue(bench)
        with Fleet({"producer": spawns["producer"]}) as producers:
            both = _Both(consumers, producers)
            _until_more(bench, "peer_effect", 0, say)
            _kill_all(bench, servers, both, STOCK, plan, "peer_effect", dice, say)
        accepted = set(book.read_text().split())
        effects = set(_drained(bench, "peer_effect", len(accepted), accepted, say, patience=15.0))
    lost = accepted - effects
    say(f"stock nameko: {len(accepted)} produced, {len(lost)} lost")
    return {"stock_produced": len(accepted), "stock_lost": len(lost), "stock_kills": dict(Counter(plan))}


class _Both:
    """Two fleets, ended one after the other."""

    def __init__(self, *fleets: Fleet) -> None:
        self._fleets = fleets

    def kill(self, name: str) -> None:
        for fleet in self._fleets:
            if name in fleet.names:
                fleet.kill(name)


def _kill_all(
    bench: BenchCell,
    servers: PrivateBacking,
    fleet: Fleet | _Both,
    kinds: Mapping[str, Sequence[str]],
    plan: Sequence[str],
    table: str,
    dice: random.Random,
    say: Say,
) -> list[tuple[str, float]]:
    """Kill, restart, wait for a new effect, breathe; seconds from each restart to the first new effect."""
    recovered: list[tuple[str, float]] = []
    pause = threading.Event()
    for number, kind in enumerate(plan, 1):
        pause.wait(dice.uniform(*CALM))
        if kind == "broker":
            kill_server(servers, "rabbitmq")
            start_again(servers, "rabbitmq", say)
        elif kind == "database":
            kill_server(servers, "postgresql")
            start_again(servers, "postgresql", say)
        else:
            fleet.kill(dice.choice(list(kinds[kind])))
        restarted = monotonic()
        _until_more(bench, table, _newest(bench, table), say)
        recovered.append((kind, monotonic() - restarted))
        say(f"kill {number}/{len(plan)}  {kind:<9} new effects after {recovered[-1][1]:.2f} s")
    return recovered


def kill_server(servers: PrivateBacking, name: ServerName) -> None:
    """SIGKILL, and wait until its ports are free: a killed process of many threads holds them a moment longer than
    it seems to live, and a server that found its port taken would come back under another."""
    servers.kill(name)
    mine = ("pg",) if name == "postgresql" else ("amqp", "management", "distribution")
    ports = [port for key, port in read_record(servers.state)["ports"].items() if key in mine]
    deadline = monotonic() + 20
    while any(free_port(port) != port for port in ports) and monotonic() < deadline:
        threading.Event().wait(0.05)


def start_again(servers: PrivateBacking, name: ServerName, say: Say) -> None:
    """As a supervisor would, again and again: a killed postmaster's children may hold its memory for a moment."""
    for attempt in range(6):
        try:
            servers.start(name)
            return
        except HomeroomError as error:
            say(f"{error} {_tail(servers, name)}")
            if attempt == 5:
                raise
            threading.Event().wait(0.5)


def _tail(servers: PrivateBacking, name: str) -> str:
    """What the server said last; its folder goes with the bench."""
    log = servers.state / f"{name}.log"
    return log.read_text(errors="replace")[-800:] if log.exists() else ""


def _newest(bench: BenchCell, table: str) -> int:
    with bench.connect() as connection:
        row = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _until_more(bench: BenchCell, table: str, than: int, say: Say) -> None:
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        try:
            if _newest(bench, table) > than:
                return
        except psycopg.OperationalError as error:  # it is still starting
            say(f"database: {type(error).__name__}")
        threading.Event().wait(0.05)
    say(f"broker answers: {amqp_answers(bench.cell.broker)}")
    raise TimeoutError(f"nothing new in {table} for {PATIENCE:.0f} s")


def _until_queue(bench: BenchCell) -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline:
        try:
            bench.queue_depth("evt-producer-recorded--peer.recorded")
            return
        except Exception:  # not declared yet, under whatever name the library gives that
            threading.Event().wait(0.2)
    raise TimeoutError("the stock service did not declare its queue")


def _drained(
    bench: BenchCell, table: str, expected: int, accepted: set[str], say: Say, *, patience: float = PATIENCE
) -> list[str]:
    """Every effect's event id, once all that was accepted is there or nothing has come for `patience` seconds."""
    last, since = -1, monotonic()
    while True:
        newest = _newest(bench, table)
        if newest != last:
            last, since = newest, monotonic()
        with bench.connect() as connection:
            found = [row[0] for row in connection.execute(f"SELECT event_id FROM {table}")]
        if accepted <= set(found) or monotonic() - since > patience:
            return found
        say(f"draining: {len(found)} of {expected}")
        threading.Event().wait(1.0)


def _seconds(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"median": round(statistics.median(values), 2), "max": round(max(values), 2)}


def _quiet(command: Sequence[str]) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    return subprocess.Popen(list(command), env=dict(os.environ), stdout=null, stderr=null)
