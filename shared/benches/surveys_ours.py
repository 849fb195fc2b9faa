"""Our side of `bench surveys`: web processes of `surveys`, relay and worker as they run in a cell, on the real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests
from kombu import Connection

from shared.backing.process import free_port
from shared.benches import surveys_world as world
from shared.benches.cell import DISTRICT, BenchCell, bench_cell
from shared.benches.fleet import Fleet
from shared.benches.peers import ROOT
from shared.benches.processes import until
from shared.clock import SystemClock
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

QUEUE = "notifications.normal"
TOLD = "surveys.response_submitted"
Say = Callable[[str], None]


class Ours:
    """Families with links, in the order of their numbers; `next` takes the following ones, each once."""

    def __init__(self, bench: BenchCell, ports: Sequence[int], tokens: Mapping[str, str], fleet: Fleet) -> None:
        self.bench, self.ports, self.fleet = bench, list(ports), fleet
        self._links = list(tokens.items())
        self._taken = 0
        self.answered: dict[str, int] = {}  # assignment by number of its form, once a receipt was shown

    def journeys(self, count: int) -> list[tuple[int, str]]:
        numbers = range(self._taken, min(self._taken + count, len(self._links)))
        self._taken += len(numbers)
        return [(number, f"/surveys/s/{self._links[number][1]}") for number in numbers]

    def go(self, count: int, *, clients: int, rate: float = 0.0) -> dict[str, Any]:
        """So many journeys by a client process of its own; what came of them."""
        mine = self.journeys(count)
        result = client(
            self.bench.file.parent,
            self.ports,
            [(path, {**world.answers(number), "wish": ["send"]}) for number, path in mine],
            clients=clients,
            rate=rate,
        )
        for index in result["done"]:
            self.answered[self._links[mine[index][0]][0]] = mine[index][0]
        return result

    def analyze(self) -> None:
        """What autovacuum does by itself within a minute of use: before, every table is thought to be as empty as it was."""
        _analyze(self.bench)

    def pids(self) -> list[int]:
        return self.fleet.pids

    def compare(self) -> dict[str, Any]:
        """Every receipt against the tables and the broker: what is lost, what is not as it was sent, what came twice."""
        until(lambda: waiting(self.bench) == 0, what="the events to leave", seconds=120)
        kept = world.stored(self.bench.runtime)
        heard = told(self.bench)
        lost = [each for each in self.answered if each not in kept or heard.get(each, 0) == 0]
        wrong = [
            each
            for each, number in self.answered.items()
            if each in kept and kept[each] != world.expected(world.answers(number))
        ]
        twice = sum(many > 1 for many in heard.values())
        return {"lost": len(lost), "wrong": len(wrong), "events_twice": twice, "read_back": len(kept)}


@contextmanager
def ours(*, families: int, web: int, say: Say) -> Iterator[Ours]:
    """A cell with that many families asked, everything running."""
    ports = [free_port(0) for _ in range(web)]
    with bench_cell(components=COMPONENTS, upgrade=upgrade) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        world.move_in(bench.runtime, families)
        given = world.ports(bench.file.parent, bench.runtime.link_key)
        say(f"asking {families} families")
        world.send(bench.runtime, given, now=SystemClock().now())
        tokens = world.tokens(bench.runtime, given)
        spawns = {f"web-{n}": spawner(bench, "web", "surveys", "--port", str(port)) for n, port in enumerate(ports)}
        spawns |= {"relay": spawner(bench, "relay"), "worker": spawner(bench, "serve", "surveys")}
        with Fleet(spawns) as fleet:
            for port in ports:
                until(lambda port=port: answers(port), what="a web process", seconds=90)  # type: ignore[misc]
            until(lambda: waiting(bench) == 0, what="the invitations to leave", seconds=180, every=0.5)
            _analyze(bench)
            yield Ours(bench, ports, tokens, fleet)


def spawner(bench: BenchCell, *words: str) -> Callable[[], subprocess.Popen[bytes]]:
    """A process as `homeroom` starts it; each leads its own group, so that a kill takes its workers along."""
    command = [sys.executable, "-m", "shared.cli", *words, "--cell", str(bench.file)]
    null = subprocess.DEVNULL
    return lambda: subprocess.Popen(
        command, env=bench.environment, cwd=ROOT, stdout=null, stderr=null, start_new_session=True
    )


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/livez", timeout=2).ok
    except requests.RequestException:
        return False


def client(
    folder: Path, ports: Sequence[int], journeys: Sequence[tuple[str, Any]], *, clients: int, rate: float
) -> dict[str, Any]:
    """Run the clients in a process of their own."""
    given, results = folder / "journeys", folder / "results"
    given.write_text("\n".join(json.dumps(journey) for journey in journeys))
    words = [str(clients), ",".join(map(str, ports)), str(given), str(results), str(rate)]
    subprocess.run([sys.executable, "-m", "shared.benches.surveys_client", *words], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def _analyze(bench: BenchCell) -> None:
    with bench.connect() as connection:
        connection.execute("ANALYZE")


def waiting(bench: BenchCell) -> int:
    with bench.connect() as connection:
        row = connection.execute("SELECT count(*) FROM surveys.outbox").fetchone()
    return int(row[0]) if row else 0


def told(bench: BenchCell) -> dict[str, int]:
    """How often the broker has been told of each response, by different events."""
    heard: dict[str, int] = {}
    seen: set[str] = set()
    with Connection(bench.cell.broker) as connection, connection.channel() as channel:
        while message := channel.basic_get(QUEUE, no_ack=True):
            body = orjson.loads(message.body)
            if body["type"].startswith(TOLD) and body["id"] not in seen:
                seen.add(body["id"])
                heard[body["data"]["assignment_id"]] = heard.get(body["data"]["assignment_id"], 0) + 1
    return heard


__all__ = ["DISTRICT", "Ours", "answers", "client", "ours", "spawner", "told", "waiting"]
