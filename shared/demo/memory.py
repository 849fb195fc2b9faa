"""How much memory the demo took: its own process at its highest, and every child's share now (Linux's /proc)."""

from __future__ import annotations

import os
import re
from pathlib import Path

_HIGHEST = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_SHARE = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)  # pages that several processes map are divided among them
_PARENT = re.compile(r"^PPid:\s+(\d+)", re.MULTILINE)


def peak_mb() -> float | None:
    """MB of this process (peak resident set) and its children (proportional set); None where /proc does not tell."""
    parents = {pid: int(found[1]) for pid in _pids() if (found := _PARENT.search(_read(pid, "status")))}
    own = _HIGHEST.search(_read(os.getpid(), "status"))
    if own is None:
        return None
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    children = family - {os.getpid()}
    shares = [int(found[1]) for pid in children if (found := _SHARE.search(_read(pid, "smaps_rollup")))]
    return round((int(own[1]) + sum(shares)) / 1024, 1)


def _pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _read(pid: int, name: str) -> str:
    try:
        return (Path("/proc") / str(pid) / name).read_text()
    except OSError:
        return ""  # it has ended meanwhile
