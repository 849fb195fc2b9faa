"""The unit of decision: a household's whole itinerary, found exactly.

For each evening a dynamic programme runs over time; `ready[mask]` is the best worth of having met the requests in `mask` and being
ready for the next. Waiting costs the same per cell for every mask, so worths are kept *plus* idle·time and never need to be lowered
as time passes. A start that is possible makes one row, `rows[k, mask]`: the best worth of ending with it. Evenings join by the best
of all sub-masks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.scheduling.solver.arrays import EXACT_REQUESTS, Array, Problem, State
from services.scheduling.solver.compiled import Whole, compiled, drawn, inlined
from services.scheduling.solver.idleness import interpreters_more, teachers_more

NEVER = -1_000_000_000
POSSIBLE = -500_000_000
IDLE, EVENING, FIRST, TEACHER_IDLE, INTERPRETER_IDLE, SHAPED = range(6)
ONE = np.uint64(1)
SCALE = 64
"""Inside the programme a point counts so much, and the last digit is drawn: of equally good itineraries any may come, and all of a
household's draws together are less than a point."""


class Work(NamedTuple):
    """Room to compute in, one per thread. M requests of the household with most, N of them at once, K rows an evening."""

    noise: Array  # int32[M] added to each request's worth this time
    chosen: Array  # int32[M] positions considered
    counts: Array  # int32[M] their possible starts
    rows_of: Array  # int32[M] where in `starts` they stand
    starts: Array  # uint64[M·E, W]
    who: Array  # int16[E, K] local request of each row
    at: Array  # int16[E, K] its start
    luck: Array  # int32[E, K] what was drawn for it
    used: Array  # int32[E] number of rows
    rows: Array  # int32[E·K·2^N]
    ready: Array  # int32[2^N]
    waiting: Array  # int32[2C+2] first row that is ready at a cell, -1
    following: Array  # int32[K] next row ready at the same cell
    best: Array  # int32[E·2^N] of ending the evening having met exactly mask
    within: Array  # int32[2^N] the best of the last evening's sub-masks
    joined: Array  # int32[E·2^N] over evenings 0 … e
    share: Array  # int32[E·2^N] the part of mask met on evening e
    parts: Array  # int32[E] the masks of the itinerary found
    most: int  # N
    best_step: int  # 2^N
    rows_step: int  # K·2^N


def work_for(problem: Problem) -> Work:
    """Room for the household with most requests."""
    _, evenings, words = problem.windows.shape
    requests = int(max(1, np.diff(problem.first).max(initial=1)))
    most = min(EXACT_REQUESTS, requests)
    starts, masks = problem.cells * most, 1 << most
    return Work(
        noise=np.zeros(requests, np.int32),
        chosen=np.zeros(requests, np.int32),
        counts=np.zeros(requests, np.int32),
        rows_of=np.zeros(requests, np.int32),
        starts=np.zeros((requests * evenings, words), np.uint64),
        who=np.zeros((evenings, starts), np.int16),
        at=np.zeros((evenings, starts), np.int16),
        luck=np.zeros((evenings, starts), np.int32),
        used=np.zeros(evenings, np.int32),
        rows=np.zeros(evenings * starts * masks, np.int32),
        ready=np.zeros(masks, np.int32),
        waiting=np.zeros(2 * problem.cells + 2, np.int32),
        following=np.zeros(starts, np.int32),
        best=np.zeros(evenings * masks, np.int32),
        within=np.zeros(masks, np.int32),
        joined=np.zeros(evenings * masks, np.int32),
        share=np.zeros(evenings * masks, np.int32),
        parts=np.zeros(evenings, np.int32),
        most=most,
        best_step=masks,
        rows_step=starts * masks,
    )


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


