"""First come, first served, as most systems do it: what a plan is measured against and must never fall below."""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.arrays import Array, Positions, Problem, State, empty_state
from services.scheduling.solver.choices import possible_starts
from services.scheduling.solver.compiled import compiled
from services.scheduling.solver.room import ONE
from services.scheduling.solver.ruin import occupy

FAR = 1 << 30


def first_come(problem: Problem, *, seed: int, careful: bool) -> Positions:
    """Households in random order book by falling weight: the earliest start that fits, or when `careful` from the second meeting
    on the start nearest to a meeting they have that evening."""
    rng = np.random.default_rng([seed, 4243])
    state = empty_state(problem)
    households = rng.permutation(len(problem.walk)).astype(np.int32)
    ties = rng.permutation(len(problem.order))
    # Locked meetings first (their points hold the bonus), then by weight, ties at random.
    wishes = np.lexsort((ties, -problem.points)).astype(np.int32)
    by_household = wishes[np.argsort(problem.household[wishes], kind="stable")]
    _book(problem, state, households, by_household, careful)
    return Positions(state.evening, state.start)


@compiled
def _book(problem: Problem, state: State, households: Array, wishes: Array, careful: bool) -> None:
    starts = np.zeros((1, problem.windows.shape[2]), np.uint64)
    for household in households:
        for i in range(problem.first[household], problem.first[household + 1]):
            request = wishes[i]
            nearest, best_evening, best_start = FAR, -1, 0
            for evening in range(problem.windows.shape[1]):
                if not possible_starts(problem, state, household, request, evening, starts, 0):
                    continue
                for cell in range(problem.cells):
                    if not (starts[0, cell >> 6] >> np.uint64(cell & 63)) & ONE:
                        continue
                    away = _away(problem, state, household, request, evening, cell)
                    if away < 0:
                        continue
                    far = away if careful else 0
                    if far < nearest:
                        nearest, best_evening, best_start = far, evening, cell
            if best_evening >= 0:
                occupy(problem, state, household, False)
                state.evening[request], state.start[request] = best_evening, best_start
                occupy(problem, state, household, True)


@compiled
def _away(problem: Problem, state: State, household: int, request: int, evening: int, start: int) -> int:
    """Cells to the nearest meeting of that evening; -1 where one is in the way, far where there is none."""
    walk, away = problem.walk[household], FAR - 1
    for other in range(problem.first[household], problem.first[household + 1]):
        if state.evening[other] != evening or other == request:
            continue
        before = start - (state.start[other] + problem.dur[other] + walk)
        after = state.start[other] - (start + problem.dur[request] + walk)
        if before < 0 and after < 0:
            return -1
        away = min(away, max(before, after))
    return away
