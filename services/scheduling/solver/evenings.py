"""Which wishes on which evening: the evenings' programmes joined into one itinerary."""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.arrays import Problem
from services.scheduling.solver.compiled import Whole, compiled
from services.scheduling.solver.room import EVENING, FIRST, NEVER, ONE, POSSIBLE, SCALE, Work


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
