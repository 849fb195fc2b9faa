"""What every household would do at given prices: an exact dynamic programme over its itineraries, compiled.

All numbers are whole (`Board.scale` units a point), so what is added up here is exact and a bound made of it needs no tolerance.
For one household and evening, `best[mask]` is the worth of the best itinerary that meets exactly the requests of `mask`;
meetings are put in order of time, and the wait between two is a running maximum that falls by the price of an idle cell
(Kristiansen et al. 2013 price single meetings; a household's itinerary as the unit keeps waits and evenings inside).
"""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.bound.board import Array, Board
from services.scheduling.solver.compiled import compiled

NEVER = -(1 << 28)
"""Worth of what cannot be; four of them still fit 32 bits."""
LEAST = -(1 << 26)
"""A meeting that costs more is as little wanted as one that costs this."""

Room = tuple[Array, Array, Array, Array, Array, Array]


@compiled
def room_for(board: Board) -> Room:
    """Working memory for one household at a time: profit, kept, ready, best, ends, joined."""
    evenings, cells, size = board.evenings, board.cells, 1 << board.most_requests
    return (
        np.full((evenings, board.most_requests, cells + 1), NEVER, np.int32),
        np.zeros(board.most_requests, np.int32),
        np.full((evenings, size, cells + 1), NEVER, np.int32),
        np.full((evenings, size), NEVER, np.int32),
        np.full(cells + 1, NEVER, np.int32),
        np.full((evenings, size), NEVER, np.int32),
    )


@compiled
def best_plan(board: Board, h: int, teacher_sums: Array, language_sums: Array, room: Room, starts: Array) -> int:
    """The worth of `h`'s best plan; `starts[r]` is evening · cells + cell of each meeting, −1 where a request is not met.

    `teacher_sums[t, e, c]` and `language_sums[l, e, c]` are the prices of cells 0 … c−1, added up.
    """
    for r in range(board.first_request[h], board.first_request[h + 1]):
        starts[r] = -1
    profit, kept, ready, best, ends, joined = room
    count = _profits(board, h, teacher_sums, language_sums, profit, kept)
    if count == 0:
        return 0
    for e in range(board.evenings):
        _evening(board, h, e, count, kept, profit, ready, best, ends)
    worth = _join(board, h, count, best, joined)
    if worth <= 0:
        return 0
    _trace(board, h, count, kept, profit, ready, best, joined, worth, starts)
    return worth


@compiled
def _profits(board: Board, h: int, teacher_sums: Array, language_sums: Array, profit: Array, kept: Array) -> int:
    """Fill `profit[e, j, s]` for each request of `h` that can be worth meeting; return how many there are.

    A request is left out when even its best start is worth less than the wait that dropping it from the middle of an itinerary
    would add: no best itinerary needs it.
    """
    language, count = board.language[h], 0
    for r in range(board.first_request[h], board.first_request[h + 1]):
        duration, top = board.duration[r], NEVER
        for e in range(board.evenings):
            row = profit[e, count]
            for s in range(board.opens[r, e], board.closes[r, e]):
                row[s] = NEVER
                if board.startable[r, e, s]:
                    worth = board.worth[r]
                    for t in board.teachers[r]:
                        if t >= 0:
                            worth -= teacher_sums[t, e, s + duration] - teacher_sums[t, e, s]
                    if language >= 0:
                        worth -= language_sums[language, e, s + duration] - language_sums[language, e, s]
                    row[s] = max(worth, LEAST)
                    top = max(top, row[s])
        if top > -board.idle[h] * (duration + board.travel[h]):
            kept[count] = r
            count += 1
    return count


