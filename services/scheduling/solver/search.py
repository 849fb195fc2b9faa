"""Anneal a plan on several cores until the time is up.

Time is cut into epochs. In each, households and free cells are dealt out at random to the threads, which ruin and recreate on their own part
only; then the parts are put together and dealt anew. So every thread works on the one plan, without locks, and with a budget of moves instead
of time the result depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from services.scheduling.solver.arrays import Array, Positions, Problem, State, empty_state
from services.scheduling.solver.compiled import compiled
from services.scheduling.solver.idleness import all_idle
from services.scheduling.solver.itinerary import Work, work_for
from services.scheduling.solver.ruin import Share, Undo, anneal, occupy, place_all, share_of, undo_for
from shared.clock import monotonic

HOTTEST, COLDEST = 60.0, 0.5
EPOCHS = 200
EPOCH_S = (0.01, 0.25)
CHUNK_S = 0.002
"""Between two looks at the clock."""


@dataclass
class Found:
    """The best plan so far and how it was reached: (seconds, objective) each time it became better."""

    positions: Positions
    objective: int
    moves: int = 0
    trace: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Budget:
    """Seconds, or a number of moves where the result must not depend on the machine."""

    seconds: float
    moves: int | None = None

    def spent(self, seconds: float, moves: int) -> float:
        """From 0 to 1 and above."""
        return moves / self.moves if self.moves is not None else seconds / max(self.seconds, 1e-9)


@dataclass
class _Hand:
    """One thread's room and luck."""

    work: Work
    undo: Undo
    rng: Array
    pace: float = 2e-4  # seconds per move, learned

    @staticmethod
    def of(problem: Problem, seed: int, number: int) -> _Hand:
        drawn = np.random.default_rng([seed, number]).integers(1, 2**63, 1).astype(np.uint64)
        return _Hand(work_for(problem), undo_for(problem), drawn)


def cooled(spent: float) -> float:
    """The temperature in points; tied to the budget, so that short runs cool as far as long ones."""
    return max(COLDEST, HOTTEST * (1 - min(spent, 1.0)) ** 2)


@compiled
def settle(problem: Problem, state: State) -> None:
    """Occupy what `evening` and `start` say, on an empty state."""
    for household in range(problem.walk.shape[0]):
        occupy(problem, state, household, True)


def stand(problem: Problem, positions: Positions, worth: Array | None = None) -> State:
    """The state of a plan; `worth` per household is worked out where it is not known."""
    state = empty_state(problem)
    state.evening[:], state.start[:] = positions
    settle(problem, state)
    state.worth[:] = worths(problem, positions) if worth is None else worth
    return state


def worths(problem: Problem, positions: Positions) -> Array:
    """What each household's itinerary is worth under the problem's costs."""
    idle, evening_cost, floor = (int(cost) for cost in problem.costs[:3])
    worth = np.zeros(len(problem.walk), np.int64)
    for household in range(len(worth)):
        span = slice(problem.first[household], problem.first[household + 1])
        held = np.flatnonzero(positions.evening[span] >= 0) + problem.first[household]
        if not len(held):
            continue
        evenings, starts = positions.evening[held], positions.start[held]
        ends = starts + problem.dur[held] + problem.walk[household]
        worth[household] = problem.points[held].sum() + floor - evening_cost * (len(set(evenings.tolist())) - 1)
        kept = (problem.keep[held, 0] == evenings) & (problem.keep[held, 1] == starts)
        worth[household] += problem.keep[held, 2][kept].sum()
        for evening in set(evenings.tolist()):
            there = evenings == evening
            worth[household] -= idle * (ends[there].max() - starts[there].min() - (ends - starts)[there].sum())
    return worth


def objective_of(problem: Problem, state: State) -> int:
    """What a plan is worth in all under the problem's costs."""
    return int(state.worth.sum()) - all_idle(problem, state)


def greedy(problem: Problem, *, seed: int) -> State:
    """Households in the order of how little choice they have, each by its best itinerary: a start."""
    state = empty_state(problem)
    rng = np.random.default_rng([seed, 977])
    order = rng.permutation(len(problem.walk)).astype(np.int32)
    hand = _Hand.of(problem, seed, 99)
    place_all(problem, state, hand.work, order, hand.rng)
    return state


