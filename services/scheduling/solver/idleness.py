"""Idle time of teachers and interpreters: free cells between the first and the last meeting of an evening (a break is not idle)."""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.arrays import Array, Problem, State
from services.scheduling.solver.compiled import compiled


@compiled
def teacher_idle(there: Array, free: Array, cells: int, start: int, end: int) -> int:
    """Idle cells of one teacher's evening, cells start … end-1 taken as busy too."""
    idle, waiting, begun = 0, 0, False
    for cell in range(cells):
        bit = np.uint64(cell & 63)
        if not (there[cell >> 6] >> bit) & np.uint64(1):
            continue
        if start <= cell < end or not (free[cell >> 6] >> bit) & np.uint64(1):
            idle += waiting
            waiting, begun = 0, True
        elif begun:
            waiting += 1
    return idle


@compiled
def interpreter_idle(hands: Array, left: Array, start: int, end: int) -> int:
    """The same for the interpreters of a language: the first is kept busy first, then the second, …"""
    idle, level = 0, 0
    while True:
        level += 1
        waiting, begun = 0, False
        for cell in range(hands.shape[0]):
            used = hands[cell] - left[cell] + (1 if start <= cell < end else 0)
            if used >= level:
                idle += waiting
                waiting, begun = 0, True
            elif begun:
                waiting += 1
        if not begun:
            return idle


@compiled
def teachers_more(problem: Problem, state: State, request: int, evening: int, start: int) -> int:
    """Idle cells that a meeting there would add to its teachers' evening; fewer than 0 where it fills a gap."""
    more = 0
    for i in range(problem.teachers.shape[1]):
        teacher = problem.teachers[request, i]
        if teacher < 0:
            break
        there, free = problem.there[teacher, evening], state.free[teacher, evening]
        more += teacher_idle(there, free, problem.cells, start, start + problem.dur[request])
        more -= teacher_idle(there, free, problem.cells, 0, 0)
    return more


@compiled
def interpreters_more(problem: Problem, state: State, request: int, evening: int, start: int) -> int:
    """Idle cells that a meeting there would add to the interpreters of its household's language."""
    lang = problem.lang[problem.household[request]]
    if lang == problem.hands.shape[0] - 1:
        return 0
    hands, left = problem.hands[lang, evening], state.left[lang, evening]
    with_it = interpreter_idle(hands, left, start, start + problem.dur[request])
    return with_it - interpreter_idle(hands, left, 0, 0)


@compiled
def all_idle(problem: Problem, state: State) -> int:
    """What the plan's idle time of teachers and interpreters costs, in points."""
    points = 0
    if problem.costs[3] > 0:
        for teacher in range(problem.there.shape[0]):
            for evening in range(problem.there.shape[1]):
                there, free = problem.there[teacher, evening], state.free[teacher, evening]
                points += problem.costs[3] * teacher_idle(there, free, problem.cells, 0, 0)
    if problem.costs[4] > 0:
        for lang in range(problem.hands.shape[0] - 1):
            for evening in range(problem.hands.shape[1]):
                points += problem.costs[4] * interpreter_idle(
                    problem.hands[lang, evening], state.left[lang, evening], 0, 0
                )
    return points
