"""Our own fan-out: a cell as it is run in production, one announcement through the service's own entry.

Relay and workers are the processes of `homeroom relay` and `homeroom serve notifications`. Translation is played: a
thread answers every text that is asked for through that service's outbox, so that twelve languages are there at once
and no engine is measured.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kombu import Connection

from shared.backing import BackingUrls
from shared.backing.process import free_port
from shared.benches import fanout_texts
from shared.benches.cell import DISTRICT, BenchCell, bench_cell
from shared.benches.fanout_district import ANNOUNCER, Reader, fill
from shared.benches.fleet import Fleet
from shared.benches.mail_sink import MailSink
from shared.benches.peers import ROOT
from shared.benches.processes import cpu_seconds, peak_rss_mb, until
from shared.clock import SystemClock, monotonic
from shared.contracts import Lane
from shared.launcher.components import COMPONENTS
from shared.launcher.relay import HEARERS
from shared.launcher.topology import declare
from shared.messaging.topology import queue_name
from shared.tenancy.migrate import upgrade

SERVICE = "notifications"
SENDER = "school@bench.example"
SELECTOR = "bench"
PATIENCE_S = 120.0
QUIET_S = 2.0  # without a mail: nobody is sending any more
_UNDECIDED = "('planned', 'due', 'sending')"


@dataclass(frozen=True)
class OurRun:
    """What one announcement gave. `states`: deliveries by state at the end; `unexpected`: mails to whom none was to go."""

    rate: float
    seconds: float
    mails: int
    lost: int
    duplicates: int
    unexpected: int
    mean_bytes: int
    cpu_s: float
    rss_mb: float
    states: dict[str, int]
    p99_s: float


@contextmanager
def our_cell(backing: BackingUrls | None = None) -> Iterator[tuple[BenchCell, int]]:
    """The product's own components and migrations, with an SMTP account on a port that is still free; cell and port."""
    port = free_port(0)
    account = {"provider": "smtp", "host": "127.0.0.1", "port": port, "sender": SENDER}
    with bench_cell(backing, components=COMPONENTS, upgrade=upgrade, channels={"email": [account]}) as bench:
        declare(Connection(bench.cell.broker), HEARERS)
        yield bench, port


