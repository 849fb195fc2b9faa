"""`python -m shared.benches.invitations_worker CELL FOLDER`: due sendings of surveys, one at a time, until none is left.

Prints a JSON object with its peak of resident memory.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
from pathlib import Path

from shared.benches import surveys_world as world
from shared.benches.cell import DISTRICT
from shared.launcher.process import build_runtime
from shared.messaging import due
from shared.tenancy.cell import load_cell


def main(file: Path, folder: Path) -> None:
    runtime = build_runtime(load_cell(file))
    given = world.ports(folder, runtime.link_key)
    campaigns = world.module("handlers.campaigns")
    pages = idle = 0
    while idle < 20:
        with runtime.unit_of_work(world.SERVICE, DISTRICT) as uow:
            items = due.claim(uow, ("survey_send",), limit=1)
            if items:
                campaigns.survey_send(uow, given, items)
        if items:
            pages, idle = pages + 1, 0
        else:
            idle += 1  # the other may hold the last ones
            threading.Event().wait(0.05)
    print(json.dumps({"pages": pages, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