@inlined
def plan_evening(problem: Problem, state: State, work: Work, household: int, count: int, evening: int, rng: Array) -> None:
    """Fill `best` and `rows` of the evening for the `count` chosen requests.

    Arrays are taken out of their tuples and indexed in full and unsigned: a slice, or a look whether an index is below nought,
    costs more than the arithmetic here.
    """
    masks = ONE << np.uint64(count)
    starts, rows, who, at = work.starts, work.rows, work.who, work.at
    evenings = problem.windows.shape[1]
    best, offset = work.best, np.uint64(evening * work.best_step)
    for mask in range(masks):
        best[offset + mask] = NEVER
    best[offset] = 0
    work.used[evening] = 0
    some = np.uint64(0)
    for i in range(count):
        for w in range(starts.shape[1]):
            some |= starts[work.rows_of[i] * evenings + evening, w]
    if some == 0:
        return
    ready, waiting, following = work.ready, work.waiting, work.following
    for mask in range(masks):
        ready[mask] = NEVER
    for cell in range(waiting.shape[0]):
        waiting[cell] = -1
    idle, walk = np.int32(SCALE * problem.costs[IDLE]), problem.walk[household]
    widest = SCALE // max(1, count)
    shaped = problem.costs[SHAPED] > 0
    applied, row = 0, 0
    base = np.uint64(evening * work.rows_step)
    for w in range(starts.shape[1]):
        union = np.uint64(0)
        for i in range(count):
            union |= starts[work.rows_of[i] * evenings + evening, w]
        cell = w << 6
        while union != 0:
            if union & ONE:
                while applied <= cell:
                    k = waiting[applied]
                    while k >= 0:
                        bit = ONE << np.uint64(who[evening, k])
                        source = base + np.uint64(k) * masks
                        block: Whole = bit
                        while block < masks:
                            for step in range(bit):
                                mask = block + np.uint64(step)
                                ready[mask] = max(ready[mask], rows[source + mask])
                            block += bit + bit
                        k = following[k]
                    applied += 1
                for i in range(count):
                    if not (starts[work.rows_of[i] * evenings + evening, w] >> np.uint64(cell & 63)) & ONE:
                        continue
                    request = work.chosen[i]
                    end = cell + problem.dur[request] + walk
                    worth = problem.points[request] + work.noise[i]
                    if shaped:
                        worth = shaped_worth(problem, state, request, evening, cell, worth)
                    work.luck[evening, row] = drawn(rng, widest)
                    worth = np.int32(SCALE * worth + work.luck[evening, row])
                    bit = ONE << np.uint64(i)
                    gain = np.int32(worth + idle * np.int32(end - cell))
                    back = np.int32(idle * np.int32(end))
                    target = base + np.uint64(row) * masks
                    block = np.uint64(0)
                    while block < masks:
                        for step in range(bit):
                            mask = block + np.uint64(step)
                            reached = np.int32(ready[mask] + gain)
                            rows[target + mask + bit] = reached
                            best[offset + mask + bit] = max(best[offset + mask + bit], np.int32(reached - back))
                        block += bit + bit
                    # The first meeting of an evening: nobody waited before it.
                    rows[target + bit] = worth + back
                    best[offset + bit] = max(best[offset + bit], worth)
                    who[evening, row] = i
                    at[evening, row] = cell
                    following[row] = waiting[end]
                    waiting[end] = row
                    row += 1
            cell += 1
            union >>= ONE
    work.used[evening] = row


