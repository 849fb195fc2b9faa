"""A million approved segments: asked for exactly, and for what is nearly the same, beside rapidfuzz and translate-toolkit.

The segments are synthetic (drawn from a seed, mean 55 characters): real memories are neither as regular nor as large.
Recall is against rapidfuzz comparing with every segment: the share of questions whose best score we found too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.backing.state import REPOSITORY
from shared.benches import peers
from shared.benches.memory_inside import fuzzy, questions
from shared.benches.memory_texts import segments

SAMPLE = 200  # questions that rapidfuzz answers by comparing with every segment
TOOLKIT_SEGMENTS, TOOLKIT_QUERIES = 100_000, 5  # each of its segments is an object
LEAST_EXACT, MOST_MS, LEAST_RECALL, MOST_MB = 30_000, 20.0, 0.99, 400.0


def run(*, count: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Fill a database, ask it in a process of its own, and put the same questions to the peers."""
    with tempfile.TemporaryDirectory() as scratch:
        database = Path(scratch) / "memory.sqlite"
        say(f"filling a database with {count} segments")
        filled = _inside("fill", database, count, seed)
        say("reading by key, building the index, asking it")
        ours = _inside("ask", database, count, seed)
    asked = list(questions(count, seed))
    texts = list(segments(count, seed=seed))
    say(f"rapidfuzz: {SAMPLE} questions against every segment")
    sample = spread(len(asked), SAMPLE)
    plain = _peer("memory_rapidfuzz.py", texts, [asked[at] for at in sample])
    say(f"translate-toolkit: {TOOLKIT_QUERIES} questions against {TOOLKIT_SEGMENTS} segments")
    toolkit = _peer("memory_toolkit.py", texts[:TOOLKIT_SEGMENTS], asked[:TOOLKIT_QUERIES])
    best = [ours["best"][at] for at in sample]
    figures = {name: value for name, value in ours.items() if name != "best"}
    return {
        "segments": count,
        "mean_characters": round(sum(map(len, texts)) / len(texts), 1),
        **figures,
        "recall": recall(best, plain["best"]),
        "recall_of": sum(score is not None for score in plain["best"]),
        "rapidfuzz_ms": round(plain["median_ms"], 1),
        "translate_toolkit_s": round(toolkit["median_s"], 3),
        "translate_toolkit_segments": min(count, TOOLKIT_SEGMENTS),
        **filled,
        "versions": peers.versions(("rapidfuzz", "translate-toolkit")),
    }


def spread(many: int, wanted: int) -> list[int]:
    """Places of a sample, evenly over all."""
    return sorted({at * many // wanted for at in range(min(many, wanted))})


def recall(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float:
    """Of the questions that have a match at all, those whose best score we found."""
    there = [(own, best) for own, best in zip(ours, theirs, strict=True) if best is not None]
    found = sum(own is not None and own >= best - 1e-6 for own, best in there)
    return round(found / len(there), 4) if there else 1.0


def met(figures: Mapping[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    quick = figures["exact_per_s"] >= LEAST_EXACT and figures["fuzzy_p99_ms"] <= MOST_MS
    return bool(quick and figures["recall"] >= LEAST_RECALL and figures["mb"] <= MOST_MB)


def _inside(what: str, database: Path, count: int, seed: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "shared.benches.memory_inside", what, str(database), str(count), str(seed)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY).stdout
    found: dict[str, Any] = json.loads(output)
    return found


def _peer(script: str, texts: Sequence[str], queries: Sequence[str]) -> dict[str, Any]:
    given = json.dumps({"segments": list(texts), "queries": list(queries), "floor": fuzzy.FLOOR})
    command = [str(peers.python()), str(peers.PEERS / script)]
    output = subprocess.run(command, check=True, input=given, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(output)
    return found
