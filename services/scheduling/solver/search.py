"""Anneal a plan on several cores until the time is up.

Every thread anneals a plan of its own. Time is cut into epochs; after each, the better plan goes on in all of them ("go with the
winners"). With a budget of moves instead of time the result depends on the seed alone. Dealing one plan out to the threads,
households and free cells, makes twice the moves but worse ones: measured, it was behind a single thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from services.scheduling.solver.arrays import Array, Positions, Problem, State, empty_state
from services.scheduling.solver.compiled import compiled
from services.scheduling.solver.idleness import all_idle
from services.scheduling.solver.room import Work, work_for
from services.scheduling.solver.ruin import Share, Undo, anneal, occupy, place_all, share_of, undo_for
from shared.clock import monotonic

HOTTEST, COLDEST = 60.0, 0.5
EPOCHS = 40
STEPS = 10
"""Temperatures within an epoch that is counted in moves."""
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
class Hand:
    """One thread's room and luck."""

    work: Work
    undo: Undo
    rng: Array
    pace: float = 2e-4  # seconds per move, learned

    @staticmethod
    def of(problem: Problem, seed: int, number: int) -> Hand:
        drawn = np.random.default_rng([seed, number]).integers(1, 2**63, 1).astype(np.uint64)
        return Hand(work_for(problem), undo_for(problem), drawn)


def cooled(spent: float, hottest: float = HOTTEST) -> float:
    """The temperature in points; tied to the budget, so that short runs cool as far as long ones."""
    return max(COLDEST, hottest * (1 - min(spent, 1.0)) ** 2)


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
    hand = Hand.of(problem, seed, 99)
    place_all(problem, state, hand.work, order, hand.rng)
    return state


def anneal_from(
    problem: Problem,
    start: State,
    *,
    budget: Budget,
    seed: int,
    threads: int,
    hottest: float = HOTTEST,
    rivals: Sequence[Positions] = (),
    better: Callable[[float, int], None] | None = None,
) -> Found:
    """The best plan found from `start`, never below the `rivals`. `better(seconds, objective)` hears of progress."""
    began = monotonic()
    hands = [Hand.of(problem, seed, number) for number in range(threads)]
    states = [start, *(copied(start) for _ in hands[1:])]
    share = share_of(problem, np.ones(len(problem.walk), bool))
    found = Found(Positions(start.evening.copy(), start.start.copy()), objective_of(problem, start))
    for plan in (Positions(start.evening, start.start), *rivals):
        _keep_better(problem, found, stand(problem, plan), monotonic() - began, better)
    with ThreadPoolExecutor(threads) as pool:
        while budget.spent(monotonic() - began, found.moves) < 1:
            ask = _Ask(problem, share, budget, began, found.moves, threads, hottest)
            found.moves += sum(pool.map(ask.work, states, hands))
            winner = max(states, key=lambda state: objective_of(problem, state))
            _keep_better(problem, found, winner, monotonic() - began, better)
            states = [state if state is winner else copied(winner) for state in states]
    return found


def copied(state: State) -> State:
    """A plan to go on with, apart from the first."""
    return State(*(array.copy() for array in state))


@dataclass(frozen=True)
class _Ask:
    """One epoch's order to a thread."""

    problem: Problem
    share: Share
    budget: Budget
    began: float
    moves: int
    threads: int
    hottest: float

    def work(self, state: State, hand: Hand) -> int:
        """Moves made."""
        if self.budget.moves is not None:
            count = max(1, self.budget.moves // (EPOCHS * STEPS * self.threads))
            for step in range(STEPS):
                spent = self.budget.spent(0.0, self.moves + step * count * self.threads)
                anneal(
                    self.problem, state, hand.work, hand.undo, self.share, hand.rng, cooled(spent, self.hottest), count
                )
            return count * STEPS
        now = monotonic()
        until = min(now + self.budget.seconds / EPOCHS, self.began + self.budget.seconds)
        made = 0
        while now < until:
            count = max(1, min(int(CHUNK_S / hand.pace), 5_000))
            spent = self.budget.spent(now - self.began, 0)
            anneal(self.problem, state, hand.work, hand.undo, self.share, hand.rng, cooled(spent, self.hottest), count)
            made += count
            before, now = now, monotonic()
            hand.pace = 0.5 * hand.pace + 0.5 * (now - before) / count
        return made


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
