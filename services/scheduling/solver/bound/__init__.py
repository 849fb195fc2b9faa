"""How good a plan could be at most: a bound on the score of a conference round that is proved, not estimated.

    bound(instance, limit_s=5).value      # no plan of this round can score more

It starts from what each teacher's time alone allows and then haggles over prices until the time is over (see `market`): the longer,
the tighter. Within seconds it is where column generation over household itineraries ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from services.scheduling.solver.bound.board import Array, Board, board_of
from services.scheduling.solver.bound.market import haggle, knapsack_prices, proved
from services.scheduling.solver.model import EVENING_COST, IDLE_COST, Household, Instance, Request, Teacher, Window
from shared import clock

KNAPSACK, ITINERARIES = "knapsack", "itineraries"
"""`Bound.kind`: prices from each teacher's time alone, or found by haggling."""

FIRST_STEP, MOST_STEP, LAST_STEP = 0.3, 8.0, 0.02
"""Points by which a price moves when a cell is taken: at first, at most at first where there is time for many rounds, at last."""
LOOK = 10
"""Rounds after which the first step is set by how many rounds there is time for."""
CHECKS = 40
"""How often the prices so far are tried as a bound."""


@dataclass(frozen=True, slots=True)
class Bound:
    """`value` in points: no valid plan scores more. `teacher_prices[t, e, c]`: what that cell is worth, in points."""

    value: int
    kind: str
    seconds: float
    rounds: int
    teacher_prices: Array


@dataclass(slots=True)
class _Best:
    value: int
    kind: str
    teachers: Array
    languages: Array

    def offer(self, board: Board, teachers: Array, languages: Array) -> None:
        value = proved(board, teachers, languages)
        if value < self.value:
            self.value, self.kind, self.teachers, self.languages = value, ITINERARIES, teachers.copy(), languages.copy()


def bound(
    instance: Instance,
    *,
    limit_s: float,
    seed: int = 1,
    reached: int | None = None,
    idle: int = IDLE_COST,
    evening: int = EVENING_COST,
) -> Bound:
    """Prove an upper bound on the score in about `limit_s` seconds on one core; stop early once it equals a score `reached`.

    Nothing but the time taken depends on the machine being fast: any prices prove a bound.
    """
    _warm_up()
    started = clock.monotonic()
    board = board_of(instance, idle=idle, evening=evening)
    teachers = knapsack_prices(board)
    languages = np.zeros((len(board.interpreters), board.evenings, board.cells))
    best = _Best(proved(board, teachers, languages), KNAPSACK, teachers, languages)
    best.offer(board, np.zeros_like(teachers), languages)
    rounds = 0
    if len(board.language):
        rounds = _haggle(board, best, started=started, limit_s=limit_s, seed=seed, reached=reached)
    return Bound(best.value, best.kind, clock.monotonic() - started, rounds, best.teachers / board.scale)


@cache
def _warm_up() -> None:
    """Have everything compiled, or read from disk, before the clock starts: seconds, once a process."""
    house = Household(0, None, True, (Window(0, 0, 1),), ())
    wish = Request(0, 0, 0, 1, 1, ())
    board = board_of(Instance("warm-up", 5, 1, 1, 0, {}, (Teacher(0, 0, 1, house.avail),), (house,), (wish,)))
    teachers, languages = np.zeros(board.present.shape), np.zeros((0, 1, 1))
    proved(board, teachers, languages)
    haggle(board, np.zeros(1, np.int64), 0.0, teachers, languages, np.ones(1), np.ones(0))


def _haggle(board: Board, best: _Best, *, started: float, limit_s: float, seed: int, reached: int | None) -> int:
    """Rounds of the market with falling steps; what is offered as a bound is also the average of the prices passed through."""
    rng = np.random.default_rng(seed)
    teachers, languages = best.teachers.copy(), best.languages.copy()
    mean_teachers, mean_languages = teachers.copy(), languages.copy()
    wishes = np.array([(board.teachers == t).any(axis=1).sum() for t in range(len(teachers))], np.float64)
    homes = np.array([(board.language == one).sum() for one in range(len(languages))], np.float64)
    shares = 1 / np.maximum(wishes, 1), board.interpreters / np.maximum(homes, 1)
    rounds, checked, first = 0, 0.0, FIRST_STEP
    while best.value != reached:
        spent = clock.monotonic() - started
        if spent >= limit_s:
            break
        if rounds == LOOK:
            first = min(MOST_STEP, FIRST_STEP * math.sqrt(limit_s / spent))
        left = 1 - spent / limit_s
        step = (first * left**2 + LAST_STEP) * board.scale
        haggle(board, rng.permutation(len(board.language)), step, teachers, languages, *shares)
        rounds += 1
        weight = max(0.05 + 0.05 * left, 1 / rounds)
        mean_teachers += weight * (teachers - mean_teachers)
        mean_languages += weight * (languages - mean_languages)
        if spent - checked >= limit_s / CHECKS:
            checked = spent
            best.offer(board, mean_teachers, mean_languages)
    best.offer(board, mean_teachers, mean_languages)
    return rounds