@compiled
def join_evenings(problem: Problem, work: Work, count: int) -> Whole:
    """Share the requests out over the evenings, into `work.parts`; what that is worth, with the noise.

    The last evening needs no exact masks, only the best within what is left: a closure over sub-masks instead of all pairs.
    """
    masks, step, final = ONE << np.uint64(count), np.uint64(work.best_step), problem.windows.shape[1] - 1
    extra, floor = np.int32(SCALE * problem.costs[EVENING]), SCALE * problem.costs[FIRST]
    for e in range(1, final):
        _join(work, np.int64(masks), e, extra)
    before = work.best if final <= 1 else work.joined
    earlier = np.uint64(max(0, final - 1)) * step
    best, within, here = work.best, work.within, np.uint64(final) * step
    for mask in range(masks):
        within[mask] = best[here + mask]
    within[np.uint64(0)] = NEVER  # nobody met is not an evening
    top: Whole = -floor
    first: Whole = np.uint64(0)
    second: Whole = np.uint64(0)  # the floor: meeting somebody at all
    if final == 0:
        for mask in range(np.uint64(1), masks):
            if within[mask] > top:
                top, second = within[mask], mask
        work.parts[0] = np.int64(second)
        return top
    if work.used[final] > 0:
        bit: Whole = ONE
        while bit < masks:
            block = bit
            while block < masks:
                for i in range(bit):
                    mask = block + np.uint64(i)
                    within[mask] = max(within[mask], within[mask - bit])
                block += bit + bit
            bit += bit
    both = False
    for mask in range(masks):
        alone = before[earlier + mask]
        if alone > top and mask > 0:
            top, first, both = alone, mask, False
        together = within[masks - ONE - mask] + (alone - extra if mask > 0 else 0)
        if together > top:
            top, first, both = together, mask, True
    if both:
        rest = masks - ONE - first
        for mask in range(np.uint64(1), masks):
            if mask & rest == mask and best[here + mask] == within[rest]:
                second = mask
                break
    work.parts[final] = np.int64(second)
    left = np.int64(first)
    for e in range(final - 1, 0, -1):
        work.parts[e] = work.share[e * work.best_step + left]
        left ^= work.parts[e]
    work.parts[0] = left
    return top


@compiled
def _join(work: Work, masks: Whole, e: int, extra: Whole) -> None:
    """The best of evenings 0 … e for exactly each mask, and the part of it met on evening e."""
    before, earlier, here = (work.best if e == 1 else work.joined), (e - 1) * work.best_step, e * work.best_step
    best = work.best
    for mask in range(masks):
        top, part_of_top = before[earlier + mask], 0
        if best[here + mask] > top:
            top, part_of_top = best[here + mask], mask
        part = (mask - 1) & mask
        while part > 0:
            if best[here + part] > POSSIBLE:
                together = best[here + part] + before[earlier + (mask ^ part)] - extra
                if together > top:
                    top, part_of_top = together, part
            part = (part - 1) & mask
        work.joined[here + mask], work.share[here + mask] = top, part_of_top


@inlined
def place_best(problem: Problem, state: State, work: Work, household: int, count: int, rng: Array) -> Whole:
    """Find the best itinerary over the chosen requests and write it into the state's `evening` and `start`; its worth
    without noise. Nothing is occupied yet."""
    evenings = problem.windows.shape[1]
    for e in range(evenings):
        plan_evening(problem, state, work, household, count, e, rng)
    worth = join_evenings(problem, work, count) + SCALE * problem.costs[FIRST]
    for request in range(problem.first[household], problem.first[household + 1]):
        state.evening[request] = -1
    for e in range(evenings):
        if work.parts[e]:
            worth -= _write_evening(problem, state, work, household, count, e, work.parts[e])
    return worth // SCALE


@inlined
def _write_evening(
    problem: Problem, state: State, work: Work, household: int, count: int, evening: int, mask: int
) -> Whole:
    """Follow the rows back from the last meeting of the evening; the noise and luck among what they are worth."""
    noise, before = 0, 2 * problem.cells + 1
    idle, walk = SCALE * problem.costs[IDLE], problem.walk[household]
    while mask:
        # The last meeting of `mask` that leaves time for what comes after; only the very last is not waited for.
        final = before > 2 * problem.cells
        top, row = 2 * NEVER, -1
        for k in range(work.used[evening]):
            i = work.who[evening, k]
            if not mask >> i & 1:
                continue
            end = work.at[evening, k] + problem.dur[work.chosen[i]] + walk
            reached = work.rows[evening * work.rows_step + (k << count) + mask] - (idle * end if final else 0)
            if end <= before and reached > top:
                top, row = reached, k
        i, before = work.who[evening, row], work.at[evening, row]
        state.evening[work.chosen[i]] = evening
        state.start[work.chosen[i]] = before
        noise += SCALE * work.noise[i] + work.luck[evening, row]
        mask ^= 1 << i
    return noise
