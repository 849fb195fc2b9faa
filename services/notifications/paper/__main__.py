"""The press: a job on standard input, on standard output a line of JSON (pages) and the PDF."""

from __future__ import annotations

import sys

from services.notifications.paper.letter import read_job
from services.notifications.paper.render import render


def main() -> None:
    letters, duplex = read_job(sys.stdin.buffer.read())
    sys.stdout.buffer.write(render(letters, duplex=duplex).wire())


if __name__ == "__main__":
    main()
