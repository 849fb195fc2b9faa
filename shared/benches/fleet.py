"""Processes kept alive as systemd would keep them: one that ends is started again half a second later."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from types import TracebackType

from shared.clock import monotonic

Spawn = Callable[[], "subprocess.Popen[bytes]"]
RESTART_SECONDS = 0.5


class Fleet:
    """A context: starts everything on entry, ends everything on exit."""

    def __init__(self, spawns: Mapping[str, Spawn]) -> None:
        self._spawns = dict(spawns)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.names = frozenset(spawns)
        self.restarts = 0

    def __enter__(self) -> Fleet:
        for name, spawn in self._spawns.items():
            self._running[name] = spawn()
        self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ending.set()
        self._watcher.join()
        for process in self._running.values():
            process.terminate()
        deadline = monotonic() + 15
        for process in self._running.values():
            try:
                process.wait(timeout=max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                _kill(process)
                process.wait()

    @property
    def pids(self) -> list[int]:
        """Of those running now."""
        with self._lock:
            return [process.pid for process in self._running.values()]

    def kill(self, name: str) -> None:
        """SIGKILL; returns when its successor has been started."""
        with self._lock:
            victim = self._running[name]
            _kill(victim)
            victim.wait()
        while not self._ending.is_set():
            with self._lock:
                if self._running[name] is not victim:
                    return
            self._ending.wait(0.05)

    def _watch(self) -> None:
        ended: dict[str, float] = {}
        while not self._ending.wait(0.05):
            for name, spawn in self._spawns.items():
                with self._lock:
                    if self._running[name].poll() is None:
                        continue
                    since = ended.setdefault(name, monotonic())
                    if monotonic() - since >= RESTART_SECONDS:
                        self._running[name] = spawn()
                        self.restarts += 1
                        del ended[name]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With its children where it leads a group, as a supervisor's control group does."""
    if os.getpgid(process.pid) == process.pid:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
