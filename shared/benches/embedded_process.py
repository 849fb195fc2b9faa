"""`python -m shared.benches.embedded_process FOLDER JOB [arguments]`: the measuring cell in one process.

`rate COUNT DURABILITY`  commit COUNT events as fast as they go, print events per second when all are handled
`latency COUNT RATE DURABILITY`  commit them at a steady rate, print milliseconds from transaction to handler
`live BOOK RATE`   produce and consume until killed; each committed id is written to BOOK; prints `ready` first
`drain`            handle what is left, then end
"""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import json
import sys
from pathlib import Path
from typing import Any

import eventlet
import sqlalchemy as sa

from shared.benches.cell import AUDIENCE, BENCH, DIRECTORY, DISTRICT, create_tables, sample
from shared.benches.stand import EFFECT, HEARD
from shared.clock import monotonic
from shared.contracts import Lane
from shared.launcher.embedded import EmbeddedCell
from shared.launcher.process import build_runtime
from shared.launcher.topology import declare
from shared.messaging import embedded
from shared.observability.logs import configure
from shared.tenancy.cell import Durability, embedded_cell

PADDING = "x" * 450
PER_COMMIT = 10  # events of one transaction when the rate is measured, as a roster import would commit them


def open_cell(folder: Path, durability: Durability = Durability.POWER) -> EmbeddedCell:
    """By default what is committed, in the broker too, is fsynced (survives power loss)."""
    cell = embedded_cell(folder, (DISTRICT,), name="bench", durability=durability)
    made = EmbeddedCell(
        cell, build_runtime(cell).vault, components=(DIRECTORY, BENCH), services=(BENCH,), upgrade=create_tables
    )
    embedded.open_broker(cell)
    declare(embedded.connection(cell), AUDIENCE)
    for service in AUDIENCE[1:]:  # heard by services that do not run here
        for lane in Lane:
            embedded.open_broker(cell).purge(f"{service}.{lane}")
    made.start()
    return made


def commit(made: EmbeddedCell, first: int, count: int) -> list[str]:
    with made.runtime.unit_of_work("directory", DISTRICT) as uow:
        return [uow.emit(HEARD, sample(number, PADDING)) for number in range(first, first + count)]


def effects(made: EmbeddedCell) -> int:
    with made.runtime.databases.transaction("notifications", DISTRICT) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(EFFECT)).scalar_one())


def until_handled(made: EmbeddedCell, count: int) -> None:
    while effects(made) < count:
        eventlet.sleep(0.05)


def rate(made: EmbeddedCell, count: int) -> dict[str, Any]:
    commit(made, 0, PER_COMMIT)
    until_handled(made, PER_COMMIT)  # warm
    began = monotonic()
    for start in range(0, count, PER_COMMIT):
        commit(made, start, PER_COMMIT)
        eventlet.sleep(0)
    until_handled(made, count + PER_COMMIT)
    return {"events_per_s": round(count / (monotonic() - began))}


def latency(made: EmbeddedCell, count: int, per_second: int) -> dict[str, Any]:
    commit(made, 0, 20)
    until_handled(made, 20)
    began = monotonic()
    for number in range(count):
        eventlet.sleep(max(0.0, began + number / per_second - monotonic()))
        commit(made, number, 1)
    until_handled(made, count + 20)
    with made.runtime.databases.transaction("notifications", DISTRICT) as connection:
        rows = connection.execute(sa.select(EFFECT.c.produced_at, EFFECT.c.handled_at).order_by(EFFECT.c.id)).all()
    waits = sorted((row.handled_at - row.produced_at).total_seconds() * 1000 for row in rows[20:])
    return {
        "p50_ms": round(waits[len(waits) // 2], 1),
        "p99_ms": round(waits[int(len(waits) * 0.99)], 1),
        "max_ms": round(waits[-1], 1),
        "latency_rate_per_s": per_second,
    }


def live(made: EmbeddedCell, book: Path, per_second: int) -> None:
    """An id is in the book only after its commit has returned; the kernel keeps what a killed process wrote."""
    with book.open("a", buffering=1) as accepted:
        print("ready", flush=True)
        number = 0
        while True:
            began = monotonic()
            accepted.write("\n".join(commit(made, number, 2)) + "\n")
            number += 2
            eventlet.sleep(max(0.0, 2 / per_second - (monotonic() - began)))


def main(folder: Path, job: str, *arguments: str) -> None:
    configure("bench")
    made = open_cell(folder, Durability(arguments[-1]) if job in ("rate", "latency") else Durability.POWER)
    if job == "live":
        live(made, Path(arguments[0]), int(arguments[1]))
    if job == "drain":
        while made.relay.round() or any(made.broker.size(f"notifications.{lane}") for lane in Lane):
            eventlet.sleep(0.05)
    result: dict[str, Any] = {}
    if job == "rate":
        result = rate(made, int(arguments[0]))
    if job == "latency":
        result = latency(made, int(arguments[0]), int(arguments[1]))
    made.stop()
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
