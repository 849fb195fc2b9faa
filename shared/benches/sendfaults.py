"""`homeroom bench sendfaults`: SIGKILL every process at random while texts, calls and mails are handed over, and count.

On a RabbitMQ and a PostgreSQL of its own. Texts and calls go to a provider with accounts of both sorts, one that knows
a message again by our key and one that does not; mails to a real SMTP server. The provider's book and the mail server's
dump are the truth at the far end; they are compared with the ledger when everything has come to rest.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml
from kombu import Connection

from shared.backing import BackingUrls
from shared.backing.private import PrivateBacking
from shared.backing.process import free_port, listening
from shared.benches import sendfaults_outside as outside
from shared.benches.cell import BenchCell, bench_cell
from shared.benches.faults import kill_server, private_servers, start_again
from shared.benches.fleet import Fleet
from shared.benches.mail_sink import MailSink
from shared.benches.peers import ROOT
from shared.benches.processes import until
from shared.benches.sendfaults_sender import Sender, families, fill
from shared.clock import SystemClock, monotonic
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

KINDS: dict[str, tuple[str, ...]] = {
    "worker": ("worker-1", "worker-2"),
    "relay": ("relay",),
    "web": ("web",),
    "translation": ("translation",),
    "broker": (),
    "database": (),
}
CALM = (0.2, 1.0)  # seconds between one recovery and the next kill
LEASE_S = 8.0
PATIENCE_S = 90.0  # without a single hand-over, in the middle
REST_S = 240.0  # for all to come to rest, at the end
PER_KILL_S = 15.0  # what a kill takes with its recovery, on a slow machine: so many families are kept ready
OPEN = ("planned", "due", "sending", "held")
Say = Callable[[str], None]


def run(*, kills: int, seed: int, rate: float, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what else tells how it went."""
    dice = random.Random(seed)
    plan = [list(KINDS)[number % len(KINDS)] for number in range(kills)]
    dice.shuffle(plan)
    everyone = families(int(rate * (PER_KILL_S * kills + 30)))
    web, provider, smtp = free_port(0), free_port(0), free_port(0)
    with (
        private_servers() as servers,
        bench_cell(_urls(servers), components=COMPONENTS, upgrade=upgrade, channels=_accounts(provider, smtp)) as bench,
        MailSink(port=smtp) as sink,
    ):
        _base_url(bench.file, web)
        declare(Connection(bench.cell.broker), HEARERS)
        with bench.connect() as connection:
            fill(connection, everyone, SystemClock().now())
        book = bench.file.parent / "book"
        sender = Sender(bench, everyone, rate=rate)
        with Fleet(
            {"provider": lambda: _ours("shared.benches.sendfaults_outside", str(provider), str(book), str(seed))}
        ):
            until(lambda: listening(provider), what="the provider", seconds=20)
            with Fleet(_spawns(bench, web)) as fleet:
                sender.start()
                try:
                    _until_sent_after(bench, SystemClock().now(), say)
                    recovered = _kill_all(bench, servers, fleet, plan, dice, say)
                finally:
                    sender.stop()
                rested = _come_to_rest(bench, say)
                return _figures(bench, sender, book, [one.message_id for one in sink.arrivals]) | {
                    "kills": dict(Counter(plan)),
                    "recovered_s": _seconds(recovered),
                    "came_to_rest_s": rested,
                    "seed": seed,
                    "lease_s": LEASE_S,
                    "provider": "accepts without an answer 1 %, breaks after accepting 0.5 %, refuses 1 %",
                }


def _accounts(provider: int, smtp: int) -> dict[str, list[dict[str, Any]]]:
    def twilio(name: str, account: str, *, lookup: bool) -> dict[str, Any]:
        return {"provider": "twilio", "name": name, "base": f"http://127.0.0.1:{provider}", "account_sid": account,
                "auth_token": outside.TOKEN, "sender": "+13125550100", "lookup": lookup}  # fmt: skip

    both = [twilio("keyed", outside.KEYED, lookup=True), twilio("plain", outside.PLAIN, lookup=False)]
    email = {"provider": "smtp", "name": "post", "host": "127.0.0.1", "port": smtp, "sender": "school@bench.example"}
    return {"sms": both, "voice": both, "email": [email]}


def _base_url(file: Path, web: int) -> None:
    """Where the provider calls back."""
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"base_url": f"http://127.0.0.1:{web}"}))


def _urls(servers: PrivateBacking) -> BackingUrls:
    return BackingUrls(servers.amqp_url(), servers.pg_url(), servers.management_url(), True, True)