@compiled
def _evening(
    board: Board, h: int, e: int, count: int, kept: Array, profit: Array, ready: Array, best: Array, ends: Array
) -> None:
    """Fill `best[e, mask]`, and `ready[e, mask, s]`: the worth with which a next meeting could start at `s`."""
    cells, travel, idle = board.cells, board.travel[h], board.idle[h]
    ready[e, 0, :] = 0
    best[e, 0] = 0
    for mask in range(1, 1 << count):
        ends[:] = NEVER
        for j in range(count):
            if mask >> j & 1:
                before, row, r = ready[e, mask ^ (1 << j)], profit[e, j], kept[j]
                duration = board.duration[r]
                for s in range(board.opens[r, e], board.closes[r, e]):
                    ends[s + duration] = max(ends[s + duration], before[s] + row[s])
        after = ready[e, mask]
        after[:travel] = NEVER
        top, run = NEVER, NEVER
        for c in range(cells + 1):
            run = max(run - idle, ends[c])
            top = max(top, ends[c])
            if c + travel <= cells:
                after[c + travel] = max(run, NEVER)
        best[e, mask] = top


@compiled
def _join(board: Board, h: int, count: int, best: Array, joined: Array) -> int:
    """Fill `joined[e, mask]`: the best over evenings up to `e`, something met, only requests of `mask`; return the worth of all."""
    full, extra = (1 << count) - 1, board.extra[h]
    for e in range(board.evenings):
        row = joined[e]
        row[0] = NEVER
        for mask in range(1, full + 1):
            row[mask] = best[e, mask]
        for j in range(count):
            for mask in range(1, full + 1):
                if mask >> j & 1:
                    row[mask] = max(row[mask], row[mask ^ (1 << j)])
        if e == 0:
            continue
        earlier = joined[e - 1]
        for mask in range(full, 0, -1):
            if mask < full and e == board.evenings - 1:
                break  # of the last evening only the whole is asked for
            top, part = max(row[mask], earlier[mask]), mask
            while part > 0:
                top = max(top, best[e, part] + earlier[mask ^ part] - extra)
                part = (part - 1) & mask
            row[mask] = top
    worth: int = joined[board.evenings - 1, full]
    return worth


@compiled
def _trace(
    board: Board,
    h: int,
    count: int,
    kept: Array,
    profit: Array,
    ready: Array,
    best: Array,
    joined: Array,
    worth: int,
    starts: Array,
) -> None:
    """Walk back through the evenings: every request of `h` that is met gets its start."""
    left = (1 << count) - 1
    for e in range(board.evenings - 1, -1, -1):
        if e > 0 and joined[e - 1, left] == worth:
            continue
        part = left
        while best[e, part] != worth:
            if e > 0 and best[e, part] + joined[e - 1, left ^ part] - board.extra[h] == worth:
                break
            if part == 0:
                raise ValueError("a plan's worth is not the sum of its evenings")
            part = (part - 1) & left
        _trace_evening(board, h, e, part, count, kept, profit, ready, best[e, part], starts)
        if best[e, part] == worth:
            return
        left ^= part
        worth = joined[e - 1, left]


@compiled
def _trace_evening(
    board: Board,
    h: int,
    e: int,
    mask: int,
    count: int,
    kept: Array,
    profit: Array,
    ready: Array,
    worth: int,
    starts: Array,
) -> None:
    """When each meeting of `mask` begins in an itinerary of that evening worth `worth`, from the last back to the first."""
    limit, wait = board.cells, 0
    while mask:
        j, s = _last(board, e, mask, count, kept, profit, ready, worth, limit, wait)
        starts[kept[j]] = e * board.cells + s
        mask ^= 1 << j
        worth, limit, wait = ready[e, mask, s], s - board.travel[h], board.idle[h]


@compiled
def _last(
    board: Board,
    e: int,
    mask: int,
    count: int,
    kept: Array,
    profit: Array,
    ready: Array,
    worth: int,
    limit: int,
    wait: int,
) -> tuple[int, int]:
    """Which request of `mask` can be the last, and its start, if all is worth `worth` and it is idle from its end to `limit`."""
    for j in range(count):
        if mask >> j & 1:
            r, before = kept[j], ready[e, mask ^ (1 << j)]
            for s in range(board.opens[r, e], board.closes[r, e]):
                idle = limit - s - board.duration[r]
                if idle >= 0 and before[s] + profit[e, j, s] - wait * idle == worth:
                    return j, s
    raise ValueError("an itinerary's worth is not the sum of its parts")
