"""`homeroom bench submits-faults`: SIGKILL web processes, database, broker, relay and worker during double submits.

On a RabbitMQ and a PostgreSQL of its own. Every family sends from two telephones at once, different answers, again and
again until a receipt comes; one choice has fifty places. At the end every receipt is compared with tables and broker.
"""

from __future__ import annotations

import random
import statistics
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from kombu import Connection

from shared.backing import BackingUrls
from shared.backing.private import PrivateBacking, ServerName
from shared.backing.process import free_port
from shared.benches import surveys_world as world
from shared.benches.cell import BenchCell, bench_cell
from shared.benches.faults import kill_server, private_servers, start_again
from shared.benches.fleet import Fleet
from shared.benches.processes import until
from shared.benches.submits_devices import Families
from shared.benches.surveys_ours import answers, spawner, told, waiting
from shared.clock import SystemClock, monotonic
from shared.errors import HomeroomError
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

KINDS: dict[str, tuple[str, ...]] = {
    "web": ("web-0", "web-1"), "database": (), "worker": ("worker",), "relay": ("relay",), "broker": (),
}  # fmt: skip
QUOTA = f"quotas: [{{id: calls, condition: \"{{channel}} = 'call'\", most: {world.PLACES}}}]\n"
CALM = (0.1, 0.8)  # seconds between one recovery and the next kill
PER_KILL = 250  # families kept ready for each kill
PATIENCE_S = 90.0
THREADS = 4
Say = Callable[[str], None]


def run(*, kills: int, seed: int, say: Say) -> dict[str, Any]:
    """The keys that the issue names."""
    dice = random.Random(seed)
    plan = [list(KINDS)[number % len(KINDS)] for number in range(kills)]
    dice.shuffle(plan)
    ports = [free_port(0), free_port(0)]
    with private_servers() as servers, bench_cell(_urls(servers), components=COMPONENTS, upgrade=upgrade) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        world.move_in(bench.runtime, kills * PER_KILL + 300)
        given = world.ports(bench.file.parent, bench.runtime.link_key, definition=world.DEFINITION + QUOTA)
        say("asking everybody")
        world.send(bench.runtime, given, now=SystemClock().now())
        tokens = world.tokens(bench.runtime, given)
        spawns = {f"web-{n}": spawner(bench, "web", "surveys", "--port", str(port)) for n, port in enumerate(ports)}
        spawns |= {"relay": spawner(bench, "relay"), "worker": spawner(bench, "serve", "surveys")}
        with Fleet(spawns) as fleet:
            for port in ports:
                until(lambda port=port: answers(port), what="a web process", seconds=90)  # type: ignore[misc]
            with Families(tokens, ports, threads=THREADS, seed=seed) as families:
                began = monotonic()
                until(lambda: families.answered_since(began), what="the first receipt", seconds=PATIENCE_S)
                recovered = _kill_all(servers, fleet, families, plan, dice, say)
            until(lambda: _left(bench) == 0, what="the events to leave", seconds=180, every=1.0)
            return _figures(bench, families) | {
                "kills": kills,
                "killed": dict(Counter(plan)),
                "recovered_s": {"median": round(statistics.median(recovered), 2), "max": round(max(recovered), 2)},
                "seed": seed,
            }


def _kill_all(
    servers: PrivateBacking, fleet: Fleet, families: Families, plan: Sequence[str], dice: random.Random, say: Say
) -> list[float]:
    """Kill, restart, wait for a new receipt, breathe; seconds from each restart to the first receipt after it."""
    recovered: list[float] = []
    pause = threading.Event()
    for number, kind in enumerate(plan, 1):
        pause.wait(dice.uniform(*CALM))
        if kind in ("broker", "database"):
            name: ServerName = "rabbitmq" if kind == "broker" else "postgresql"
            kill_server(servers, name)
            start_again(servers, name, say)
        else:
            fleet.kill(dice.choice(KINDS[kind]))
        restarted = monotonic()
        if families.left == 0:
            raise HomeroomError("FAMILIES_DONE", "every family has answered before the last kill", "ask more", "bench")
        until(partial(families.answered_since, restarted), what="a receipt", seconds=PATIENCE_S)
        recovered.append(monotonic() - restarted)
        say(f"kill {number}/{len(plan)}  {kind:<9} receipts again after {recovered[-1]:.2f} s")
    return recovered


def _urls(servers: PrivateBacking) -> BackingUrls:
    return BackingUrls(servers.amqp_url(), servers.pg_url(), servers.management_url(), True, True)


def _left(bench: BenchCell) -> int:
    try:
        return waiting(bench)
    except psycopg.OperationalError:
        return -1


def _figures(bench: BenchCell, families: Families) -> dict[str, Any]:
    """Receipts against tables and broker."""
    kept, heard = world.stored(bench.runtime), told(bench)
    answered = {key: shown for key, shown in families.receipts.items() if shown}
    with bench.connect() as connection:
        connection.execute("SET search_path = surveys")
        row = connection.execute(
            "SELECT (SELECT count(*) FROM response), (SELECT count(DISTINCT assignment_id) FROM response),"
            " coalesce((SELECT sum(taken) FROM quota_count), 0)"
        ).fetchone()
    assert row is not None
    calls = sum(answers["channel"] == ("call",) for answers in kept.values())
    mixed = [key for key in answered if key in kept and kept[key] not in families.sent[key]]
    differing = [key for key, shown in answered.items() if any(each != shown[0] for each in shown)]
    return {
        "submitted": len(answered),
        "lost": sum(key not in kept or not heard.get(key) for key in answered),
        "duplicates": (row[0] - row[1]) + sum(many > 1 for many in heard.values()) + len(mixed) + len(differing),
        "mixed": len(mixed),
        "differing_receipts": len(differing),
        "quota_exceeded": max(0, calls - world.PLACES) + abs(int(row[2]) - calls),
        "quota": {"places": world.PLACES, "answers": calls, "counted": int(row[2])},
        "gave_up": len(families.unanswered),
    }


def met(figures: dict[str, Any]) -> bool:
    return not (figures["lost"] or figures["duplicates"] or figures["quota_exceeded"]) and figures["submitted"] > 0
