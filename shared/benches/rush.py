"""`homeroom bench rush`: a whole school books at once, over HTTP on PostgreSQL and in process on SQLite, while a worker dies.

Nothing is believed: double bookings are looked for by a self-join, and every confirmation that a family saw must be a booked
meeting whose event has reached the broker, once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson
import requests
from kombu import Connection

from shared.backing.process import free_port
from shared.benches import rush_inside, rush_naive
from shared.benches.cell import DISTRICT, BenchCell, bench_cell
from shared.benches.fleet import Fleet
from shared.benches.peers import ROOT
from shared.benches.processes import cpu_seconds, until
from shared.benches.rush_world import Wish, doubles, fill, paths, untaken, wishes
from shared.clock import SystemClock
from shared.identity import Links
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

SERVICE = "scheduling"
QUEUE = "notifications.urgent"
Say = Callable[[str], None]


def run(*, clients: int, households: int, each: int, workers: int, seed: int, kill: bool, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what else tells how it went."""
    now = SystemClock().now()
    wanted = wishes(households=households, each=each, now=now, seed=seed)
    figures = {"households": households, "wishes": len(wanted), "clients": clients, "web_processes": workers}
    figures |= _over_http(wanted, now=now, clients=clients, each=each, workers=workers, kill=kill, say=say)
    say("in process, on SQLite")
    figures |= rush_inside.run(wanted, now=now)
    return figures


def _over_http(
    wanted: Sequence[Wish], *, now: datetime, clients: int, each: int, workers: int, kill: bool, say: Say
) -> dict[str, Any]:
    ports = [free_port(0) for _ in range(workers)]
    with bench_cell(components=COMPONENTS, upgrade=upgrade) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        with bench.runtime.unit_of_work(SERVICE, DISTRICT) as uow:
            fill(uow.connection, wanted, now=now)
        with bench.connect() as connection:
            connection.execute("ANALYZE")
        say(f"look, then insert: {len(wanted)} wishes, {clients} clients")
        pairs, count = rush_naive.doubles(bench.database_url, wanted, clients=clients)
        naive = {"naive_double_bookings": pairs, "naive_bookings": count}
        links = Links(bench.runtime.link_key)
        listed = bench.file.parent / "wishes"
        listed.write_text("\n".join(paths(wanted, links, DISTRICT, now)))
        with _processes(bench, ports) as fleet:
            say(f"{len(wanted)} wishes, {clients} clients, {workers} web processes")
            before = cpu_seconds()
            answers = _rush(bench, fleet, ports, clients=clients, each=each, kill=kill)
            spent = cpu_seconds() - before
            until(lambda: _waiting(bench) == 0, what="the events to leave", seconds=60)
        return naive | _figures(bench, wanted, answers, links, now=now) | {"cpu_ms_per_booking": _per(spent, answers)}


@contextmanager
def _processes(bench: BenchCell, ports: Sequence[int]) -> Iterator[Fleet]:
    """Web processes and the relay, as `homeroom web` and `homeroom relay` run them."""
    spawns = {
        f"web-{n}": _spawner(bench, "web", SERVICE, "--port", str(port), "--workers", "1") for n, port in enumerate(ports)
    }
    spawns["relay"] = _spawner(bench, "relay")
    with Fleet(spawns) as fleet:
        for port in ports:
            until(lambda port=port: _answers(port), what="a web process", seconds=90)  # type: ignore[misc]
        yield fleet


def _spawner(bench: BenchCell, *words: str) -> Callable[[], subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "shared.cli", *words, "--cell", str(bench.file)]
    null = subprocess.DEVNULL
    # each leads its own group, so that killing a web process takes its workers along, as a supervisor's control group does
    return lambda: subprocess.Popen(
        command, env=bench.environment, cwd=ROOT, stdout=null, stderr=null, start_new_session=True
    )


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/livez", timeout=2).ok
    except requests.RequestException:
        return False


def _rush(
    bench: BenchCell, fleet: Fleet, ports: Sequence[int], *, clients: int, each: int, kill: bool
) -> dict[str, Any]:
    """All clients by a process of their own; half-way a web process and the relay are killed."""
    folder = bench.file.parent
    given = [str(clients), ",".join(map(str, ports)), str(folder / "wishes"), str(folder / "answers"), str(each)]
    client = subprocess.Popen([sys.executable, "-m", "shared.benches.rush_client", *given], cwd=ROOT)
    half = len((folder / "wishes").read_text().splitlines()) // 2
    killer = threading.Thread(target=_kill_half_way, args=(bench, fleet, client, half))
    if kill:
        killer.start()
    if client.wait():
        raise RuntimeError("the clients ended with an error")
    if kill:
        killer.join()
    answers: dict[str, Any] = json.loads((folder / "answers").read_text())
    return answers


def _kill_half_way(bench: BenchCell, fleet: Fleet, client: subprocess.Popen[bytes], half: int) -> None:
    with bench.connect() as connection:
        connection.execute(f"SET search_path = {SERVICE}")

        def reached() -> bool:
            row = connection.execute("SELECT count(*) FROM meeting").fetchone()
            return client.poll() is not None or bool(row and row[0] >= half)

        until(reached, what="half of the bookings", seconds=600, every=0.2)
    fleet.kill("web-0")
    fleet.kill("relay")


def _waiting(bench: BenchCell) -> int:
    with bench.connect() as connection:
        row = connection.execute(f"SELECT count(*) FROM {SERVICE}.outbox").fetchone()
    return int(row[0]) if row else 0


def _figures(
    bench: BenchCell, wanted: Sequence[Wish], answers: dict[str, Any], links: Links, *, now: datetime
) -> dict[str, Any]:
    with bench.runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        twice, unsound = doubles(uow.connection), untaken(uow.connection)
        booked = set(uow.connection.exec_driver_sql("SELECT meeting_id FROM meeting WHERE state = 'booked'").scalars())
    told = _told(bench)
    confirmed = [
        links.read(location.rpartition("/")[2], now, purpose="meeting").resource for location in answers["booked"].values()
    ]
    latencies = sorted(answers["latencies"])
    return {
        "bookings_per_s": round(len(confirmed) / answers["seconds"], 1),
        "p50_ms": _ms(latencies, 0.5),
        "p99_ms": _ms(latencies, 0.99),
        "max_ms": _ms(latencies, 1.0),
        "booked": len(confirmed),
        "double_bookings": twice,
        "unsound_rows": unsound,
        "lost_confirmations": len(set(confirmed) - booked) + sum(told[meeting_id] != 1 for meeting_id in booked),
        "without_a_time": len(wanted) - len(confirmed),
        "answers": answers["statuses"],
        "seconds": round(answers["seconds"], 1),
    }


def _told(bench: BenchCell) -> Counter[str]:
    """How often the broker has been told of each meeting."""
    told: Counter[str] = Counter()
    seen: set[str] = set()
    with Connection(bench.cell.broker) as connection, connection.channel() as channel:
        while message := channel.basic_get(QUEUE, no_ack=True):
            body = orjson.loads(message.body)
            if body["type"].startswith("scheduling.meeting_booked") and body["id"] not in seen:
                seen.add(body["id"])  # a relay that was killed may publish twice; the inbox knows by the id
                told[body["data"]["meeting_id"]] += 1
    return told


def _per(spent: float, answers: dict[str, Any]) -> float:
    return round(1000 * spent / max(1, len(answers["booked"])), 2)


def _ms(latencies: Sequence[int], part: float) -> float:
    return round(latencies[min(len(latencies) - 1, int(part * len(latencies)))] / 1000, 1) if latencies else 0.0
