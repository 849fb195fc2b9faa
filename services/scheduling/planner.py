"""One plan of a round, start to end, as a process of its own: `python -m services.scheduling.planner`, JSON in, JSON out.

In: {"task": "plan" | "repair", "instance": …, "limit_s": 20, "seed": 1, "preset": …, "floor": …, and for a repair "plan", the
meetings as they are, with "absent_teachers"}. Out: the plan with its figures, a proved bound, why each wish was refused and which
further half hour would gain most. Exit 2 with {"error": …} where the round itself cannot be planned (locks that clash).
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import Enum
from typing import Any

from services.scheduling.solver import Instance, Plan, instance_of, plan
from services.scheduling.solver.advice import advise
from services.scheduling.solver.bound import bound
from services.scheduling.solver.mending import repair
from services.scheduling.solver.reasons import explain
from services.scheduling.solver.solution import plan_from
from shared.errors import HomeroomError

REFUSED = 2
LONGEST_PROOF = 60.0  # seconds: then the bound that there is
LONGEST_ADVICE = 8.0


def main() -> int:
    told = json.load(sys.stdin)
    try:
        answer = made(told)
    except HomeroomError as error:
        json.dump({"error": error.as_dict()}, sys.stdout)
        return REFUSED
    json.dump(answer, sys.stdout)
    return 0


def made(told: dict[str, Any]) -> dict[str, Any]:
    """The answer to one document."""
    instance, seconds = instance_of(told["instance"], source="round"), float(told["limit_s"])
    if told["task"] == "repair":
        before = plan_from(told["plan"] | {"preset": told["preset"], "floor": told["floor"]}, instance)
        mended = repair(instance, before, told["absent_teachers"], limit_s=seconds, seed=told["seed"])
        found, instance = mended.plan, mended.instance
    else:
        found = plan(instance, limit_s=seconds, seed=told["seed"], preset=told["preset"], floor=told["floor"])
    return found.as_json(instance) | _proof(instance, found, seconds) | _reasons(instance, found, seconds)


def _proof(instance: Instance, found: Plan, seconds: float) -> dict[str, Any]:
    proved = bound(instance, limit_s=min(LONGEST_PROOF, seconds), reached=found.score)
    gap = (proved.value - found.score) / found.score if found.score > 0 else None
    return {"bound": proved.value, "bound_kind": proved.kind, "gap": gap}


def _reasons(instance: Instance, found: Plan, seconds: float) -> dict[str, Any]:
    """Each refused wish with its reason and other times; what more of a teacher's time would bring."""
    further = advise(instance, found, limit_s=min(LONGEST_ADVICE, seconds / 2))
    return {
        "explanations": [
            {
                "request": refusal.request,
                "reason": refusal.reason.value,
                "alternatives": [
                    {
                        "kind": other.kind.value,
                        "evening": other.meeting.evening,
                        "start": other.meeting.start,
                        "cost": other.cost,
                        "families": len({move.household for move in other.moves} - {refusal.household}),
                    }
                    for other in refusal.alternatives
                ],
            }
            for refusal in explain(instance, found)
        ],
        "advice": [{key: _plain(value) for key, value in asdict(each).items()} for each in further],
    }


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


if __name__ == "__main__":
    sys.exit(main())
