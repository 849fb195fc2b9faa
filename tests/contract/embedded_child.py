"""`python embedded_child.py FOLDER [STUDENT …]`: the suite's cell in one process that may be killed.

Emits an enrolment for each student id given, then handles until SIGTERM or its end.
"""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import signal
import sys
from pathlib import Path

from eventlet.event import Event
from harness import embedded, emit_enrolments

from shared.observability.logs import configure

if __name__ == "__main__":
    configure("contract")
    made = embedded(Path(sys.argv[1]))
    emit_enrolments(made.runtime, made.cell.districts[0], sys.argv[2:])
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.send(None))
    ended.wait()
    made.stop()