def anneal_from(
    problem: Problem,
    start: State,
    *,
    budget: Budget,
    seed: int,
    threads: int,
    rivals: Sequence[Positions] = (),
    better: Callable[[float, int], None] | None = None,
) -> Found:
    """The best plan found from `start`; `rivals` are plans it must not fall below. `better(seconds, objective)` hears of progress."""
    began = monotonic()
    state = start
    hands = [_Hand.of(problem, seed, number) for number in range(threads)]
    everyone = np.ones(len(problem.walk), bool)
    found = Found(Positions(state.evening.copy(), state.start.copy()), objective_of(problem, state))
    for rival in rivals:
        _keep_better(problem, found, stand(problem, rival), monotonic() - began, better)
    with ThreadPoolExecutor(threads) as pool:
        epoch = 0
        while (spent := budget.spent(monotonic() - began, found.moves)) < 1:
            luck = np.random.default_rng([seed, epoch, 31])
            owner = luck.integers(0, threads, len(problem.walk))
            parts = [state] if threads == 1 else _dealt(problem, state, threads, luck)
            shares = [share_of(problem, owner == n if threads > 1 else everyone) for n in range(threads)]
            ask = _Ask(problem, budget, began, found.moves, threads)
            made = pool.map(ask.work, parts, shares, hands)
            found.moves += sum(made)
            if threads > 1:
                state = _together(problem, parts, owner)
            _keep_better(problem, found, state, monotonic() - began, better)
            epoch += 1
    return found


@dataclass(frozen=True)
class _Ask:
    """One epoch's order to a thread."""

    problem: Problem
    budget: Budget
    began: float
    moves: int
    threads: int

    def work(self, part: State, share: Share, hand: _Hand) -> int:
        """Moves made."""
        if self.budget.moves is not None:
            count = max(1, self.budget.moves // (EPOCHS * self.threads))
            spent = self.budget.spent(0.0, self.moves)
            anneal(self.problem, part, hand.work, hand.undo, share, hand.rng, cooled(spent), count)
            return count
        least, most = EPOCH_S
        now = monotonic()
        until = min(now + min(most, max(least, self.budget.seconds / EPOCHS)), self.began + self.budget.seconds)
        made = 0
        while now < until:
            count = max(1, min(int(CHUNK_S / hand.pace), 5_000))
            spent = self.budget.spent(now - self.began, 0)
            anneal(self.problem, part, hand.work, hand.undo, share, hand.rng, cooled(spent), count)
            made += count
            before, now = now, monotonic()
            hand.pace = 0.5 * hand.pace + 0.5 * (now - before) / count
        return made


def _dealt(problem: Problem, state: State, threads: int, luck: np.random.Generator) -> list[State]:
    """A copy for each thread, with its part of the free cells: whole evenings of a teacher or of a language's interpreters."""
    of_teacher = luck.integers(0, threads, state.free.shape[:2])
    of_lang = luck.integers(0, threads, state.able.shape[:2])
    parts = []
    for number in range(threads):
        others = of_lang != number
        others[-1] = False  # no language: nothing to share out
        free, able, left = state.free.copy(), state.able.copy(), state.left.copy()
        free[of_teacher != number] = 0
        able[others], left[others] = 0, 0
        parts.append(State(free, able, left, state.evening.copy(), state.start.copy(), state.worth.copy()))
    return parts


def _together(problem: Problem, parts: Sequence[State], owner: Array) -> State:
    """The plan that the parts make: each household as its thread left it."""
    evening, start, worth = parts[0].evening.copy(), parts[0].start.copy(), parts[0].worth.copy()
    of_request = owner[problem.household]
    for number, part in enumerate(parts):
        mine = of_request == number
        evening[mine], start[mine] = part.evening[mine], part.start[mine]
        worth[owner == number] = part.worth[owner == number]
    return stand(problem, Positions(evening, start), worth)


def _keep_better(
    problem: Problem, found: Found, state: State, seconds: float, better: Callable[[float, int], None] | None
) -> None:
    objective = objective_of(problem, state)
    if objective > found.objective or not found.trace:
        found.objective = max(objective, found.objective)
        if objective >= found.objective:
            found.positions = Positions(state.evening.copy(), state.start.copy())
        found.trace.append((seconds, found.objective))
        if better is not None:
            better(seconds, found.objective)
