"""`homeroom bench receipts`: signed status calls against the real web process, and the ledger's final states.

Deliveries that were handed over wait for their receipts; each has a history (sent, then delivered or failed), repeated in
part, shuffled over all deliveries. Some calls are forged, some are replayed once everything has settled. The clock of
`receipts_per_s` runs until the last call is answered, that of `settled_per_s` until every word has been acted on.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
import requests
from kombu import Connection

from shared.backing.process import free_port
from shared.benches.cell import DISTRICT, BenchCell, bench_cell
from shared.benches.fleet import Fleet
from shared.benches.peers import ROOT
from shared.benches.processes import cpu_seconds, until
from shared.clock import SystemClock, monotonic
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.tenancy.migrate import upgrade

TOKEN = "bench-token"  # noqa: S105 of a provider that is never called
GUESSED = "guessed"
REPEATED, FAILED, SILENT, FORGED = 0.2, 0.05, 0.05, 0.02  # shares: of the calls, of the deliveries, …, of the calls
REPLAYED = 500
SETTLE_S = 120.0
_ACCOUNT = {"provider": "twilio", "name": "texts", "base": "http://127.0.0.1:9", "account_sid": "AC1", "auth_token": TOKEN,
            "sender": "+13125550100"}  # fmt: skip
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class History:
    """What the provider will say of one delivery, and how it must end."""

    delivery_id: str
    ref: str
    words: tuple[str, ...]

    @property
    def ends(self) -> str:
        """delivered, failed (no other way: on paper), or sent where nothing more was said."""
        return "delivered" if "delivered" in self.words else "failed" if "failed" in self.words else "sent"


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back: status counts, latencies in microseconds, and the clock of the sender."""

    statuses: dict[str, int]
    latencies: list[int]
    begun: float
    ended: float