def signing(bench: BenchCell) -> tuple[Path, bytes]:
    """A second cell file for the same cell whose mails bear an RSA-2048 signature, and the public key (DER)."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    private = bench.file.with_name("dkim.pem")
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    private.chmod(0o600)
    content = yaml.safe_load(bench.file.read_text())
    content["channels"]["email"][0] |= {
        "dkim_domain": SENDER.partition("@")[2], "dkim_selector": SELECTOR, "dkim_key_file": str(private)
    }  # fmt: skip
    file = bench.file.with_name("signing.yaml")
    file.write_text(yaml.safe_dump(content))
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return file, public


def populate(bench: BenchCell, readers: Sequence[Reader]) -> None:
    """The roster as the service keeps it."""
    with bench.connect() as connection:
        fill(connection, readers, SystemClock().now())


@contextmanager
def processes(bench: BenchCell, workers: int, *, file: Path | None = None, log: Path | None = None) -> Iterator[Fleet]:
    """A relay and so many workers, up and listening, and somebody who answers for translation; `file`: another cell file."""
    names = {"relay": ("relay",)} | {f"worker-{n}": ("serve", SERVICE) for n in range(workers)}
    spawns = {name: _spawner(bench, [*words, "--cell", str(file or bench.file)], log) for name, words in names.items()}
    with Fleet(spawns) as fleet, translating(bench):
        until(lambda: _listening(bench) >= workers, what="the workers", seconds=60)
        yield fleet


def _spawner(bench: BenchCell, words: Sequence[str], log: Path | None) -> Callable[[], subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "shared.cli", *words]

    def spawn() -> subprocess.Popen[bytes]:
        output: Any = log.open("ab") if log else subprocess.DEVNULL
        return subprocess.Popen(command, env=bench.environment, cwd=ROOT, stdout=output, stderr=output)

    return spawn


def _listening(bench: BenchCell) -> int:
    """Workers at the queue that bulk comes by."""
    with Connection(bench.cell.broker) as connection, connection.channel() as channel:
        return int(channel.queue_declare(queue_name(SERVICE, Lane.BULK), passive=True).consumer_count)


@contextmanager
def translating(bench: BenchCell) -> Iterator[None]:
    """Answers every text that the service has asked for, through translation's own outbox."""
    ending = threading.Event()
    thread = threading.Thread(target=_translate, args=(bench, ending), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _translate(bench: BenchCell, ending: threading.Event) -> None:
    query = "SELECT message_id, content_version, language FROM message_text WHERE told_at IS NULL"
    answered: set[tuple[str, int, str]] = set()
    with bench.connect() as connection:
        while not ending.wait(0.05):
            asked = [row for row in connection.execute(query).fetchall() if row not in answered]
            if not asked:
                continue
            announced = {row[0] for row in connection.execute("SELECT message_id FROM message").fetchall()}
            with bench.runtime.unit_of_work("translation", DISTRICT) as uow:
                for message_id, version, language in asked:
                    uow.emit("translation.text_translated", _answer(message_id, version, language, announced))
            answered.update(asked)


def _answer(message_id: str, version: int, language: str, announced: set[str]) -> dict[str, Any]:
    """A text of the announcement, or of one of the short phrases around it."""
    text = fanout_texts.text(language) if message_id in announced else "—"
    return {
        "text_id": message_id,
        "content_version": version,
        "source": "en",
        "target": language,
        "text": text,
        "engine": "bench",
        "machine": False,
        "labelled": False,
        "approved_by": None,
        "glossary_hits": 0,
        "checks": {},
    }


def announce(bench: BenchCell, *, kind: str = "info", guardians: Sequence[str] = ()) -> str:
    """One announcement to everyone, or to these; its id, once committed."""
    announcing = import_module("services.notifications.handlers.announcing")
    writing = import_module("services.notifications.handlers.writing")
    audience = import_module("services.notifications.domain.audience")
    ports = import_module("services.notifications.ports").build_ports(bench.runtime)
    author = writing.Author(ANNOUNCER, "administrator", ())
    whom = audience.Audience(guardians=tuple(guardians)) if guardians else audience.Audience(everyone=True)
    what = announcing.Announcement(kind=kind, title=fanout_texts.TITLE, text=fanout_texts.text("en"), audience=whom)
    with bench.runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        announced = announcing.announce(uow, ports, author, what)
    return str(announced.message_id)


def run(
    bench: BenchCell,
    port: int,
    readers: Sequence[Reader],
    fleet: Fleet,
    *,
    kill_at: Sequence[float] = (),
    keep: int = 0,
    seen: list[bytes] | None = None,
) -> OurRun:
    """Announce to all of them; from the accepting commit to the last mail at the sink and every row in its last state.

    `kill_at`: parts of the way at which a worker is killed and started again.
    """
    expected = {reader.guardian_id: reader.email for reader in readers if reader.expected}
    with MailSink(port=port, keep=keep) as sink, bench.connect() as connection:
        before = cpu_seconds()
        started = monotonic()
        everyone = len(readers) == _known(connection)
        message_id = announce(bench, guardians=() if everyone else sorted(reader.guardian_id for reader in readers))
        for part in kill_at:
            sink.wait_for(int(part * len(expected)), seconds=PATIENCE_S)
            fleet.kill("worker-0")
        if kill_at:
            _end_leases_of_the_dead(connection, sink)
        sink.wait_for(len(expected), seconds=PATIENCE_S)
        with suppress(TimeoutError):  # what did not get there is counted as lost, and `states` says where it stands
            until(lambda: settled(connection, message_id), what="the ledger", seconds=PATIENCE_S)
        seconds = max(monotonic(), sink.arrivals[-1].at if sink.arrivals else 0.0) - started
        spent = cpu_seconds() - before
        rss = peak_rss_mb(fleet.pids)
        states: dict[str, int] = dict(
            connection.execute(
                "SELECT state || coalesce(':' || reason, ''), count(*) FROM delivery WHERE message_id = %s GROUP BY 1",
                [message_id],
            ).fetchall()
        )
        arrivals = list(sink.arrivals)
        if seen is not None:
            seen += sink.kept
    to = [one.to for one in arrivals]
    at = sorted(one.at - started for one in arrivals)
    ids = {one.message_id for one in arrivals}
    return OurRun(
        rate=len(set(to) & set(expected.values())) / seconds,
        seconds=seconds,
        mails=len(arrivals),
        lost=len(set(expected.values()) - set(to)),
        duplicates=len(arrivals) - len(ids),
        unexpected=len(set(to) - set(expected.values())),
        mean_bytes=sum(one.size for one in arrivals) // max(1, len(arrivals)),
        cpu_s=spent,
        rss_mb=rss,
        states=states,
        p99_s=at[int(len(at) * 0.99) - 1] if at else 0.0,
    )


def _end_leases_of_the_dead(connection: psycopg.Connection, sink: MailSink) -> None:
    """Once nobody sends, what is still marked as going was a dead worker's: the bench does not wait the five minutes."""
    count = -1
    until(lambda: bool(sink.arrivals), what="the first mail", seconds=PATIENCE_S)
    while count != len(sink.arrivals):
        count = len(sink.arrivals)
        threading.Event().wait(QUIET_S)
    connection.execute("UPDATE delivery SET due_at = now() WHERE state = 'sending'")


def _known(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM guardian").fetchone()
    return int(row[0]) if row else 0


def settled(connection: psycopg.Connection, message_id: str) -> bool:
    """Every delivery has been planned, and none of them is still on its way."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM due_work WHERE kind = 'expand' AND key = %s),"
        f" (SELECT count(*) FROM delivery WHERE message_id = %s AND state IN {_UNDECIDED})",
        [message_id, message_id],
    ).fetchone()
    return row is not None and row[0] == 0 and row[1] == 0
