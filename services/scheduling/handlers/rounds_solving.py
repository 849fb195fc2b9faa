"""The solver as a process beside the worker: begun in one piece of due work, looked at in the next, nobody waits for it.

One at a time per worker. Instances and plans travel through files without a name; they hold numbers, never people.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from shared.backing.state import REPOSITORY

GRACE = timedelta(minutes=5)  # beyond the seconds of search: compiling, the bound, reasons
COMMAND = (sys.executable, "-m", "services.scheduling.planner")
REFUSED = 2  # exit code: the instance itself is wrong, trying again cannot help

Key = tuple[str, str]  # district, plan


@dataclass(frozen=True, slots=True)
class Failed:
    """`lasting`: the same again would fail the same way."""

    reason: str
    lasting: bool


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    out: IO[bytes]
    until: datetime


class Solving:
    """`start`, then `finished` until it answers."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self._command = command
        self._running: dict[Key, _Running] = {}

    @property
    def idle(self) -> bool:
        return not self._running

    def has(self, key: Key) -> bool:
        return key in self._running

    def start(self, key: Key, document: bytes, now: datetime, *, seconds: int) -> None:
        """Begin; RuntimeError while another is running."""
        if self._running:
            raise RuntimeError("the solver is busy")
        out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open until the process has ended
        with tempfile.TemporaryFile() as given:
            given.write(document)
            given.seek(0)
            process = subprocess.Popen(
                self._command, stdin=given, stdout=out, stderr=subprocess.DEVNULL, cwd=REPOSITORY
            )
        self._running[key] = _Running(process, out, now + timedelta(seconds=seconds) + GRACE)

    def finished(self, key: Key, now: datetime) -> dict[str, Any] | Failed | None:
        """What it said, or why it said nothing; None while it computes. One that takes too long is ended."""
        running = self._running[key]
        code = running.process.poll()
        if code is None and now < running.until:
            return None
        if code is None:
            self.forget(key)
            return Failed("took_too_long", lasting=True)
        del self._running[key]
        with running.out as out:
            out.seek(0)
            said = out.read()
        if code == REFUSED:
            return Failed("locks" if b":locked" in said else "refused", lasting=True)
        if code != 0:
            return Failed(f"exit_{code}", lasting=False)
        try:
            found: dict[str, Any] = json.loads(said)
        except ValueError:
            return Failed("unreadable", lasting=True)
        return found

    def forget(self, key: Key) -> None:
        """End it, if it runs: nobody wants its answer any more."""
        running = self._running.pop(key, None)
        if running is not None:
            running.process.kill()
            running.process.wait()
            running.out.close()

    def wait(self, seconds: float) -> None:
        """For a caller with nothing else to do (tests, benches)."""
        for running in self._running.values():
            running.process.wait(seconds)