def run(*, deliveries: int, seed: int, connections: int, workers: int, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what else tells how it went."""
    dice = random.Random(seed)
    histories = [_history(number, dice) for number in range(deliveries)]
    calls, twice, swapped = _calls(histories, dice)
    port = free_port(0)
    with cell() as bench, processes(bench, port=port, workers=workers), bench.connect() as connection:
        fill(connection, histories, SystemClock().now())
        good = [signed(port, one, word) for one, word in calls]
        forged = [signed(port, one, "failed", token=GUESSED) for one, _ in dice.sample(calls, int(FORGED * len(calls)))]
        mixed = [*good, *forged]
        dice.shuffle(mixed)
        say(f"{len(good)} calls, {len(forged)} forged among them, over {connections} connections")
        before = cpu_seconds()
        answers = send(bench, port, mixed, connections)
        until(lambda: _waiting(connection) == 0, what="the words", seconds=SETTLE_S)
        settled = monotonic()
        spent = cpu_seconds() - before
        wrong = _wrong(connection, histories)
        replayed = _replay(bench, connection, port, dice.sample(good, min(REPLAYED, len(good))), histories)
        counted = _refused(port, workers)
    latencies = sorted(answers.latencies)
    took = answers.ended - answers.begun
    return {
        "receipts_per_s": round(len(good) / took, 1),
        "settled_per_s": round(len(good) / (settled - answers.begun), 1),
        "p50_ms": _ms(latencies, 0.50),
        "p99_ms": _ms(latencies, 0.99),
        "callbacks": len(good),
        "duplicates": twice,
        "out_of_order": swapped,
        "deliveries": deliveries,
        "wrong_states": wrong,
        "forged": len(forged),
        "forged_refused": answers.statuses.get("403", 0),
        "forged_counted": counted,
        **replayed,
        "unanswered": len(mixed) - sum(answers.statuses.values()),
        "statuses": answers.statuses,
        "cpu_s_per_1000": round(1000 * spent / len(mixed), 3),
        "web_workers": workers,
        "connections": connections,
        "durable": "PostgreSQL, fsync on; each call answered after its commit",
    }


def _history(number: int, dice: random.Random) -> History:
    draw = dice.random()
    end = () if draw < SILENT else ("failed",) if draw < SILENT + FAILED else ("delivered",)
    return History(
        f"00000000-0000-7000-8000-{number:012d}", f"SM{number:032x}", ("queued", "sent", *end)[dice.random() < 0.5 :]
    )


def _calls(histories: Sequence[History], dice: random.Random) -> tuple[list[tuple[History, str]], int, int]:
    """Every word of every history and repeats, shuffled; how many are repeats, and how many overtook an earlier word."""
    calls = [(one, word) for one in histories for word in one.words]
    once = len(calls)
    calls += dice.sample(calls, int(REPEATED * once))
    dice.shuffle(calls)
    seen: dict[str, int] = {}
    swapped = 0
    for one, word in calls:
        place = one.words.index(word)
        swapped += int(place < seen.get(one.delivery_id, 0))
        seen[one.delivery_id] = max(place, seen.get(one.delivery_id, 0))
    return calls, len(calls) - once, swapped


def signed(port: int, one: History, word: str, *, token: str = TOKEN) -> bytes:
    """A status call as Twilio sends it, with the signature of its documentation; ready for the socket."""
    path = f"/notifications/webhooks/sms/status?district={DISTRICT}&delivery={one.delivery_id}"
    fields = {
        "AccountSid": "AC1",
        "MessageSid": one.ref,
        "MessageStatus": word,
        "To": "+13125550111",
        "From": "+13125550100",
    }
    if word == "failed":
        fields["ErrorCode"] = "30003" if token != TOKEN else "30005"
    text = f"http://127.0.0.1:{port}{path}" + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    mark = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    body = urlencode(fields)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {mark}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


@contextmanager
def cell() -> Iterator[BenchCell]:
    """The product's own components and migrations, and one SMS account."""
    with bench_cell(components=COMPONENTS, upgrade=upgrade, channels={"sms": [_ACCOUNT]}) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        yield bench


@contextmanager
def processes(bench: BenchCell, *, port: int, workers: int) -> Iterator[Fleet]:
    """The web process and a worker of notifications, as `homeroom web` and `homeroom serve` run them."""
    web = ("web", "notifications", "--port", str(port), "--workers", str(workers))
    spawns = {"web": _spawner(bench, *web), "worker": _spawner(bench, "serve", "notifications")}
    with Fleet(spawns) as fleet:
        until(lambda: _answers(port), what="the web process", seconds=60)
        yield fleet


def _spawner(bench: BenchCell, *words: str) -> Callable[[], subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "shared.cli", *words, "--cell", str(bench.file)]
    null = subprocess.DEVNULL
    return lambda: subprocess.Popen(command, env=bench.environment, cwd=ROOT, stdout=null, stderr=null)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/livez", timeout=2).ok
    except requests.RequestException:
        return False


def fill(connection: psycopg.Connection, histories: Sequence[History], now: datetime) -> None:
    """One message handed over to so many guardians with a number and nothing else."""
    sent_at = now - timedelta(minutes=1)
    message = ("m-bench", 1, "info", "routine", "low", "en", "Trip.", False, now)
    tables: dict[str, tuple[tuple[str, ...], Any]] = {
        "message": (
            ("message_id", "content_version", "kind", "weight", "risk", "source_language", "text", "personal", "created_at"),
            [message],
        ),
        "guardian": (
            ("guardian_id", "revision", "language", "given_name", "family_name", "sms"),
            ((f"g-{one.delivery_id}", 1, "en", "Sam", "Sample", f"+1312{number:07d}") for number, one in enumerate(histories)),
        ),
        "delivery": (
            ("delivery_id", "message_id", "content_version", "recipient_id", "recipient_kind", "students", "language",
             "params", "solicited", "state", "channel", "provider", "tried", "attempts", "over_cap", "provider_ref",
             "created_at", "sent_at"),
            ((one.delivery_id, "m-bench", 1, f"g-{one.delivery_id}", "guardian", "[]", "en", "{}", False, "sent", "sms",
              "texts", "[]", 1, False, one.ref, sent_at, sent_at) for one in histories),
        ),
    }  # fmt: skip
    for table, (columns, rows) in tables.items():
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    connection.execute("ANALYZE")


def send(bench: BenchCell, port: int, prepared: Sequence[bytes], connections: int) -> Answers:
    """All of them, by a process of its own."""
    folder = bench.file.parent
    (folder / "requests").write_bytes(b"".join(struct.pack(">I", len(one)) + one for one in prepared))
    given = [str(port), str(connections), str(folder / "requests"), str(folder / "answers")]
    subprocess.run([sys.executable, "-m", "shared.benches.receipts_client", *given], cwd=ROOT, check=True)
    return Answers(**json.loads((folder / "answers").read_text()))


def _waiting(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM provider_word WHERE applied_at IS NULL").fetchone()
    return int(row[0]) if row else 0


def _wrong(connection: psycopg.Connection, histories: Sequence[History]) -> int:
    """Deliveries that did not end as their history says; what failed must have left the way it failed by."""
    rows = connection.execute("SELECT delivery_id, state, channel, tried::text FROM delivery").fetchall()
    found = {row[0]: row[1:] for row in rows}
    wrong = 0
    for one in histories:
        state, _, tried = found[one.delivery_id]
        if one.ends == "failed":
            wrong += int(state in ("sent", "delivered", "sending", "unknown") or "sms" not in tried)
        else:
            wrong += int(state != one.ends)
    return wrong


def _replay(
    bench: BenchCell, connection: psycopg.Connection, port: int, again: Sequence[bytes], histories: Sequence[History]
) -> dict[str, int]:
    """Calls that were made before, whole and rightly signed: known by their key, and nothing moves."""
    words = "SELECT count(*) FROM provider_word"
    before = connection.execute(words).fetchone()
    send(bench, port, again, 8)
    after = connection.execute(words).fetchone()
    new = (after or (0,))[0] - (before or (0,))[0]
    return {
        "replayed": len(again),
        "replayed_refused": len(again) - new,
        "wrong_after_replay": _wrong(connection, histories),
    }


def _refused(port: int, workers: int) -> int | None:
    """The product's own count of forged calls; of several processes only one would answer."""
    if workers > 1:
        return None
    lines = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text.splitlines()
    counts = [float(line.split()[-1]) for line in lines if line.startswith("callbacks_refused_total{")]
    return int(sum(counts))


def _ms(latencies: Sequence[int], part: float) -> float:
    return round(latencies[min(len(latencies) - 1, int(part * len(latencies)))] / 1000, 2) if latencies else 0.0
