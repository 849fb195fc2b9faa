"""Keeps child processes running: one that ends is started again, at most once a second; SIGTERM is passed on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from shared.clock import monotonic
from shared.observability.supervisor import Watchdog, notify, without_supervision

log = structlog.get_logger(__name__)
GRACE = 35.0  # seconds a child has to drain


class Supervisor:
    """`commands` by name, each the arguments of `python -m shared.cli`."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, environment: Mapping[str, str]) -> None:
        self._commands = dict(commands)
        self._environment = without_supervision(environment)
        self._watchdog = Watchdog(environment)
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for name in self._commands:
            self._start(name)
        notify("READY=1")
        while not self._stopping.wait(0.2):
            self._watchdog.beat()
            for name, child in list(self._children.items()):
                if child.poll() is not None and monotonic() - self._started[name] > 1.0:
                    log.error("child_ended", name=name, code=child.returncode)
                    self._start(name)
        notify("STOPPING=1")
        self._end()

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", "shared.cli", *self._commands[name]]
        self._children[name] = subprocess.Popen(command, env=self._environment)
        self._started[name] = monotonic()

    def _stop(self, *_: Any) -> None:
        self._stopping.set()

    def _end(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = monotonic() + GRACE
        for child in self._children.values():
            try:
                child.wait(timeout=max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
