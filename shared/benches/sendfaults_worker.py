"""`python -m shared.benches.sendfaults_worker CELLFILE LEASE_S`: a worker of notifications whose claims run out sooner.

Everything is as `homeroom serve notifications` runs it, but for the lease and the waits between tries: with five minutes
and more, nothing that a killed worker had claimed would be taken up again while others are being killed.
"""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from eventlet.semaphore import Semaphore

from shared.launcher import worker
from shared.launcher.components import component
from shared.launcher.process import build_runtime
from shared.observability.logs import configure
from shared.tenancy.cell import load_cell

WAITS_S = (2, 4, 8, 15, 30, 30)

if __name__ == "__main__":
    configure("bench")
    delivering: Any = import_module("services.notifications.handlers.delivering")
    delivering.LEASE = timedelta(seconds=float(sys.argv[2]))
    delivering.BACKOFF = tuple(timedelta(seconds=seconds) for seconds in WAITS_S)
    worker.run(build_runtime(load_cell(Path(sys.argv[1])), lock=Semaphore), component("notifications"))
