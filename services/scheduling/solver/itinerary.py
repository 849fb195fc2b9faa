"""The unit of decision: a household's whole itinerary, found exactly.

For each evening a dynamic programme runs over time; `ready[mask]` is the best worth of having met the requests in `mask` and being ready
for the next. Waiting costs the same per cell for every mask, so worths are kept *plus* idle·time and never need to be lowered as time passes.
A start that is possible makes one row, `rows[k, mask]`: the best worth of ending with it. Evenings join by the best of all sub-masks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.scheduling.solver.arrays import EXACT_REQUESTS, Array, Problem, State
from services.scheduling.solver.compiled import compiled, drawn, inlined
from services.scheduling.solver.idleness import interpreters_more, teachers_more

NEVER = -1_000_000_000
POSSIBLE = -500_000_000
IDLE, EVENING, FIRST, TEACHER_IDLE, INTERPRETER_IDLE, SHAPED = range(6)
ONE = np.uint64(1)


class Work(NamedTuple):
    """Room to compute in, one per thread."""

    noise: Array  # int32[N] added to each request's worth this time
    chosen: Array  # int32[N] positions considered
    starts: Array  # uint64[N, W]
    who: Array  # int16[E, K] local request of each row
    at: Array  # int16[E, K] its start
    used: Array  # int32[E] number of rows
    rows: Array  # int32[E, K·2^N]
    ready: Array  # int32[2^N]
    waiting: Array  # int32[C+1] first row that is ready at a cell, -1
    following: Array  # int32[K] next row ready at the same cell
    best: Array  # int32[E, 2^N] of ending the evening having met exactly mask
    joined: Array  # int32[E, 2^N] over evenings 0 … e
    share: Array  # int32[E, 2^N] the part of mask met on evening e
    parts: Array  # int32[E] the masks of the itinerary found


def work_for(problem: Problem) -> Work:
    """Room for the household with most requests."""
    households, evenings, words = problem.windows.shape
    most = int(min(EXACT_REQUESTS, max(1, np.diff(problem.first).max(initial=1))))
    starts = problem.cells * most
    return Work(
        noise=np.zeros(most, np.int32),
        chosen=np.zeros(most, np.int32),
        starts=np.zeros((most, words), np.uint64),
        who=np.zeros((evenings, starts), np.int16),
        at=np.zeros((evenings, starts), np.int16),
        used=np.zeros(evenings, np.int32),
        rows=np.zeros((evenings, starts << most), np.int32),
        ready=np.zeros(1 << most, np.int32),
        waiting=np.zeros(2 * problem.cells + 2, np.int32),
        following=np.zeros(starts, np.int32),
        best=np.zeros((evenings, 1 << most), np.int32),
        joined=np.zeros((evenings, 1 << most), np.int32),
        share=np.zeros((evenings, 1 << most), np.int32),
        parts=np.zeros(evenings, np.int32),
    )


@inlined
def possible_starts(
    problem: Problem, state: State, household: int, request: int, evening: int, out: Array, row: int
) -> bool:
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


@compiled
def shaped_worth(problem: Problem, state: State, request: int, evening: int, start: int, worth: int) -> int:
    """`worth`, with what keeping its time is worth, less the idle time of teachers and interpreters that meeting there makes."""
    if problem.keep[request, 0] == evening and problem.keep[request, 1] == start:
        worth += problem.keep[request, 2]
    if problem.costs[TEACHER_IDLE] > 0:
        worth -= problem.costs[TEACHER_IDLE] * teachers_more(problem, state, request, evening, start)
    if problem.costs[INTERPRETER_IDLE] > 0:
        worth -= problem.costs[INTERPRETER_IDLE] * interpreters_more(problem, state, request, evening, start)
    return worth


@inlined
def plan_evening(problem: Problem, state: State, work: Work, household: int, count: int, evening: int) -> None:
    """Fill `best` and `rows` of the evening for the `count` chosen requests.

    Arrays are taken out of their tuples and indexed in full: a slice costs more than the arithmetic here.
    """
    masks = 1 << count
    best, starts, rows, who, at = work.best, work.starts, work.rows, work.who, work.at
    best[evening, 0] = 0
    for mask in range(1, masks):
        best[evening, mask] = NEVER
    work.used[evening] = 0
    any_start = False
    for i in range(count):
        any_start |= possible_starts(problem, state, household, work.chosen[i], evening, starts, i)
    if not any_start:
        return
    ready, waiting, following = work.ready, work.waiting, work.following
    for mask in range(masks):
        ready[mask] = NEVER
    idle, walk = np.int32(problem.costs[IDLE]), problem.walk[household]
    shaped = problem.costs[SHAPED] > 0
    applied, row = 0, 0
    for cell in range(waiting.shape[0]):
        waiting[cell] = -1
    for w in range(starts.shape[1]):
        union = np.uint64(0)
        for i in range(count):
            union |= starts[i, w]
        cell = w << 6
        while union != 0:
            if union & ONE:
                while applied <= cell:
                    k = waiting[applied]
                    while k >= 0:
                        bit = 1 << who[evening, k]
                        for block in range(bit, masks, 2 * bit):
                            for mask in range(block, block + bit):
                                ready[mask] = max(ready[mask], rows[evening, k * masks + mask])
                        k = following[k]
                    applied += 1
                for i in range(count):
                    if not (starts[i, w] >> np.uint64(cell & 63)) & ONE:
                        continue
                    request = work.chosen[i]
                    end = cell + problem.dur[request] + walk
                    worth = problem.points[request] + work.noise[i]
                    if shaped:
                        worth = shaped_worth(problem, state, request, evening, cell, worth)
                    worth = np.int32(worth)
                    bit = 1 << i
                    gain = np.int32(worth + idle * np.int32(end - cell))
                    back = np.int32(idle * np.int32(end))
                    for block in range(0, masks, 2 * bit):
                        for mask in range(block, block + bit):
                            reached = np.int32(ready[mask] + gain)
                            rows[evening, row * masks + mask + bit] = reached
                            best[evening, mask + bit] = max(best[evening, mask + bit], np.int32(reached - back))
                    # The first meeting of an evening: nobody waited before it.
                    rows[evening, row * masks + bit] = worth + back
                    best[evening, bit] = max(best[evening, bit], worth)
                    who[evening, row] = i
                    at[evening, row] = cell
                    following[row] = waiting[end]
                    waiting[end] = row
                    row += 1
            cell += 1
            union >>= ONE
    work.used[evening] = row


@compiled
def join_evenings(problem: Problem, work: Work, count: int) -> int:
    """Share the requests out over the evenings, into `work.parts`; what that is worth, with the noise.

    The last evening needs no exact masks, only the best within what is left: a closure over sub-masks instead of all pairs.
    """
    masks, final = 1 << count, work.best.shape[0] - 1
    extra = problem.costs[EVENING]
    for e in range(1, final):
        _join(work, masks, e, extra)
    before = work.best[0] if final <= 1 else work.joined[final - 1]
    within, arg = work.joined[final], work.share[final]
    here = work.best[final]
    for mask in range(masks):
        within[mask], arg[mask] = here[mask], mask
    within[0] = NEVER  # nobody met is not an evening
    if work.used[final] > 0 and final > 0:
        for i in range(count):
            bit = 1 << i
            for block in range(bit, masks, 2 * bit):
                for mask in range(block, block + bit):
                    if within[mask - bit] > within[mask]:
                        within[mask], arg[mask] = within[mask - bit], arg[mask - bit]
    top, first, second = -problem.costs[FIRST], 0, 0  # the floor: meeting somebody at all
    for mask in range(masks):
        if final == 0:
            if mask and here[mask] > top:
                top, first, second = here[mask], 0, mask
            continue
        if mask and before[mask] > top:
            top, first, second = before[mask], mask, 0
        other = masks - 1 - mask
        together = (before[mask] - extra if mask else 0) + within[other]
        if together > top:
            top, first, second = together, mask, arg[other]
    work.parts[final] = second
    for e in range(final - 1, 0, -1):
        work.parts[e] = work.share[e, first]
        first ^= work.parts[e]
    if final > 0:
        work.parts[0] = first
    return top


@compiled
def _join(work: Work, masks: int, e: int, extra: int) -> None:
    """The best of evenings 0 … e for exactly each mask, and the part of it met on evening e."""
    before = work.best[0] if e == 1 else work.joined[e - 1]
    joined, share, here = work.joined[e], work.share[e], work.best[e]
    for mask in range(masks):
        top, part_of_top = before[mask], 0
        if here[mask] > top:
            top, part_of_top = here[mask], mask
        part = (mask - 1) & mask
        while part:
            if here[part] > POSSIBLE:
                together = here[part] + before[mask ^ part] - extra
                if together > top:
                    top, part_of_top = together, part
            part = (part - 1) & mask
        joined[mask], share[mask] = top, part_of_top


@inlined
def choose_requests(problem: Problem, work: Work, household: int, rng: Array) -> int:
    """Put the requests to consider into `work.chosen`; all, or by weight and chance as many as the programme takes exactly."""
    first, last = problem.first[household], problem.first[household + 1]
    count = last - first
    most = work.chosen.shape[0]
    if count <= most:
        for i in range(count):
            work.chosen[i] = first + i
        return count
    for i in range(most):
        work.chosen[i] = -1
    for i in range(most):
        top, pick = -1, -1
        for request in range(first, last):
            taken = False
            for j in range(i):
                taken |= work.chosen[j] == request
            draw = problem.points[request] + drawn(rng, 400)
            if not taken and draw > top:
                top, pick = draw, request
        work.chosen[i] = pick
    return most


@inlined
def place_best(problem: Problem, state: State, work: Work, household: int, count: int) -> int:
    """Find the best itinerary over the chosen requests and write it into the state's `evening` and `start`; its worth
    without noise. Nothing is occupied yet."""
    for e in range(work.best.shape[0]):
        plan_evening(problem, state, work, household, count, e)
    worth = join_evenings(problem, work, count) + problem.costs[FIRST]
    for request in range(problem.first[household], problem.first[household + 1]):
        state.evening[request] = -1
    for e in range(work.best.shape[0]):
        if work.parts[e]:
            worth -= _write_evening(problem, state, work, household, count, e, work.parts[e])
    return worth


@inlined
def _write_evening(
    problem: Problem, state: State, work: Work, household: int, count: int, evening: int, mask: int
) -> int:
    """Follow the rows back from the last meeting of the evening; the noise among what they are worth."""
    noise, before = 0, 2 * problem.cells + 1
    idle, walk = problem.costs[IDLE], problem.walk[household]
    while mask:
        # The last meeting of `mask` that leaves time for what comes after; only the very last is not waited for.
        final = before > 2 * problem.cells
        top, row = 2 * NEVER, -1
        for k in range(work.used[evening]):
            i = work.who[evening, k]
            if not mask >> i & 1:
                continue
            end = work.at[evening, k] + problem.dur[work.chosen[i]] + walk
            reached = work.rows[evening, (k << count) + mask] - (idle * end if final else 0)
            if end <= before and reached > top:
                top, row = reached, k
        i, before = work.who[evening, row], work.at[evening, row]
        state.evening[work.chosen[i]] = evening
        state.start[work.chosen[i]] = before
        noise += work.noise[i]
        mask ^= 1 << i
    return noise
