"""`python -m shared.benches.worker CELLFILE [settings as JSON]`: the measuring service in a worker process."""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import json
import sys
from pathlib import Path

from eventlet.semaphore import Semaphore

from shared.benches.cell import BENCH
from shared.launcher import worker
from shared.launcher.process import build_runtime
from shared.observability.logs import configure
from shared.tenancy.cell import load_cell

if __name__ == "__main__":
    configure("bench")
    cell = load_cell(Path(sys.argv[1]))
    settings = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    worker.run(build_runtime(cell, lock=Semaphore), BENCH, settings=settings)
