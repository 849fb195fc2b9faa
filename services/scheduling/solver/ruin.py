"""Ruin and recreate: take some households out, place each anew by its best itinerary, keep the result or put all back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.scheduling.solver.arrays import Array, Problem, State
from services.scheduling.solver.choices import find_choices
from services.scheduling.solver.compiled import Whole, compiled, drawn, uniform
from services.scheduling.solver.idleness import all_idle
from services.scheduling.solver.itinerary import place_best
from services.scheduling.solver.room import ONE, Work

MOST_RUINED = 16
FROM_UNMET = 40
"""Percent of moves that start at a wish not met."""
CARE = 192
"""How much a place that spoils a teacher's free cells is avoided, in 64ths of a point per cell: more than the draw among equals."""


class Share(NamedTuple):
    """The households that may be taken out."""

    wishes: Array  # int32[] positions of their requests
    asked_first: Array  # int32[T+1]
    asked: Array  # int32[] the requests for teacher t: asked_first[t] … asked_first[t+1]-1


class Undo(NamedTuple):
    """What a move took out, to put it back."""

    group: Array  # int32[MOST_RUINED] households
    worth: Array  # int64[MOST_RUINED]
    evening: Array  # int32[MOST_RUINED, M]
    start: Array  # int32[MOST_RUINED, M]


def undo_for(problem: Problem) -> Undo:
    most = int(np.diff(problem.first).max(initial=1))
    return Undo(
        np.zeros(MOST_RUINED, np.int32),
        np.zeros(MOST_RUINED, np.int64),
        np.zeros((MOST_RUINED, most), np.int32),
        np.zeros((MOST_RUINED, most), np.int32),
    )


def share_of(problem: Problem, mine: Array) -> Share:
    """The share of the households where `mine` (bool[H])."""
    teachers = len(problem.present)
    wishes = np.flatnonzero(mine[problem.household]).astype(np.int32)
    rows, _ = np.nonzero(problem.teachers[wishes] >= 0)
    wanted = problem.teachers[wishes][problem.teachers[wishes] >= 0]
    by_teacher = np.argsort(wanted, kind="stable")
    first = np.concatenate(([0], np.cumsum(np.bincount(wanted, minlength=teachers))))
    return Share(wishes, first.astype(np.int32), wishes[rows][by_teacher].astype(np.int32))


@compiled
def occupy(problem: Problem, state: State, household: int, taking: bool) -> None:
    """Take the cells of the household's meetings, or give them back. Locked meetings hold theirs already."""
    lang = problem.lang[household]
    for request in range(problem.first[household], problem.first[household + 1]):
        evening = state.evening[request]
        if evening < 0 or problem.lock[request, 0] >= 0:
            continue
        for cell in range(state.start[request], state.start[request] + problem.dur[request]):
            word, bit = cell >> 6, ONE << np.uint64(cell & 63)
            for i in range(problem.teachers.shape[1]):
                teacher = problem.teachers[request, i]
                if teacher < 0:
                    break
                if taking:
                    state.free[teacher, evening, word] &= ~bit
                else:
                    state.free[teacher, evening, word] |= bit
            if taking:
                state.left[lang, evening, cell] -= 1
                if state.left[lang, evening, cell] == 0:
                    state.able[lang, evening, word] &= ~bit
            else:
                state.left[lang, evening, cell] += 1
                if state.left[lang, evening, cell] > 0:
                    state.able[lang, evening, word] |= bit


@compiled
def place(problem: Problem, state: State, work: Work, household: int, rng: Array, noise: int, care: int) -> Whole:
    """Place a household that is out by its best itinerary, its requests' worth moved by up to `noise` either way; `care` for not
    spoiling teachers' free time, in 64ths of a point per cell."""
    count = find_choices(problem, state, work, household, rng, noise)
    worth = place_best(problem, state, work, household, count, rng, care)
    occupy(problem, state, household, True)
    state.worth[household] = worth
    return worth


@compiled
def draw_group(problem: Problem, state: State, share: Share, undo: Undo, rng: Array) -> int:
    """Households that share a scarce teacher into `undo.group`, in random order; how many.

    All but the first meet that teacher: taking out who does not frees nothing of that time.
    """
    wish = share.wishes[drawn(rng, share.wishes.shape[0])]
    if drawn(rng, 100) < FROM_UNMET:
        for _ in range(12):
            if state.evening[wish] < 0:
                break
            wish = share.wishes[drawn(rng, share.wishes.shape[0])]
    teacher = problem.teachers[wish, 0]
    first, last = share.asked_first[teacher], share.asked_first[teacher + 1]
    wanted = min(3 + drawn(rng, 7), last - first)
    undo.group[0] = problem.household[wish]
    size = 1
    for _ in range(4 * wanted):
        if size == wanted:
            break
        asked = share.asked[first + drawn(rng, last - first)]
        if state.evening[asked] < 0:
            continue
        other, new = problem.household[asked], True
        for i in range(size):
            new &= undo.group[i] != other
        if new:
            undo.group[size] = other
            size += 1
    for i in range(size - 1, 0, -1):
        j = drawn(rng, i + 1)
        undo.group[i], undo.group[j] = undo.group[j], undo.group[i]
    return size


@compiled
def anneal(
    problem: Problem,
    state: State,
    work: Work,
    undo: Undo,
    share: Share,
    rng: Array,
    temperature: float,
    iterations: int,
) -> int:
    """So many moves at one temperature; the points gained in all (less than 0 where they were lost)."""
    gained = 0
    idles = problem.costs[3] > 0 or problem.costs[4] > 0
    idle = all_idle(problem, state) if idles else 0
    if share.wishes.shape[0] == 0:
        return 0
    for _ in range(iterations):
        size = draw_group(problem, state, share, undo, rng)
        change = 0
        for g in range(size):
            household = undo.group[g]
            first, last = problem.first[household], problem.first[household + 1]
            for request in range(first, last):
                undo.evening[g, request - first] = state.evening[request]
                undo.start[g, request - first] = state.start[request]
            undo.worth[g] = state.worth[household]
            change -= state.worth[household]
            occupy(problem, state, household, False)
        noise = int(temperature) if drawn(rng, 2) == 0 else 0
        for g in range(size):
            change += place(problem, state, work, undo.group[g], rng, noise, CARE)
        idle_then = all_idle(problem, state) if idles else 0
        change -= idle_then - idle
        if change >= 0 or change >= temperature * np.log(uniform(rng)):
            gained += change
            idle = idle_then
            continue
        for g in range(size):
            occupy(problem, state, undo.group[g], False)
        for g in range(size):
            household = undo.group[g]
            first, last = problem.first[household], problem.first[household + 1]
            for request in range(first, last):
                state.evening[request] = undo.evening[g, request - first]
                state.start[request] = undo.start[g, request - first]
            state.worth[household] = undo.worth[g]
            occupy(problem, state, household, True)
    return gained


@compiled
def place_all(problem: Problem, state: State, work: Work, order: Array, rng: Array) -> None:
    """Households in the given order, each by its best itinerary on what is left."""
    for household in order:
        place(problem, state, work, household, rng, 0, 0)
