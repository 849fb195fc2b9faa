"""What the solver's process answers, by verb: JSON documents."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from services.scheduling.solver.advice import advise
from services.scheduling.solver.mending import Absence, repair
from services.scheduling.solver.model import Instance
from services.scheduling.solver.planning import PRESETS, Plan, first_come_score, plan
from services.scheduling.solver.reading import instance_of, read_instance
from services.scheduling.solver.reasons import explain
from services.scheduling.solver.solution import plan_in
from shared.errors import HomeroomError

__all__ = ["PRESETS", "VERBS"]


def _plan(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)

    def better(seconds: float, objective: int) -> None:
        print(json.dumps({"seconds": round(seconds, 2), "objective": objective}), file=sys.stderr, flush=True)

    made = plan(
        instance,
        limit_s=given.time_limit,
        seed=given.seed,
        preset=given.preset,
        floor=given.floor,
        interpreter_blocks=given.interpreter_blocks,
        threads=given.threads,
        moves=given.moves,
        better=better,
    )
    return (
        made.as_json(instance) | _bound(instance, made, given.bound_limit) | {"trace": made.trace, "moves": made.moves}
    )


def _bound(instance: Instance, made: Plan, limit_s: float) -> dict[str, Any]:
    """The bound and the gap, in the published key and beside it."""
    if limit_s <= 0:
        return {}
    from services.scheduling.solver.bound import bound  # loads the linear programming library: only when asked for

    proved = bound(instance, limit_s=limit_s, reached=made.score)
    gap = (proved.value - made.score) / made.score if made.score > 0 else 0.0
    return {
        "bound": proved.value,
        "bound_kind": proved.kind,
        "bound_seconds": round(proved.seconds, 2),
        "gap": round(gap, 6),
    }


def _repair(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)
    mended = repair(
        instance,
        _given_plan(instance, given),
        [_absence(one) for one in given.absent],
        most_moved=given.most_moved,
        seed=given.seed,
        threads=given.threads,
        moves=given.moves,
    )
    return mended.plan.as_json(mended.instance) | {
        "dropped": [one.request for one in mended.dropped],
        "own": mended.own,
        "own_moved": mended.own_moved,
        "moved": mended.moved,
        "gained": mended.gained,
        "families_moved": len(mended.moved),
    }


def _explain(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)
    made = _given_plan(instance, given)
    return {"instance": instance.name, "refused": [_plain(asdict(one)) for one in explain(instance, made)]}


def _advise(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)
    made = _given_plan(instance, given)
    found = advise(instance, made, limit_s=given.time_limit, top=given.top, seed=given.seed)
    return {"instance": instance.name, "advice": [_plain(asdict(one)) for one in found]}


def _score(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)
    made = _given_plan(instance, given)
    return made.as_json(instance) | _bound(instance, made, given.bound_limit)


def _first_come(given: Namespace) -> dict[str, Any]:
    instance = _instance(given)
    return {
        "instance": instance.name,
        "earliest": first_come_score(instance, seed=given.seed, careful=False),
        "careful": first_come_score(instance, seed=given.seed, careful=True),
    }


VERBS: Mapping[str, Callable[[Namespace], dict[str, Any]]] = {
    "plan": _plan,
    "repair": _repair,
    "explain": _explain,
    "advise": _advise,
    "score": _score,
    "first-come": _first_come,
}


def _instance(given: Namespace) -> Instance:
    if given.instance == "-":
        try:
            return instance_of(json.load(sys.stdin), source="stdin")
        except json.JSONDecodeError as error:
            raise HomeroomError(
                "CONFERENCE_INSTANCE", "stdin is not JSON", "write one JSON object", f"stdin:{error.lineno}"
            ) from None
    return read_instance(Path(given.instance))


def _given_plan(instance: Instance, given: Namespace) -> Plan:
    if given.plan is None:
        raise HomeroomError("CONFERENCE_PLAN", "no plan is given", "add --plan FILE", f"solver {given.verb}")
    return plan_in(Path(given.plan), instance)


def _absence(text: str) -> Absence:
    teacher, _, evening = text.partition("@")
    if not teacher.isdigit() or (evening and not evening.isdigit()):
        raise HomeroomError(
            "CONFERENCE_REPAIR", "an absence is not right", "write TEACHER or TEACHER@EVENING", "--absent"
        )
    return Absence(int(teacher), int(evening) if evening else None)


def _plain(value: Any) -> Any:
    """Enums by their value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
