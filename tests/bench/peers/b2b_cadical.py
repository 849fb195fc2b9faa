"""`b2b_cadical.py EVENT.dzn BREAKS OPTIONS`: is there a schedule with at most so many breaks? One JSON object on stdout.

CaDiCaL through python-sat; the clauses are those of `shared.benches.b2b_sat`. OPTIONS is a JSON
object of CaDiCaL's own options.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from pysat.solvers import Cadical195

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from shared.benches.b2b_event import read_event  # noqa: E402 - the repository is not installed in this environment
from shared.benches.b2b_sat import Encoding  # noqa: E402


def main(path: str, most_breaks: str, options: str) -> None:
    encoding = Encoding(read_event(Path(path)), int(most_breaks))
    with Cadical195() as solver:
        solver.configure(json.loads(options))
        solver.append_formula(encoding.formula.clauses)
        slots = encoding.slot_of(solver.get_model()) if solver.solve() else None
    print(json.dumps({"slots": slots, "cpu_s": resource.getrusage(resource.RUSAGE_SELF).ru_utime}))


if __name__ == "__main__":
    main(*sys.argv[1:])
