"""The solver as a process of its own: `python -m services.scheduling.solver VERB --instance FILE … --out FILE`.

Verbs: `plan`, `repair` (--plan, --absent 3 --absent 4@1), `explain` (--plan), `advise` (--plan), `score` (--plan), `first-come`.
FILE `-` is stdin or stdout; everything is JSON. While planning, each better plan is a line `{"seconds": …, "objective": …}` on
stderr.
An error is one line `{"error": {code, message, where, remedy}}` on stderr and exit 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from services.scheduling.solver import process
from shared.errors import HomeroomError


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; its exit code."""
    given = _parser().parse_args(arguments)
    try:
        answer = process.VERBS[given.verb](given)
    except HomeroomError as error:
        print(json.dumps({"error": error.as_dict()}), file=sys.stderr, flush=True)
        return 1
    _write(given.out, answer)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.scheduling.solver", description=__doc__)
    parser.add_argument("verb", choices=sorted(process.VERBS))
    parser.add_argument("--instance", required=True, help="the round (.json, .json.gz, or - for stdin)")
    parser.add_argument("--plan", help="a solution, for the verbs that start from one")
    parser.add_argument("--out", default="-")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--preset", default="balanced", choices=sorted(process.PRESETS))
    parser.add_argument("--floor", action="store_true", help="one meeting per family before everything else")
    parser.add_argument("--interpreter-blocks", action="store_true", help="interpreters' hours without holes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--moves", type=int, help="instead of seconds: the result depends on the seed alone")
    parser.add_argument("--bound-limit", type=float, default=0.0, help="seconds for a proved bound beside the plan")
    parser.add_argument("--absent", action="append", default=[], help="TEACHER or TEACHER@EVENING")
    parser.add_argument("--most-moved", type=int, default=10, help="families beyond the absent teacher's")
    parser.add_argument("--top", type=int, default=5)
    return parser


def _write(out: str, answer: dict[str, Any]) -> None:
    text = json.dumps(answer, ensure_ascii=False)
    if out == "-":
        print(text)
        return
    # Whole or not at all: the reader may look at any moment, and the process may die at any moment.
    beside = Path(f"{out}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(out)


if __name__ == "__main__":
    sys.exit(main())
