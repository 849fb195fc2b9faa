"""The unit of decision: a household's whole itinerary, found exactly.

For each evening a dynamic programme runs over time; `ready[mask]` is the best worth of having met the requests in `mask` and being
ready for the next. Waiting costs the same per cell for every mask, so worths are kept *plus* idle·time and never need to be lowered
as time passes. A start that is possible makes one row, `rows[k, mask]`: the best worth of ending with it. Evenings join by the best
of all sub-masks.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.arrays import Array, Problem, State
from services.scheduling.solver.choices import shaped_worth, spoiled
from services.scheduling.solver.compiled import Whole, drawn, inlined
from services.scheduling.solver.evenings import join_evenings
from services.scheduling.solver.room import FIRST, IDLE, NEVER, ONE, SCALE, SHAPED, Work


@inlined
def plan_evening(
    problem: Problem, state: State, work: Work, household: int, count: int, evening: int, rng: Array, care: int
) -> None:
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
                    luck = drawn(rng, widest)
                    if care > 0:
                        luck -= care * spoiled(problem, state, request, evening, cell)
                    work.luck[evening, row] = luck
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


@inlined
def place_best(problem: Problem, state: State, work: Work, household: int, count: int, rng: Array, care: int) -> Whole:
    """Find the best itinerary over the chosen requests and write it into the state's `evening` and `start`; its worth
    without noise. Nothing is occupied yet."""
    evenings = problem.windows.shape[1]
    for e in range(evenings):
        plan_evening(problem, state, work, household, count, e, rng, care)
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
