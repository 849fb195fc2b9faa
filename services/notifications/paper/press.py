"""Runs the press as a process beside the worker: begun in one round, looked at in the next, nobody waits for it.

One at a time per worker: memory stays that of one process, and it ends with its process. Words travel through files
without a name, so nothing of a letter can be left behind on the disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from shared.backing.state import REPOSITORY
from shared.paper.printed import Printed

LONGEST = timedelta(minutes=5)
COMMAND = (sys.executable, "-m", "services.notifications.paper")


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Nothing came out; `why` is a technical word."""

    why: str


@dataclass
class _Running:
    key: tuple[str, ...]
    process: subprocess.Popen[bytes]
    out: IO[bytes]
    until: datetime


class Press:
    """`start`, then `finished` until it answers."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._running: _Running | None = None

    @property
    def idle(self) -> bool:
        return self._running is None

    def start(self, key: tuple[str, ...], job: bytes, now: datetime) -> None:
        """Begin; `key` comes back with the result. RuntimeError while another job is running."""
        if self._running is not None:
            raise RuntimeError("the press is busy")
        out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open until the process has ended
        with tempfile.TemporaryFile() as given:
            given.write(job)
            given.seek(0)
            process = subprocess.Popen(
                self._command, stdin=given, stdout=out, stderr=subprocess.DEVNULL, cwd=REPOSITORY
            )
        self._running = _Running(key, process, out, now + LONGEST)

    def finished(self, mine: Callable[[tuple[str, ...]], bool], now: datetime) -> tuple[tuple[str, ...], Printed | Spoiled] | None:
        """The result of a job that has ended and is `mine`; one that takes too long is ended."""
        running = self._running
        if running is None or not mine(running.key):
            return None
        code = running.process.poll()
        if code is None:
            if now < running.until:
                return None
            running.process.kill()
            running.process.wait()
        self._running = None
        with running.out as out:
            out.seek(0)
            return running.key, _result(code, out.read())

    def wait(self, seconds: float) -> None:
        """For a caller with nothing else to do (tests, benches)."""
        if self._running is not None:
            self._running.process.wait(seconds)


def _result(code: int | None, said: bytes) -> Printed | Spoiled:
    if code is None:
        return Spoiled("took_too_long")
    if code != 0:
        return Spoiled(f"exit_{code}")
    return Printed.of_wire(said)
