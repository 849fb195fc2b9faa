"""The press: a job on standard input; on standard output a line of JSON (pages), then the PDF."""

from __future__ import annotations

import sys

from services.surveys.paper.render import render
from services.surveys.paper.sheet import read_job


def main() -> None:
    sheets, duplex = read_job(sys.stdin.buffer.read())
    sys.stdout.buffer.write(render(sheets, duplex=duplex).wire())


if __name__ == "__main__":
    main()
