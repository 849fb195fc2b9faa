"""The process that `bench memory` measures: nothing in it but the memory's database, the index and the questions.

`python -m shared.benches.memory_inside fill|ask DATABASE COUNT SEED`; figures as JSON on stdout.
"""

from __future__ import annotations

import json
import random
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

import sqlalchemy as sa

from shared.benches.memory_texts import changed, segments
from shared.clock import monotonic
from shared.store import insert_rows

memory = import_module("services.translation.domain.memory")  # the benches measure services without depending on them
fuzzy = import_module("services.translation.domain.memory_fuzzy")
store = import_module("services.translation.store.memory")
tables = import_module("services.translation.tables.core")

PAIR = {"source": "en", "target": "es"}
BATCH = 500  # texts of one batch of messages
QUERIES = 400
_WHEN = datetime(2026, 9, 1, tzinfo=UTC)


def engine(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}")


def fill(path: Path, count: int, seed: int) -> dict[str, Any]:
    """A database with `count` approved segments."""
    begun = monotonic()
    with engine(path).begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        tables.MEMORY.create(connection)
        part: list[dict[str, Any]] = []
        for text in segments(count, seed=seed):
            part.append(_row(text))
            if len(part) == 20_000:
                insert_rows(connection, tables.MEMORY, part, on_conflict="ignore")
                part = []
        if part:
            insert_rows(connection, tables.MEMORY, part, on_conflict="ignore")
        held = connection.execute(sa.select(sa.func.count()).select_from(tables.MEMORY)).scalar_one()
    return {"fill_s": round(monotonic() - begun, 1), "distinct": held, "database_mb": round(path.stat().st_size / 1e6)}


def _row(text: str) -> dict[str, Any]:
    return {
        "key": memory.hashlib.blake2b(memory.comparable(text).encode(), digest_size=16).hexdigest(),
        "source_language": "en", "target_language": "es", "source_text": text, "target_text": text, "approved_by": "t",
        "approved_at": _WHEN, "context": "", "slots": "", "origin": "approval", "kept": None,
    }  # fmt: skip


def ask(path: Path, count: int, seed: int) -> dict[str, Any]:
    """Exact reads by batches of keys, then the index built and asked; and what this process took."""
    database = engine(path)
    with database.connect() as connection:
        exact = _exact(connection, count, seed)
    baseline = _resident()
    begun = monotonic()
    with database.connect() as connection:
        index = fuzzy.FuzzyIndex(store.comparables(connection, **PAIR))
    built = monotonic() - begun
    queries = list(questions(count, seed))
    index.nearest(queries[0])
    taken, worked, best = [], [], []
    for query in queries:
        begun, cpu = monotonic(), process_time()
        found = index.nearest(query, limit=5)
        taken.append((monotonic() - begun) * 1000)
        worked.append((process_time() - cpu) * 1000)
        best.append(found[0].score if found else None)
    taken.sort()
    worked.sort()
    return {
        "exact_per_s": round(exact),
        "fuzzy_p50_ms": round(taken[len(taken) // 2], 2),
        "fuzzy_p99_ms": round(taken[int(len(taken) * 0.99)], 2),
        "fuzzy_p99_cpu_ms": round(worked[int(len(worked) * 0.99)], 2),
        "build_s": round(built, 1),
        "index_mb": round(index.bytes / 1e6, 1),
        "before_mb": round(baseline, 1),
        "mb": round(_peak(), 1),
        "best": best,
    }


def questions(count: int, seed: int) -> Iterator[str]:
    """Segments that are there, as another writer would have put them."""
    draw = random.Random(seed + 1)
    places = sorted(draw.randrange(count) for _ in range(QUERIES))
    wanted = set(places)
    texts = [text for place, text in enumerate(segments(count, seed=seed)) if place in wanted]
    for text in texts:
        yield memory.comparable(changed(text, draw))


def _exact(connection: sa.Connection, count: int, seed: int) -> float:
    """Keys a second, half of them of segments that are there; the median of five rounds."""
    draw = random.Random(seed + 2)
    known = [row.key for row in connection.execute(sa.select(tables.MEMORY.c.key).limit(200_000))]
    rates = []
    for _ in range(5):
        asked = [
            draw.choice(known) if draw.random() < 0.5 else f"{draw.getrandbits(128):032x}" for _ in range(20 * BATCH)
        ]
        begun = monotonic()
        for start in range(0, len(asked), BATCH):
            store.remembered(connection, asked[start : start + BATCH])
        rates.append(len(asked) / (monotonic() - begun))
    return sorted(rates)[2]


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    doing = {"fill": fill, "ask": ask}[sys.argv[1]]
    print(json.dumps(doing(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
