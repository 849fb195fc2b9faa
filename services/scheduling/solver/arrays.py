"""The instance and a plan as arrays for the kernels. Requests stand grouped by household; `Problem.order` leads back to ids.

Cells that are free are bits: word `c // 64`, bit `c % 64`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scheduling.solver.model import EVENING_COST, IDLE_COST, Instance, Window
from services.scheduling.solver.scoring import Meeting

Array = NDArray[Any]
EXACT_REQUESTS = 11
"""The itinerary DP is exact up to so many requests of one household; above, it draws that many each time, by weight."""
LOCKED_BONUS = 100_000
"""So much that no itinerary leaves a locked meeting out."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Points for what a plan does to people; the published score is the default.

    `idle` per cell a household waits, `evening` per extra evening, `first` for a household's having a meeting at all (the floor),
    `teacher_idle` per free cell between a teacher's meetings of an evening, `interpreter_idle` the same for interpreters.
    """

    idle: int = IDLE_COST
    evening: int = EVENING_COST
    first: int = 0
    teacher_idle: int = 0
    interpreter_idle: int = 0


class Problem(NamedTuple):
    """What does not change while searching."""

    order: Array  # int32[R] position → request id
    first: Array  # int32[H+1] positions of household h: first[h] … first[h+1]-1
    household: Array  # int32[R]
    teachers: Array  # int32[R, A] teachers of the meeting, -1 padded
    dur: Array  # int32[R] cells
    points: Array  # int32[R] worth, with the locked bonus
    lock: Array  # int32[R, 2] evening, start, or -1
    keep: Array  # int32[R, 3] evening, start it had before (-1 none), points for keeping it
    lang: Array  # int32[H] index of the language, the last row of `hands` where none is needed
    walk: Array  # int32[H] cells
    windows: Array  # uint64[H, E, W] when the household can come
    there: Array  # uint64[T, E, W] when the teacher is there
    present: Array  # uint64[T, E, W] the same, less locked meetings
    hands: Array  # int32[L+1, E, C] interpreters, less locked meetings
    costs: Array  # int64[6] as in Costs, and whether a meeting's worth depends on its time
    cells: int


class State(NamedTuple):
    """A plan under construction."""

    free: Array  # uint64[T, E, W] teacher's free cells
    able: Array  # uint64[L+1, E, W] an interpreter is left
    left: Array  # int32[L+1, E, C] interpreters left
    evening: Array  # int32[R] or -1
    start: Array  # int32[R]
    worth: Array  # int64[H] of the household's itinerary, without noise


class Positions(NamedTuple):
    """A plan by position: evening (-1 refused) and first cell."""

    evening: Array  # int32[R]
    start: Array  # int32[R]


def problem_of(instance: Instance, costs: Costs, *, keep: Mapping[int, tuple[int, int, int]] | None = None) -> Problem:
    """`keep`: request → (evening, start, points for leaving it there)."""
    words = -(-instance.cells // 64)
    order = [request.id for requests in instance.requests_of for request in requests]
    counts = [len(requests) for requests in instance.requests_of]
    requests = [instance.requests[i] for i in order]
    langs = {lang: i for i, lang in enumerate(sorted(_langs(instance)))}
    locked = {lock.request: lock for lock in instance.locked}
    widest = max((len(request.teachers) for request in requests), default=1)
    teachers = np.full((len(order), widest), -1, np.int32)
    lock = np.full((len(order), 2), -1, np.int32)
    kept = np.full((len(order), 3), -1, np.int32)
    points = np.zeros(len(order), np.int32)
    for position, request in enumerate(requests):
        teachers[position, : len(request.teachers)] = request.teachers
        points[position] = request.points
        if request.id in locked:
            lock[position] = locked[request.id].evening, locked[request.id].start
            points[position] += LOCKED_BONUS
        if keep and request.id in keep:
            kept[position] = keep[request.id]
    hands = np.zeros((len(langs) + 1, instance.evenings, instance.cells), np.int32)
    for lang, row in langs.items():
        hands[row] = instance.interpreters.get(lang, 0)
    hands[-1] = 1 << 20
    there = _bits([teacher.avail for teacher in instance.teachers], instance.evenings, words)
    present = there.copy()
    for one in instance.locked:
        request = instance.requests[one.request]
        house = instance.households[request.household]
        if house.lang is not None:
            hands[langs[house.lang], one.evening, one.start : one.start + request.dur] -= 1
        for teacher in request.teachers:
            for cell in range(one.start, one.start + request.dur):
                present[teacher, one.evening, cell // 64] &= ~np.uint64(1 << (cell % 64))
    return Problem(
        order=np.array(order, np.int32),
        first=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        household=np.array([request.household for request in requests], np.int32),
        teachers=teachers,
        dur=np.array([request.dur for request in requests], np.int32),
        points=points,
        lock=lock,
        keep=kept,
        lang=np.array([langs.get(house.lang or "", len(langs)) for house in instance.households], np.int32),
        walk=np.array([instance.walk(house.id) for house in instance.households], np.int32),
        windows=_bits([house.avail for house in instance.households], instance.evenings, words),
        there=there,
        present=present,
        hands=hands,
        costs=np.array(
            [
                costs.idle,
                costs.evening,
                costs.first,
                costs.teacher_idle,
                costs.interpreter_idle,
                bool(keep) or costs.teacher_idle > 0 or costs.interpreter_idle > 0,
            ],
            np.int64,
        ),
        cells=instance.cells,
    )


def empty_state(problem: Problem) -> State:
    """Nothing is placed but locked meetings, which hold their cells in `problem` already."""
    requests, households = len(problem.order), len(problem.walk)
    able = np.zeros((*problem.hands.shape[:2], problem.present.shape[2]), np.uint64)
    for cell in range(problem.cells):
        able[:, :, cell // 64] |= (problem.hands[:, :, cell] > 0).astype(np.uint64) << np.uint64(cell % 64)
    return State(
        free=problem.present.copy(),
        able=able,
        left=problem.hands.copy(),
        evening=np.full(requests, -1, np.int32),
        start=np.zeros(requests, np.int32),
        worth=np.zeros(households, np.int64),
    )


def meetings_of(problem: Problem, evening: Array, start: Array) -> tuple[Meeting, ...]:
    """The meetings of a state, by request id."""
    held = (
        Meeting(int(problem.order[i]), int(evening[i]), int(start[i])) for i in range(len(evening)) if evening[i] >= 0
    )
    return tuple(sorted(held))


def positions_of(problem: Problem, meetings: Iterable[Meeting]) -> Positions:
    """`evening` and `start` by position: the inverse of `meetings_of`."""
    evening = np.full(len(problem.order), -1, np.int32)
    start = np.zeros(len(problem.order), np.int32)
    where = np.empty(len(problem.order), np.int32)
    where[problem.order] = np.arange(len(problem.order), dtype=np.int32)
    for meeting in meetings:
        evening[where[meeting.request]], start[where[meeting.request]] = meeting.evening, meeting.start
    return Positions(evening, start)


def _langs(instance: Instance) -> set[str]:
    return {house.lang for house in instance.households if house.lang is not None}


def _bits(windows: Sequence[Sequence[Window]], evenings: int, words: int) -> Array:
    bits = np.zeros((len(windows), evenings, words), np.uint64)
    for row, one in enumerate(windows):
        for window in one:
            for cell in range(window.first, window.end):
                bits[row, window.evening, cell // 64] |= np.uint64(1 << (cell % 64))
    return bits
