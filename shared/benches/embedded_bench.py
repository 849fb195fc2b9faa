"""`homeroom bench embedded`: the whole cell in one process, on files: how fast, how prompt, and what kills leave.

Per event an inbox row, an effect row and an outbox row, and the broker's own rows, with an fsync per commit
(`durability: power`). The kills end the whole process while it produces and consumes; the next one finds the files.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.benches.cell import DISTRICT
from shared.clock import monotonic
from shared.tenancy.cell import Durability

Say = Callable[[str], None]
LATENCY_RATE = 20  # events a second, one commit each
LIVE_RATE = 200
LIFE = (0.05, 0.6)  # seconds between a process being ready and its end


def run(*, kills: int = 100, events: int = 5_000, seed: int = 7, say: Say) -> dict[str, Any]:
    """The keys events_per_s, p50_ms, p99_ms, kills, produced, lost, duplicate_effects, and how they were had."""
    figures: dict[str, Any] = {"durability": Durability.POWER.value, "fsync_ms": round(_fsync_ms(), 2)}
    figures |= _speed(events, Durability.POWER, say)
    figures["without_fsync"] = _speed(events, Durability.PROCESS, say)
    return figures | (_kills(kills, seed, say) if kills else {})


def _speed(events: int, durability: Durability, say: Say) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for job in (("rate", str(events)), ("latency", "400", str(LATENCY_RATE))):
        with tempfile.TemporaryDirectory() as folder:
            figures |= json.loads(_finish(_start(Path(folder), *job, durability.value)))
    say(f"{durability.value}: {figures}")
    return figures


def _fsync_ms() -> float:
    """What one fsync of a page costs here: two of them lie between a commit and its handler."""
    with tempfile.NamedTemporaryFile() as file:
        began = monotonic()
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (monotonic() - began) * 10


def _kills(kills: int, seed: int, say: Say) -> dict[str, Any]:
    dice = random.Random(seed)
    pause = threading.Event()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "book"
        book.touch()
        for number in range(1, kills + 1):
            with _start(folder, "live", str(book), str(LIVE_RATE)) as process:
                _wait_ready(process)
                pause.wait(dice.uniform(*LIFE))
                process.kill()
            if number % 10 == 0:
                say(f"kill {number}/{kills}: {len(book.read_text().splitlines())} events committed so far")
        _finish(_start(folder, "drain"))
        accepted = {line for line in book.read_text().split() if len(line) == 36}  # a torn last line is no promise
        seen = Counter(_effects(folder))
        dead = _dead_letters(folder)
    return {
        "kills": kills,
        "produced": len(accepted),
        "lost": len(accepted - seen.keys()),
        "duplicate_effects": sum(seen.values()) - len(seen),
        "dead_letters": dead,
    }


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "shared.benches.embedded_process", str(folder), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        process.kill()
        raise RuntimeError(f"the embedded cell did not start: {process.communicate()[1][-2000:]}")


def _finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=300)
    if process.returncode:
        raise RuntimeError(f"the embedded cell failed: {err[-2000:]}")
    return out.strip().splitlines()[-1]


def _effects(folder: Path) -> list[str]:
    path = folder / "districts" / DISTRICT / "notifications.sqlite"
    with sqlite3.connect(path) as connection:
        return [row[0] for row in connection.execute("SELECT event_id FROM effect")]


def _dead_letters(folder: Path) -> int:
    with sqlite3.connect(folder / "broker.sqlite") as connection:
        row = connection.execute("SELECT count(*) FROM message WHERE queue LIKE '%.dead'").fetchone()
    return int(row[0])
