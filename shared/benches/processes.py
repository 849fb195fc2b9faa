"""Waiting for conditions, ending processes, and what they and the machine have used."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from shared.clock import monotonic


def until(condition: Callable[[], bool], *, what: str, seconds: float, every: float = 0.05) -> None:
    """Return when it holds; TimeoutError names what did not come."""
    pause = threading.Event()
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        pause.wait(every)


def end_in_order() -> None:
    """A bench that is told to end (SIGTERM) ends its servers and workers too, as it does when interrupted."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def cpu_seconds() -> float:
    """CPU seconds that the whole machine has spent working since it started: servers, sink and everything."""
    user, nice, system, _idle, _iowait, irq, softirq = (
        int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def peak_rss_mb(pids: Iterable[int]) -> float:
    """The sum of the processes' own peaks, theirs and their children's; those gone count for nothing."""
    total = 0
    for pid in [each for root in pids for each in _tree(root)]:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    return total / 1024


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        found += [each for child in children for each in _tree(child)]
    return found
