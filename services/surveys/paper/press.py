"""Runs the press as a process beside the one that asks, and waits on a socket.

A socket and not a pipe: under green threads (embedded mode) waiting for it lets every other request go on.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

from services.surveys.paper.sheet import Sheet, job
from shared.backing.state import REPOSITORY
from shared.errors import HomeroomError
from shared.paper.printed import Printed

COMMAND = (sys.executable, "-m", "services.surveys.paper")
LONGEST = 120.0  # seconds for one batch
MOST = 60  # forms in one batch; a class has about thirty families
_ONE_AT_A_TIME = threading.Lock()  # memory stays that of one press per process


class PressFailed(HomeroomError):
    """Nothing came out."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "PRESS_FAILED",
            f"The form could not be printed ({why}).",
            "Try again with fewer families, or print one form.",
            "paper",
        )


def press(sheets: list[Sheet], *, duplex: bool = False, command: tuple[str, ...] = COMMAND) -> Printed:
    """Print in a process of its own (PressFailed after two minutes, or when it breaks)."""
    ours, theirs = socket.socketpair()
    with _ONE_AT_A_TIME, ours:
        with theirs:
            os.set_blocking(theirs.fileno(), True)  # under green threads it is not, and the press reads plainly
            process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, cwd=REPOSITORY
            )
        try:
            ours.settimeout(LONGEST)
            ours.sendall(job(sheets, duplex=duplex))
            ours.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: ours.recv(1 << 16), b""))
        except OSError as error:
            process.kill()
            raise PressFailed(type(error).__name__) from None
        finally:
            code = process.wait()
    if code != 0:
        raise PressFailed(f"exit {code}")
    return Printed.of_wire(said)
