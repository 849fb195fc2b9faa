"""`homeroom bench repair`: a teacher falls ill; seconds until the mended plan stands, families moved beyond that teacher's own."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.benches.conference import DATA, rounds_in
from shared.clock import monotonic
from shared.launcher.solver import ask

MOST_SECONDS, MOST_MOVED = 5.0, 10


def run(
    *, data: Path | None, names: list[str], teachers: int, plan_limit: float, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Per round: the busiest teacher and others drawn at random are absent, one at a time. Seconds are of the whole process."""
    rounds = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, file in rounds_in(data or DATA, names).items():
            solution = Path(scratch) / f"{name}.json"
            made = ask("plan", file, out=solution, time_limit=plan_limit, seed=seed)
            rounds[name] = [_absent(file, solution, teacher, made) for teacher in _drawn(made, teachers, seed)]
            worst = max(one["seconds"] for one in rounds[name])
            moved = max(one["families_moved"] for one in rounds[name])
            say(f"{name:<10} worst {worst:.1f} s, {moved} families moved")
    every = [one for repairs in rounds.values() for one in repairs]
    return {
        "seconds": max(one["seconds"] for one in every),
        "families_moved": max(one["families_moved"] for one in every),
        "repairs": len(every),
        "rounds": rounds,
    }


def _drawn(made: dict[str, Any], count: int, seed: int) -> list[int]:
    """The busiest teacher, and others at random."""
    meetings = Counter(one["teacher"] for one in made["meetings"])
    busiest = meetings.most_common(1)[0][0]
    others = sorted(set(meetings) - {busiest})
    return [busiest, *random.Random(seed).sample(others, min(count - 1, len(others)))]


def _absent(file: Path, solution: Path, teacher: int, made: dict[str, Any]) -> dict[str, Any]:
    began = monotonic()
    mended = ask("repair", file, plan=solution, absent=[teacher], most_moved=MOST_MOVED)
    return {
        "teacher": teacher,
        "seconds": round(monotonic() - began, 2),
        "families_moved": mended["families_moved"],
        "own_families": len(mended["own"]),
        "own_moved": len(mended["own_moved"]),
        "meetings_lost": len(mended["dropped"]),
        "wishes_gained": len(mended["gained"]),
        "score_before": made["score"],
        "score": mended["score"],
    }
