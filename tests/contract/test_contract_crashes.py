"""Killed workers, events that kill, and what may be read where: on both brokers."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections import Counter
from pathlib import Path

from harness import HERE, ROOT, SERVICES, RabbitHarness, emit_enrolments, end

from shared.clock import monotonic
from shared.contracts import Lane
from shared.launcher.process import build_runtime
from shared.messaging.dead_letter_boxes import EmbeddedBox
from shared.messaging.dead_letters import DeadLetter, describe
from shared.tenancy.cell import embedded_cell

CANARY = f"Zwetschge{uuid.uuid4().hex[:6]}"


class EmbeddedChild:
    """The embedded cell in a process of its own, started again whenever it dies, as a supervisor would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"

    def run(self, *students: str, dead: int, handled: int, seconds: float = 60.0) -> int:
        """Until so many were dead-lettered and have their effect, over all lives; returns how many processes died."""
        deadline = monotonic() + seconds
        deaths = -1
        while monotonic() < deadline:
            deaths += 1
            with self.log.open("ab") as log:
                child = subprocess.Popen(
                    [sys.executable, "-W", "ignore", str(HERE / "embedded_child.py"), str(self.folder), *students],
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                )
            students = ()
            while child.poll() is None and monotonic() < deadline:
                if self._done(dead, handled):
                    assert end(child) == 0
                    return deaths
                threading.Event().wait(0.1)
        child.kill()
        raise TimeoutError(f"not there after {deaths} deaths")

    def _done(self, dead: int, handled: int) -> bool:
        if self.log.read_bytes().count(b"event_dead_lettered") < dead:
            return False
        return all(sum(self.effects(service).values()) >= handled for service in SERVICES)

    def effects(self, service: str) -> Counter[str]:
        with sqlite3.connect(self.folder / "districts" / "contract" / f"{service}.sqlite") as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'effect'").fetchone()
            return Counter(row[0] for row in connection.execute("SELECT student_id FROM effect")) if known else Counter()

    def dead(self, service: str) -> list[DeadLetter]:
        box = EmbeddedBox(embedded_cell(self.folder, ("contract",)), [service])
        try:
            return box.letters()
        finally:
            box.close()


def test_embedded_an_event_that_kills_its_process_is_dead_lettered_and_others_flow(tmp_path: Path) -> None:
    cell = EmbeddedChild(tmp_path)
    deaths = cell.run("s-1", "kill-1", "s-2", dead=2, handled=2)
    assert deaths >= 3
    for service in ("notifications", "surveys"):
        assert cell.effects(service) == Counter(["s-1", "s-2"])
        (letter,) = cell.dead(service)
        assert "event.kills_worker" in letter.reason


def test_rabbitmq_an_event_that_kills_its_worker_is_dead_lettered_and_others_flow(rabbitmq: RabbitHarness) -> None:
    """The suite's own worker of that service dies with the others; here they are replaced until it is over."""
    before = rabbitmq.emit("s-before")
    rabbitmq.until(lambda: rabbitmq.effects("surveys", before))
    ids = rabbitmq.emit("s-a", "kill-b", "s-c")
    poison = ids.pop(1)
    workers: dict[str, subprocess.Popen[bytes]] = {}

    def supervised() -> bool:
        for service in ("notifications", "surveys"):
            if service not in workers or workers[service].poll() is not None:
                workers[service] = rabbitmq.start("worker_child.py", service)
        letters = [letter.event_id for service in workers for letter in rabbitmq.dead(service)]
        return letters.count(poison) == 2

    rabbitmq.until(supervised, 60)
    for service in workers:
        rabbitmq.until(lambda s=service: rabbitmq.effects(s, ids) == Counter(ids))
        assert "event.kills_worker" in rabbitmq.until_dead(service, poison).reason
    # the session's own workers are gone: these take their place until the session ends
    rabbitmq.adopt(workers.values())


def test_rabbitmq_a_killed_worker_loses_nothing_and_does_nothing_twice(rabbitmq: RabbitHarness, tmp_path: Path) -> None:
    extra = rabbitmq.start("worker_child.py", "surveys", log=tmp_path / "log")
    ids = rabbitmq.emit(*[f"s-{n}" for n in range(2_000)], lane=Lane.BULK)
    rabbitmq.until(lambda: len(rabbitmq.order("surveys", ids)) > 50)
    extra.send_signal(signal.SIGKILL)
    extra.wait()
    rabbitmq.until(lambda: rabbitmq.effects("surveys", ids) == Counter(ids), 60)


def test_rabbitmq_a_killed_relay_loses_nothing_and_does_nothing_twice(rabbitmq: RabbitHarness, tmp_path: Path) -> None:
    """Killed between confirm and delete it publishes again: the inbox knows."""
    ids: list[str] = []
    for turn in range(4):
        extra = rabbitmq.start("relay_child.py", log=tmp_path / "log")
        rabbitmq.pause(0.9)
        ids += rabbitmq.emit(*[f"s-{turn}-{n}" for n in range(600)])
        rabbitmq.pause(0.02 * turn)
        extra.kill()
        extra.wait()
    rabbitmq.until(lambda: rabbitmq.effects("surveys", ids) == Counter(ids), 60)


def test_sigterm_drains_a_worker(rabbitmq: RabbitHarness, tmp_path: Path) -> None:
    extra = rabbitmq.start("worker_child.py", "surveys", log=tmp_path / "log")
    ids = rabbitmq.emit(*[f"s-{n}" for n in range(1_000)], lane=Lane.BULK)
    rabbitmq.until(lambda: rabbitmq.effects("surveys", ids))
    rabbitmq.until(lambda: b"worker_started" in (tmp_path / "log").read_bytes())
    assert end(extra) == 0
    assert b"worker_stopped" in (tmp_path / "log").read_bytes()
    rabbitmq.until(lambda: rabbitmq.effects("surveys", ids) == Counter(ids), 60)


def test_embedded_no_personal_text_lies_in_any_file_or_log(tmp_path: Path) -> None:
    """A handler that raises with the name in its message, twice parked, and a row that waits in the outbox."""
    cell = EmbeddedChild(tmp_path)
    made = embedded_cell(tmp_path, ("contract",))
    assert cell.run("s-1", "raise-1", dead=2, handled=1) == 0
    runtime = build_runtime(made)
    emit_enrolments(runtime, "contract", ["raise-2", "s-2"], name=CANARY)
    assert not _files_with(tmp_path, CANARY)
    runtime.databases.dispose()
    cell.run(dead=4, handled=2)
    assert cell.effects("surveys")["s-2"] == 1
    letters = cell.dead("surveys")
    assert len(letters) == 2
    assert all(CANARY not in str(describe(letter)) for letter in letters)
    assert b"event_parked" in cell.log.read_bytes()
    assert not _files_with(tmp_path, CANARY)


def test_rabbitmq_no_personal_text_lies_in_outbox_dead_letter_or_log(rabbitmq: RabbitHarness) -> None:
    ids = rabbitmq.emit("raise-x", name=CANARY)
    letter = rabbitmq.until_dead("surveys", ids[0])
    assert CANARY.encode() not in letter.body
    assert CANARY not in repr(letter.headers) + str(describe(letter))
    assert describe(letter)["data"]["name"] == "[sealed]"
    log = rabbitmq.log.read_bytes()
    assert b"event_parked" in log
    assert CANARY.encode() not in log


def _files_with(folder: Path, text: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "broker.sqlite" for path in files)
    return [path.name for path in files if text.encode() in path.read_bytes()]
