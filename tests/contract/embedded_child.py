"""`python embedded_child.py FOLDER [STUDENT …]`: the suite's cell in one process that may be killed.

Emits an enrolment for each student id given, then handles until a line on stdin or its end.
"""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import sys
from pathlib import Path

from harness import embedded, emit_enrolments

from shared.observability.logs import configure

if __name__ == "__main__":
    configure("contract")
    made = embedded(Path(sys.argv[1]))
    emit_enrolments(made.runtime, made.cell.districts[0], sys.argv[2:])
    print("ready", flush=True)
    sys.stdin.readline()
    made.stop()
