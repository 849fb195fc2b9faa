"""`python worker_child.py CELLFILE SERVICE [SETTINGS]`: one of the suite's services in a worker process."""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import json
import sys
from pathlib import Path

from eventlet.semaphore import Semaphore
from hearers import COMPONENTS, FastClock

from shared.launcher import worker
from shared.launcher.process import build_runtime
from shared.observability.logs import configure
from shared.tenancy.cell import load_cell

if __name__ == "__main__":
    configure(sys.argv[2])
    component = next(c for c in COMPONENTS if c.name == sys.argv[2])
    settings = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    port = settings.pop("health_port", None)
    runtime = build_runtime(load_cell(Path(sys.argv[1])), clock=FastClock(), lock=Semaphore)
    worker.run(runtime, component, health_port=port, settings=settings)
