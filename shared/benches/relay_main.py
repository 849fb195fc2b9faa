"""`python -m shared.benches.relay_main CELLFILE`: the relay of the measuring cell."""

import sys
from pathlib import Path

from shared.benches.cell import AUDIENCE
from shared.launcher.process import build_runtime
from shared.launcher.relay import RelayProcess, on_signals
from shared.observability.logs import configure
from shared.tenancy.cell import load_cell

if __name__ == "__main__":
    configure("relay")
    process = RelayProcess(
        build_runtime(load_cell(Path(sys.argv[1]))), components=("directory", "notifications"), services=AUDIENCE
    )
    on_signals(process.stop)
    process.run()
