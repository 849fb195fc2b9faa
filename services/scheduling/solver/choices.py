"""What a household can choose from: where each wish may start, what that is worth, and which wishes to consider."""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.arrays import Array, Problem, State
from services.scheduling.solver.compiled import Whole, compiled, drawn, inlined
from services.scheduling.solver.idleness import interpreters_more, teachers_more
from services.scheduling.solver.room import INTERPRETER_IDLE, ONE, TEACHER_IDLE, Work


@inlined
def possible_starts(
    problem: Problem, state: State, household: int, request: int, evening: int, out: Array, row: int
) -> Whole:
    """Set the bits of the cells where the meeting may start in out[row]; whether there is any."""
    words = out.shape[1]
    if problem.lock[request, 0] >= 0:
        for w in range(words):
            out[row, w] = np.uint64(0)
        if problem.lock[request, 0] != evening:
            return False
        cell = problem.lock[request, 1]
        out[row, cell >> 6] = ONE << np.uint64(cell & 63)
        return True
    lang = problem.lang[household]
    some = np.uint64(0)
    for w in range(words):
        bits = problem.windows[household, evening, w] & state.able[lang, evening, w]
        for i in range(problem.teachers.shape[1]):
            teacher = problem.teachers[request, i]
            if teacher < 0:
                break
            bits &= state.free[teacher, evening, w]
        out[row, w] = bits
        some |= bits
    for _ in range(problem.dur[request] - 1):
        # A run of k+1 free cells starts where runs of k start at this cell and at the next.
        some = np.uint64(0)
        for w in range(words):
            after = out[row, w] >> ONE
            if w + 1 < words:
                after |= out[row, w + 1] << np.uint64(63)
            out[row, w] &= after
            some |= out[row, w]
    return some != 0


@inlined
def find_choices(problem: Problem, state: State, work: Work, household: int, rng: Array, noise: int) -> Whole:
    """Put the requests that can start anywhere into `work.chosen`, those with fewest starts first, and draw their noise; how many.

    Where there are more than the programme takes exactly, it draws by weight and chance which to consider this time.
    """
    starts, counts, chosen = work.starts, work.counts, work.chosen
    evenings = problem.windows.shape[1]
    found = 0
    for request in range(problem.first[household], problem.first[household + 1]):
        count = 0
        for e in range(evenings):
            row = found * evenings + e
            if possible_starts(problem, state, household, request, e, starts, row):
                for w in range(starts.shape[1]):
                    count += _bits_in(starts[row, w])
        if count > 0:
            chosen[found], counts[found], work.rows_of[found] = request, count, found
            found += 1
    while found > work.most:
        drop, least = 0, 1 << 60
        for i in range(found):
            draw = problem.points[chosen[i]] + drawn(rng, 400)
            if draw < least:
                drop, least = i, draw
        found -= 1
        for i in range(drop, found):
            chosen[i], counts[i], work.rows_of[i] = chosen[i + 1], counts[i + 1], work.rows_of[i + 1]
    # The frequent ones get high bits: their masks lie side by side, which the processor does eight or more at a time.
    for i in range(1, found):
        request, count, row, j = chosen[i], counts[i], work.rows_of[i], i
        while j > 0 and counts[j - 1] > count:
            chosen[j], counts[j], work.rows_of[j] = chosen[j - 1], counts[j - 1], work.rows_of[j - 1]
            j -= 1
        chosen[j], counts[j], work.rows_of[j] = request, count, row
    for i in range(found):
        work.noise[i] = drawn(rng, 2 * noise + 1) - noise if noise > 0 else 0
    return found


@inlined
def _bits_in(x: Whole) -> Whole:
    x = x - ((x >> ONE) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def shaped_worth(problem: Problem, state: State, request: int, evening: int, start: int, worth: int) -> Whole:
    """`worth`, with what keeping its time is worth, less the idle time of teachers and interpreters that meeting there makes."""
    if problem.keep[request, 0] == evening and problem.keep[request, 1] == start:
        worth += problem.keep[request, 2]
    if problem.costs[TEACHER_IDLE] > 0:
        worth -= problem.costs[TEACHER_IDLE] * teachers_more(problem, state, request, evening, start)
    if problem.costs[INTERPRETER_IDLE] > 0:
        worth -= problem.costs[INTERPRETER_IDLE] * interpreters_more(problem, state, request, evening, start)
    return worth


@compiled
def spoiled(problem: Problem, state: State, request: int, evening: int, start: int) -> Whole:
    """Free cells of the teacher beside the meeting that no further meeting of its length could use: remainders on both sides."""
    teacher, dur = problem.teachers[request, 0], problem.dur[request]
    if dur == 1 or problem.lock[request, 0] >= 0:
        return 0
    before, after, cell = 0, 0, start - 1
    while cell >= 0 and (state.free[teacher, evening, cell >> 6] >> np.uint64(cell & 63)) & ONE:
        before += 1
        cell -= 1
    cell = start + dur
    while cell < problem.cells and (state.free[teacher, evening, cell >> 6] >> np.uint64(cell & 63)) & ONE:
        after += 1
        cell += 1
    return before % dur + after % dur
