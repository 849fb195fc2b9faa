"""Reading a large calendar in a process of its own: it takes seconds, and a worker's loop has others to serve meanwhile."""

from __future__ import annotations

import subprocess
import sys

from services.scheduling.calendars.reading import Busy
from services.scheduling.calendars.several import Request, answered, asked, several
from services.scheduling.elsewhere.http import Failed, Trouble
from shared.backing.state import REPOSITORY

SMALL = 32_000  # characters: read at once, in some tens of milliseconds
LONGEST_S = 60.0
COMMAND = (sys.executable, "-m", "services.scheduling.calendars.several")


def read(request: Request) -> Busy:
    """Busy times; raises Unreadable, or Failed(TOO_LARGE) for what cannot be read in a minute."""
    if request.size <= SMALL:
        return several(request)
    try:
        done = subprocess.run(
            COMMAND, input=asked(request), capture_output=True, timeout=LONGEST_S, cwd=REPOSITORY, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise Failed(Trouble.TOO_LARGE) from None
    return answered(done.stdout)
