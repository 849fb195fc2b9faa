"""`python relay_child.py CELLFILE`: the relay of the suite's cell."""

import sys
from pathlib import Path

from hearers import COMPONENTS, HEARERS

from shared.launcher.process import build_runtime
from shared.launcher.relay import RelayProcess, on_signals
from shared.observability.logs import configure
from shared.tenancy.cell import load_cell

if __name__ == "__main__":
    configure("relay")
    process = RelayProcess(
        build_runtime(load_cell(Path(sys.argv[1]))),
        components=[c.name for c in COMPONENTS],
        services=[c.name for c in HEARERS],
    )
    on_signals(process.stop)
    process.run()
