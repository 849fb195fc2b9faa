"""Conference rounds: wishes in, a plan out, with what it is worth. See docs/scheduling-conference.md.

    instance = read_instance(path) | instance_of(document)
    made = plan(instance, limit_s=60, seed=1, preset="balanced", floor=False, threads=2)    # Plan
    mended = repair(instance, made, absent_teachers=[3, Absence(4, evening=1)])              # Repair(plan, own, moved, …)
    refused = explain(instance, made)                                                        # list[Refusal]
    advice = advise(instance, made, limit_s=10)                                              # list[Advice]

All of it computes for seconds and compiles at first use: call it in a process of its own, `python -m services.scheduling.solver`
(see `__main__`), never in a worker's event loop.
"""

from __future__ import annotations

from services.scheduling.solver.advice import Advice, Extra, advise
from services.scheduling.solver.mending import Absence, Repair, repair
from services.scheduling.solver.model import Instance
from services.scheduling.solver.planning import PRESETS, Figures, Plan, plan, plan_of
from services.scheduling.solver.reading import instance_of, read_instance
from services.scheduling.solver.reasons import Alternative, Kind, Move, Reason, Refusal, explain
from services.scheduling.solver.scoring import Meeting

__all__ = [
    "PRESETS", "Absence", "Advice", "Alternative", "Extra", "Figures", "Instance", "Kind", "Meeting", "Move", "Plan", "Reason",
    "Refusal", "Repair", "advise", "explain", "instance_of", "plan", "plan_of", "read_instance", "repair",
]  # fmt: skip
