"""How much memory the demo took: its own process and every child, each at its highest (Linux's VmHWM)."""

from __future__ import annotations

import os
import re
from pathlib import Path

_HIGHEST = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_PARENT = re.compile(r"^PPid:\s+(\d+)", re.MULTILINE)


def peak_mb() -> float | None:
    """Sum of the peaks in MB (an upper bound of the peak of the sum); None where /proc does not tell."""
    status: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status[int(folder.name)] = (folder / "status").read_text()
        except OSError:
            continue  # it has ended meanwhile
    family = {os.getpid()}
    while True:
        more = {pid for pid, text in status.items() if (p := _PARENT.search(text)) and int(p[1]) in family} - family
        if not more:
            break
        family |= more
    peaks = [int(found[1]) for pid in family if pid in status and (found := _HIGHEST.search(status[pid]))]
    return round(sum(peaks) / 1024, 1) if peaks else None
