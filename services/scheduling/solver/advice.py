"""What if a teacher stayed half an hour longer, or gave up a break: which half hour gains most, by trying each on the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

import numpy as np

from services.scheduling.solver.arrays import Problem, meetings_of, positions_of, problem_of
from services.scheduling.solver.model import Household, Instance, Window
from services.scheduling.solver.planning import Plan, costs_of, warm_up
from services.scheduling.solver.ruin import anneal, share_of
from services.scheduling.solver.search import Hand, copied, objective_of, stand
from shared.clock import monotonic

HALF_HOUR_MIN = 30
MOVES = 150
"""Moves among the teacher's families per half hour tried: a few milliseconds."""
TEMPERATURES = (3.0, 0.5)


class Extra(Enum):
    """Which half hour."""

    LATER = "later"  # after the evening's end; who is there at the end is taken to stay
    BREAK = "break"  # a break given up
    EARLIER = "earlier"  # before the teacher's first window
    AFTER = "after"  # after the teacher's last window, within the evening


@dataclass(frozen=True, slots=True)
class Advice:
    """Cells first … end-1 more of a teacher on an evening: points gained, and requests met more."""

    teacher: int
    evening: int
    first: int
    end: int
    extra: Extra
    gain: int
    met: int


def advise(instance: Instance, plan: Plan, *, limit_s: float = 10.0, top: int = 5, seed: int = 1) -> list[Advice]:
    """The half hours that gain most, best first; those of teachers whom most wishes miss are tried first, until the time is up."""
    half_hour = max(1, HALF_HOUR_MIN // instance.grid)
    longer = _staying(instance, half_hour)
    problem = problem_of(longer, costs_of(plan.preset, floor=plan.floor))
    warm_up(problem)
    state = stand(problem, positions_of(problem, plan.meetings))
    before = objective_of(problem, state)
    until = monotonic() + limit_s
    hand = Hand.of(problem, seed, 0)
    found = []
    for teacher, evening, first, end, extra in _candidates(instance, plan, half_hour):
        if monotonic() > until:
            break
        families = np.zeros(len(problem.walk), bool)
        families[problem.household[(problem.teachers == teacher).any(axis=1)]] = True
        tried = copied(state)
        _open(problem, teacher, evening, first, end, there=True)
        for cell in range(first, end):
            tried.free[teacher, evening, cell // 64] |= np.uint64(1 << (cell % 64))
        share = share_of(problem, families)
        gain = 0
        for temperature in TEMPERATURES:
            anneal(problem, tried, hand.work, hand.undo, share, hand.rng, temperature, MOVES)
            gain = max(gain, objective_of(problem, tried) - before)
        _open(problem, teacher, evening, first, end, there=False)
        met = len(meetings_of(problem, tried.evening, tried.start)) - len(plan.meetings)
        if gain > 0:
            found.append(Advice(teacher, evening, first, end, extra, gain, met))
    found.sort(key=lambda one: -one.gain)
    return found[:top]


def _candidates(instance: Instance, plan: Plan, half_hour: int) -> Iterator[tuple[int, int, int, int, Extra]]:
    """Half hours next to a teacher's windows, for teachers with wishes refused, the most refused weight first."""
    held = {one.request for one in plan.meetings}
    refused = [
        sum(request.weight for request in requests if request.id not in held) for requests in instance.requests_for
    ]
    for teacher in sorted(instance.teachers, key=lambda one: -refused[one.id]):
        if not refused[teacher.id]:
            return
        for evening in range(instance.evenings):
            windows = sorted((w.first, w.end) for w in teacher.avail if w.evening == evening)
            if not windows:
                continue
            for (_, end), (first, _) in pairwise(windows):
                if first > end:
                    yield teacher.id, evening, end, min(first, end + half_hour), Extra.BREAK
            if windows[0][0] > 0:
                yield teacher.id, evening, max(0, windows[0][0] - half_hour), windows[0][0], Extra.EARLIER
            end = windows[-1][1]
            yield teacher.id, evening, end, end + half_hour, Extra.LATER if end == instance.cells else Extra.AFTER


def _staying(instance: Instance, half_hour: int) -> Instance:
    """The round with half an hour more at the end of each evening, in which the families of its last cell are still there."""

    def stays(household: Household) -> Household:
        windows = tuple(
            Window(w.evening, w.first, w.end + half_hour) if w.end == instance.cells else w for w in household.avail
        )
        return replace(household, avail=windows)

    return replace(
        instance, cells=instance.cells + half_hour, households=tuple(stays(house) for house in instance.households)
    )


def _open(problem: Problem, teacher: int, evening: int, first: int, end: int, *, there: bool) -> None:
    for cell in range(first, end):
        bit = np.uint64(1 << (cell % 64))
        for bits in (problem.there, problem.present):
            if there:
                bits[teacher, evening, cell // 64] |= bit
            else:
                bits[teacher, evening, cell // 64] &= ~bit
