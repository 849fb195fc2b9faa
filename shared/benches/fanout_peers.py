"""The peers of the fan-out, each run as its documentation has it, with the best number of its workers.

The recipients come to them already filtered: who may not be written to, or not now, is not in their file. Rates are
mails a second from the start of the hand-over to the last mail at the sink with its row committed.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.backing.process import free_port, listening
from shared.benches import peers
from shared.benches.cell import BenchCell
from shared.benches.events import running
from shared.benches.mail_sink import MailSink
from shared.benches.processes import cpu_seconds, until
from shared.clock import monotonic

SCHEMA = "peer"
POST_OFFICE_WORKERS = ((1, 5), (2, 1), (4, 5), (8, 1))  # processes, threads in each (measured in the notes)
CELERY_WORKERS = (1, 2, 4, 8)
PATIENCE_S = 240.0


@dataclass(frozen=True)
class PeerRun:
    """What one run of a peer gave."""

    rate: float
    mails: int
    lost: int
    duplicates: int
    mean_bytes: int
    cpu_s: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Peers:
    """The peers in a bench's cell; `people` are mails' recipients as `fanout_mail.load` reads them."""

    bench: BenchCell
    texts: dict[str, dict[str, str]]
    people: Sequence[dict[str, str]]

    def prepare(self) -> None:
        """Tables, once."""
        with self.bench.connect() as connection:
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            connection.execute(
                f"CREATE TABLE {SCHEMA}.peer_delivery (person_id text PRIMARY KEY, state text NOT NULL,"
                " at timestamptz NOT NULL DEFAULT clock_timestamp())"
            )
        self._python("fanout_post_office.py", "migrate", port=25, threads=1)

    def post_office(self, count: int, workers: tuple[int, int]) -> PeerRun:
        """Enqueued by the thousand, then sent by so many processes of so many threads."""
        processes, threads = workers
        self._execute(f"TRUNCATE {SCHEMA}.post_office_email CASCADE")
        with MailSink() as sink, self._file(count) as file:
            before = cpu_seconds()
            started = monotonic()
            self._python("fanout_post_office.py", "enqueue", str(file), port=sink.port, threads=threads)
            enqueued = monotonic()
            self._python("fanout_post_office.py", "send", str(processes), port=sink.port, threads=threads)
            sink.wait_for(count, seconds=5)
            sent = self._count(f"SELECT count(*) FROM {SCHEMA}.post_office_email WHERE status = 0")
            finished = monotonic()
            parts = {"enqueue_s": enqueued - started, "send_s": finished - enqueued}
            return _run(sink, count, sent, finished - started, cpu_seconds() - before, parts)

    def celery(self, count: int, workers: int) -> PeerRun:
        """Published and worked off at the same time; the workers are up before the clock starts."""
        self._execute(f"TRUNCATE {SCHEMA}.peer_delivery")
        with MailSink() as sink, self._file(count) as file:
            environment = self._environment(port=sink.port, threads=1) | {"PEER_FILE": str(file)}
            command = [str(peers.python()), "-m", "celery", "-A", "fanout_celery", "worker", "-l", "ERROR"]
            command += ["-P", "prefork", "-c", str(workers)]
            command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
            process = subprocess.Popen(
                command, env=environment, cwd=peers.PEERS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            with running(process):
                until(self._celery_listens, what="the Celery worker", seconds=60)
                before = cpu_seconds()
                started = monotonic()
                publish = [str(peers.python()), "fanout_celery.py", str(file)]
                subprocess.run(publish, check=True, env=environment, cwd=peers.PEERS)
                published = monotonic()
                sink.wait_for(count, seconds=PATIENCE_S)
                query = f"SELECT count(*) FROM {SCHEMA}.peer_delivery"
                until(lambda: self._count(query) >= count, what="Celery's rows", seconds=PATIENCE_S)
                finished = monotonic()
                spent = cpu_seconds() - before
            return _run(sink, count, count, finished - started, spent, {"publish_s": published - started})

    def mailman(self, count: int) -> PeerRun:
        """One post to a list, a copy for each member; its queue file stands for the committed rows."""
        with MailSink() as sink, self._file(count, language="en") as file, tempfile.TemporaryDirectory() as folder:
            lmtp, rest = free_port(8024), free_port(8001)
            self._script("fanout_mailman.py", "prepare", folder, str(file), str(sink.port), str(lmtp), str(rest))
            mailman = [str(peers.python().parent / "mailman")]
            mailman += ["--run-as-root"] if os.geteuid() == 0 else []
            mailman += ["-C", f"{folder}/mailman.cfg"]
            with Path(folder, "start.log").open("wb") as log:
                subprocess.run([*mailman, "start"], check=True, stdout=log, stderr=log)
            try:
                until(lambda: _all_runners(Path(folder)) and listening(lmtp), what="Mailman", seconds=90)
                before = cpu_seconds()
                started = monotonic()
                self._script("fanout_mailman.py", "post", str(file), str(lmtp))
                sink.wait_for(count, seconds=PATIENCE_S)
                finished = monotonic()
                spent = cpu_seconds() - before
            finally:
                subprocess.run([*mailman, "stop"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                _wait_ended(Path(folder))
            return _run(sink, count, count, finished - started, spent, {}, by_recipient=True)

    def _celery_listens(self) -> bool:
        from amqp.exceptions import NotFound
        from kombu import Connection

        with Connection(self.bench.cell.broker) as connection, connection.channel() as channel:
            try:
                return bool(channel.queue_declare("celery_fanout", passive=True).consumer_count)
            except NotFound:
                return False

    @contextmanager
    def _file(self, count: int, *, language: str | None = None) -> Iterator[Path]:
        """The first `count` recipients; all in one language where a peer knows only one text."""
        chosen = [one if language is None else {**one, "language": language} for one in self.people[:count]]
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            for line in (self.texts, *chosen):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            yield Path(file.name)

    def _environment(self, *, port: int, threads: int) -> dict[str, str]:
        url = urlsplit(self.bench.database_url)
        parts = {
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or 5432),
            "SCHEMA": SCHEMA,
        }
        return {
            **os.environ,
            **{f"PEER_PG_{name}": value for name, value in parts.items()},
            "PEER_DSN": f"{self.bench.database_url}?options=-csearch_path%3D{SCHEMA}",
            "PEER_AMQP_URL": self.bench.cell.broker,
            "PEER_SMTP_PORT": str(port),
            "PEER_THREADS": str(threads),
            "PEER_LOCK": f"post_office_{self.bench.vhost}",
        }

    def _python(self, script: str, *arguments: str, port: int, threads: int) -> None:
        self._script(script, *arguments, environment=self._environment(port=port, threads=threads))

    def _script(self, script: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        command = [str(peers.python()), "-W", "ignore", str(peers.PEERS / script), *arguments]
        subprocess.run(command, check=True, env=environment, capture_output=True)

    def _execute(self, statement: str) -> None:
        with self.bench.connect() as connection:
            connection.execute(statement)

    def _count(self, query: str) -> int:
        with self.bench.connect() as connection:
            row = connection.execute(query).fetchone()
            return int(row[0]) if row else 0


def best(run: Callable[[Any], PeerRun], choices: Sequence[Any]) -> tuple[Any, dict[str, float]]:
    """The number of workers with the highest rate, and all the rates."""
    rates = {choice: run(choice).rate for choice in choices}
    return max(rates, key=lambda choice: rates[choice]), {str(choice): round(rate) for choice, rate in rates.items()}


def _run(
    sink: MailSink,
    count: int,
    sent: int,
    seconds: float,
    cpu_s: float,
    parts: dict[str, float],
    *,
    by_recipient: bool = False,
) -> PeerRun:
    """`by_recipient`: where all copies have one Message-ID."""
    arrivals = list(sink.arrivals)
    seen = {one.to if by_recipient else one.message_id for one in arrivals}
    mean = sum(one.size for one in arrivals) // max(1, len(arrivals))
    lost, twice = count - len(seen), len(arrivals) - len(seen)
    return PeerRun(min(len(seen), sent) / seconds, len(arrivals), lost, twice, mean, cpu_s, parts)


def _all_runners(folder: Path) -> bool:
    """Its log says when the one that sends is up, which comes last."""
    log = folder / "logs" / "mailman.log"
    return log.exists() and "out runner started" in log.read_text(errors="replace")


def _wait_ended(folder: Path) -> None:
    """Its master goes last; until then it writes to the folder that we are about to remove."""
    log = folder / "logs" / "mailman.log"
    until(
        lambda: not log.exists() or "Master stopped" in log.read_text(errors="replace"),
        what="Mailman's end",
        seconds=60,
    )
