"""A plan of a round: what it is worth, what families wait, who gets nothing; and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from services.scheduling.solver.arrays import Costs, Problem, meetings_of, positions_of, problem_of
from services.scheduling.solver.baseline import first_come
from services.scheduling.solver.model import MUST_SEE, Instance
from services.scheduling.solver.scoring import Meeting, check, household_waits, score
from services.scheduling.solver.search import Budget, anneal_from, greedy, stand
from shared.clock import monotonic

PRESETS: Mapping[str, Costs] = {
    "balanced": Costs(),
    "parent": Costs(idle=10, evening=90),
    "teacher": Costs(idle=2, evening=30, teacher_idle=6),
}
"""Sliders of the planner: `balanced` is the published score, `parent` spares families waits and second evenings, `teacher` closes
holes in teachers' evenings. Measured on sec800: 10 points per waiting cell cost 0.8 % of the meetings and a third of the wait."""
FLOOR_BONUS = 1_000
"""Worth of a home's first meeting with the floor on: more than any wish of another home."""
INTERPRETER_IDLE = 4
"""Points per idle cell of an interpreter when blocks are asked for."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What to report beside the score; percentages of requests, minutes over households with a meeting."""

    met_pct: float
    must_see_pct: float
    mean_idle_min: float
    p95_idle_min: float
    longest_idle_min: int
    two_evenings: int
    nothing: tuple[int, ...]  # households that asked and meet nobody
    teacher_idle_min: int


@dataclass(frozen=True)
class Plan:
    """A valid plan. `score` is the published one whatever the preset; `objective` counts the preset's costs and the floor."""

    instance: str
    meetings: tuple[Meeting, ...]
    score: int
    objective: int
    figures: Figures
    preset: str = "balanced"
    floor: bool = False
    seconds: float = 0.0
    moves: int = 0
    trace: tuple[tuple[float, int], ...] = field(default=(), repr=False)

    def as_json(self, instance: Instance) -> dict[str, Any]:
        """The published solution format, with the figures beside it."""
        requests = instance.requests
        return {
            "instance": self.instance,
            "score": self.score,
            "preset": self.preset,
            "floor": self.floor,
            "seconds": round(self.seconds, 2),
            "figures": figures_json(self.figures),
            "meetings": [
                {
                    "request": one.request,
                    "household": requests[one.request].household,
                    "teacher": requests[one.request].teacher,
                    "evening": one.evening,
                    "start": one.start,
                }
                for one in self.meetings
            ],
        }


def figures_json(figures: Figures) -> dict[str, Any]:
    """Figures for a report."""
    return {
        "met": figures.met_pct,
        "must_see": figures.must_see_pct,
        "mean_idle_min": figures.mean_idle_min,
        "p95_idle_min": figures.p95_idle_min,
        "longest_idle_min": figures.longest_idle_min,
        "two_evenings": figures.two_evenings,
        "nothing": len(figures.nothing),
        "nothing_households": list(figures.nothing),
        "teacher_idle_min": figures.teacher_idle_min,
    }


def costs_of(preset: str, *, floor: bool = False, interpreter_blocks: bool = False) -> Costs:
    """The costs of a preset; ValueError names the presets there are."""
    if preset not in PRESETS:
        raise ValueError(f"no preset {preset!r}: use {', '.join(PRESETS)}")
    costs = replace(PRESETS[preset], first=FLOOR_BONUS if floor else 0)
    return replace(costs, interpreter_idle=INTERPRETER_IDLE) if interpreter_blocks else costs


def plan(
    instance: Instance,
    *,
    limit_s: float = 60.0,
    seed: int = 1,
    preset: str = "balanced",
    floor: bool = False,
    interpreter_blocks: bool = False,
    threads: int = 2,
    moves: int | None = None,
    better: Callable[[float, int], None] | None = None,
) -> Plan:
    """The best plan found in `limit_s` seconds (compiling is not counted), or with `moves` by so many moves whatever the machine.

    `floor`: one meeting per home comes before everything else. `interpreter_blocks`: interpreters' hours without holes.
    `better(seconds, objective)` hears of every better plan. Never below first come, first served.
    """
    costs = costs_of(preset, floor=floor, interpreter_blocks=interpreter_blocks)
    problem = problem_of(instance, costs)
    warm_up(problem)
    began = monotonic()
    start = greedy(problem, seed=seed)
    rivals = [first_come(problem, seed=seed, careful=careful) for careful in (False, True)]
    budget = Budget(max(0.0, limit_s - (monotonic() - began)), moves)
    found = anneal_from(problem, start, budget=budget, seed=seed, threads=threads, rivals=rivals, better=better)
    made = plan_of(instance, meetings_of(problem, *found.positions), objective=found.objective, preset=preset)
    return replace(made, floor=floor, seconds=monotonic() - began, moves=found.moves, trace=tuple(found.trace))


def warm_up(problem: Problem) -> None:
    """Compile, or load what was compiled, before the clock starts."""
    state = greedy(problem, seed=0)
    first_come(problem, seed=0, careful=True)
    anneal_from(problem, state, budget=Budget(0.0, moves=1), seed=0, threads=1)


def plan_of(
    instance: Instance, meetings: tuple[Meeting, ...], *, objective: int | None = None, preset: str = "balanced"
) -> Plan:
    """A plan from its meetings, checked: HomeroomError names the broken rule."""
    check(instance, meetings)
    worth = score(instance, meetings)
    held = tuple(sorted(meetings))
    return Plan(
        instance.name, held, worth, worth if objective is None else objective, figures_of(instance, held), preset
    )


def first_come_score(instance: Instance, *, seed: int, careful: bool) -> int:
    """What first come, first served scores here (one random order)."""
    problem = problem_of(instance, Costs())
    return score(instance, meetings_of(problem, *first_come(problem, seed=seed, careful=careful)))


def figures_of(instance: Instance, meetings: tuple[Meeting, ...]) -> Figures:
    """The figures of a valid plan."""
    held = {meeting.request for meeting in meetings}
    must = [request.id for request in instance.requests if request.weight == MUST_SEE]
    waits = household_waits(instance, meetings)
    minutes = [instance.grid * sum(evenings.values()) for evenings in waits.values()]
    asked = {request.household for request in instance.requests}
    return Figures(
        met_pct=_percent(len(held), len(instance.requests)),
        must_see_pct=_percent(sum(one in held for one in must), len(must)),
        mean_idle_min=round(float(np.mean(minutes)), 2) if minutes else 0.0,
        p95_idle_min=round(float(np.percentile(minutes, 95)), 1) if minutes else 0.0,
        longest_idle_min=max(minutes, default=0),
        two_evenings=sum(len(evenings) > 1 for evenings in waits.values()),
        nothing=tuple(sorted(asked - set(waits))),
        teacher_idle_min=instance.grid * _teacher_idle_cells(instance, meetings),
    )


def _teacher_idle_cells(instance: Instance, meetings: tuple[Meeting, ...]) -> int:
    from services.scheduling.solver.idleness import teacher_idle

    problem = problem_of(instance, Costs())
    state = stand(problem, positions_of(problem, meetings))
    teachers, evenings = problem.there.shape[:2]
    return sum(
        teacher_idle(problem.there[t, e], state.free[t, e], problem.cells, 0, 0)
        for t in range(teachers)
        for e in range(evenings)
    )


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 100.0