def _spawns(bench: BenchCell, web: int) -> dict[str, Callable[[], subprocess.Popen[bytes]]]:
    def homeroom(*words: str) -> Callable[[], subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "shared.cli", *words, "--cell", str(bench.file)]
        quiet = subprocess.DEVNULL
        return lambda: subprocess.Popen(
            command, env=bench.environment, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def worker() -> subprocess.Popen[bytes]:
        return bench.spawn("shared.benches.sendfaults_worker", str(LEASE_S))

    return {
        "relay": homeroom("relay"),
        "worker-1": worker,
        "worker-2": worker,
        "translation": homeroom("serve", "translation"),
        "web": homeroom("web", "notifications", "--port", str(web)),
    }


def _ours(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env=dict(os.environ), stdout=quiet, stderr=quiet
    )


def _kill_all(
    bench: BenchCell, servers: PrivateBacking, fleet: Fleet, plan: Sequence[str], dice: random.Random, say: Say
) -> list[float]:
    """Kill, restart, wait for a new hand-over, breathe; seconds from each restart to the first of them."""
    recovered: list[float] = []
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
            fleet.kill(dice.choice(KINDS[kind]))
        restarted = monotonic()
        _until_sent_after(bench, SystemClock().now(), say)
        recovered.append(monotonic() - restarted)
        say(f"kill {number}/{len(plan)}  {kind:<12} hand-overs again after {recovered[-1]:.2f} s")
    return recovered


def _until_sent_after(bench: BenchCell, moment: datetime, say: Say) -> None:
    def sent() -> bool:
        rows = _ask(bench, "SELECT count(*) FROM delivery WHERE sent_at > %s", moment)
        return bool(rows and rows[0][0])

    try:
        until(sent, what="a hand-over", seconds=PATIENCE_S)
    except TimeoutError:
        say(f"states: {_ask(bench, 'SELECT state, reason, count(*) FROM delivery GROUP BY 1, 2')}")
        raise


def _ask(bench: BenchCell, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Nothing while the database is starting."""
    try:
        with bench.connect() as connection:
            return connection.execute(query, values).fetchall()
    except psycopg.OperationalError:
        return []


def _come_to_rest(bench: BenchCell, say: Say) -> float | None:
    """Seconds until nothing is on its way and no word of a provider waits; None if that never came."""
    begun = monotonic()
    query = (
        "SELECT (SELECT count(*) FROM delivery WHERE state = ANY(%s)), "
        "(SELECT count(*) FROM provider_word WHERE applied_at IS NULL), "
        "(SELECT count(*) FROM due_work WHERE kind = 'expand'), "
        "(SELECT count(*) FROM delivery WHERE state = 'sent' AND channel <> 'email')"
    )

    def resting() -> bool:
        rows = _ask(bench, query, list(OPEN))
        if rows:
            say(f"on their way {rows[0][0]}, words waiting {rows[0][1]}, without a receipt {rows[0][3]}")
        return bool(rows) and not any(rows[0])

    try:
        until(resting, what="rest", seconds=REST_S, every=2.0)
    except TimeoutError:
        return None
    return round(monotonic() - begun, 1)


def _figures(bench: BenchCell, sender: Sender, book: Path, mails: Sequence[str]) -> dict[str, Any]:
    """The ledger against the far end."""
    rows = _ask(bench, "SELECT delivery_id, recipient_id, state, channel, provider FROM delivery")
    taken: dict[str, dict[tuple[str, str], list[str]]] = {"Messages": defaultdict(list), "Calls": defaultdict(list)}
    for line in book.read_text().splitlines():
        entry = json.loads(line)
        taken[entry["resource"]][entry["delivery"], entry["try"]].append(entry["account"])
    mailed = Counter(one.strip("<>").partition("@")[0] for one in mails)
    gone = {known for of in taken.values() for known, _ in of} | mailed.keys()
    planned = {row[1] for row in rows}
    never_planned = sender.promised - planned
    unsent = [row for row in rows if row[2] in OPEN]
    invented = [row for row in rows if row[2] in ("sent", "delivered") and row[0] not in gone]
    unknown = sorted(row[0] for row in rows if row[2] == "unknown")
    shown = {row[0] for row in _ask(bench, "SELECT DISTINCT delivery_id FROM delivery_trace WHERE what = 'unknown'")}
    unseen = set(unknown) - shown
    states = Counter(f"{row[3]}: {row[2]}" for row in rows)
    sent = sum(row[2] in ("sent", "delivered") for row in rows)
    return {
        "lost": len(never_planned) + len(unsent) + len(invented) + len(unseen),
        "lost_how": {
            "promised_never_planned": len(never_planned),
            "planned_never_sent": len(unsent),
            "ledger_says_sent_provider_has_not": len(invented),
            "unknown_without_a_trace": len(unseen),
        },
        "duplicate_sms": _twice(taken["Messages"]),
        "duplicate_voice": _twice(taken["Calls"]),
        "email_duplicates": sum(mailed.values()) - len(mailed),
        "unknown": len(unknown),
        "unknown_had_gone": sum(known in gone for known in unknown),
        "unknown_listed": unknown[:20],
        "sent": sent,
        "promised": len(sender.promised),
        "states": dict(states),
        "taken_by_account": _by_account(taken),
        "mails": sum(mailed.values()),
        "commits_without_answer": len(sender.unanswered),
    }


def _twice(taken: Mapping[tuple[str, str], Sequence[str]]) -> int:
    return sum(len(accounts) - 1 for accounts in taken.values())


def _by_account(taken: Mapping[str, Mapping[tuple[str, str], Sequence[str]]]) -> dict[str, int]:
    return dict(
        Counter(f"{name} {account}" for name, of in taken.items() for accounts in of.values() for account in accounts)
    )


def _seconds(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 2), "max": round(max(values), 2)} if values else {}
