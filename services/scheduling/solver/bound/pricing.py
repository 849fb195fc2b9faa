"""What every household would do at given prices: an exact dynamic programme over its itineraries, compiled.

All numbers are whole: a point of score is `Board.scale` units, so what is added up here is exact, and a bound made of it needs no
tolerance. For one household and evening, `best[mask]` is the worth of the best itinerary that meets exactly the requests of
`mask`; meetings are put in the order of time, and the wait between two is a running maximum that falls by the price of an idle
cell. (Scheduling notes: the unit of decision is a household's itinerary.)
"""

from __future__ import annotations

import numba
import numpy as np

NEVER = -(1 << 28)
"""Worth of what cannot be; four of them still fit 32 bits."""

compiled = numba.njit(nogil=True, cache=True, boundscheck=False)


@compiled
def _profits(board, h, teacher_price, language_price, profit, kept):
    """Fill `profit[e, j, s]` for each request of `h` that can be worth meeting; return how many there are.

    A request is left out when even its best start is worth less than the wait that dropping it from the middle of an itinerary
    would add: no best itinerary needs it. Prices are running sums over the cells of an evening.
    """
    language, count = board.language[h], 0
    for r in range(board.first_request[h], board.first_request[h + 1]):
        t, duration, top = board.teacher[r], board.duration[r], NEVER
        for e in range(board.evenings):
            row, price = profit[e, count], teacher_price[t, e]
            for s in range(board.opens[r, e], board.closes[r, e]):
                row[s] = NEVER
                if board.startable[r, e, s]:
                    row[s] = board.worth[r] - (price[s + duration] - price[s])
                    if language >= 0:
                        row[s] -= language_price[language, e, s + duration] - language_price[language, e, s]
                    top = max(top, row[s])
        if top > -board.idle[h] * (duration + board.travel[h]):
            kept[count] = r
            count += 1
    return count


@compiled
def _evening(board, h, e, count, kept, profit, ready, best, ends):
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
def _join(board, h, count, best, joined):
    """Fill `joined[e, mask]`: the best over evenings up to `e`, something met, only requests of `mask`. Return the whole's worth."""
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
                break
            top, part = max(row[mask], earlier[mask]), mask
            while part > 0:
                top = max(top, best[e, part] + earlier[mask ^ part] - extra)
                part = (part - 1) & mask
            row[mask] = top
    return joined[board.evenings - 1, full]


@compiled
def _trace_evening(board, h, e, mask, count, kept, profit, ready, target, starts):
    """Say when each meeting of `mask` begins in an itinerary of that evening worth `target`: `starts[r]`, evening · cells + cell."""
    limit, wait_price = board.cells, 0
    while mask:
        found = False
        for j in range(count):
            if found or not mask >> j & 1:
                continue
            r, before = kept[j], ready[e, mask ^ (1 << j)]
            for s in range(board.opens[r, e], board.closes[r, e]):
                end = s + board.duration[r]
                if end <= limit and before[s] + profit[e, j, s] - wait_price * (limit - end) == target:
                    starts[r] = e * board.cells + s
                    limit, wait_price, target, mask = s - board.travel[h], board.idle[h], before[s], mask ^ (1 << j)
                    found = True
                    break
        if not found:
            return False
    return True


@compiled
def _trace(board, h, count, kept, profit, ready, best, joined, worth, starts):
    """Walk back through the evenings; every request of `h` that is met gets its start."""
    left = (1 << count) - 1
    for e in range(board.evenings - 1, -1, -1):
        if e > 0 and joined[e - 1, left] == worth:
            continue
        part = left
        while part > 0:
            if best[e, part] == worth:
                return _trace_evening(board, h, e, part, count, kept, profit, ready, worth, starts)
            rest = left ^ part
            if e > 0 and best[e, part] + joined[e - 1, rest] - board.extra[h] == worth:
                break
            part = (part - 1) & left
        if part == 0 or not _trace_evening(board, h, e, part, count, kept, profit, ready, best[e, part], starts):
            return False
        worth, left = joined[e - 1, left ^ part], left ^ part
    return False


@compiled
def _household(board, h, teacher_price, language_price, room, starts):
    """The worth of `h`'s best plan at these prices; its starts go to `starts`, −1 where a request is not met."""
    for r in range(board.first_request[h], board.first_request[h + 1]):
        starts[r] = -1
    profit, kept, ready, best, ends, joined = room
    count = _profits(board, h, teacher_price, language_price, profit, kept)
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
def _room(board):
    """Working memory for one household at a time."""
    evenings, cells, size = board.evenings, board.cells, 1 << board.most_requests
    profit = np.full((evenings, max(board.most_requests, 1), cells + 1), NEVER, np.int32)
    kept = np.zeros(max(board.most_requests, 1), np.int32)
    ready = np.full((evenings, size, cells + 1), NEVER, np.int32)
    best = np.full((evenings, size), NEVER, np.int32)
    return profit, kept, ready, best, np.full(cells + 1, NEVER, np.int32), np.full((evenings, size), NEVER, np.int32)


@compiled
def answer(board, first, last, teacher_price, language_price, starts):
    """Sum over households `first` … `last`−1 of the worth of their best plans; each request's start in `starts`."""
    room, total = _room(board), np.int64(0)
    for h in range(first, last):
        total += _household(board, h, teacher_price, language_price, room, starts)
    return total


@compiled
def count_use(board, starts, teacher_use, language_use):
    """How often each cell of each teacher and language is taken when every household does as it likes best."""
    teacher_use[:] = 0
    language_use[:] = 0
    for h in range(len(board.first_request) - 1):
        language = board.language[h]
        for r in range(board.first_request[h], board.first_request[h + 1]):
            if starts[r] >= 0:
                e, s = starts[r] // board.cells, starts[r] % board.cells
                for c in range(s, s + board.duration[r]):
                    teacher_use[board.teacher[r], e, c] += 1
                    if language >= 0:
                        language_use[language, e, c] += 1


@compiled
def _add_up(prices, row):
    """Running sums of one evening's prices, in whole units: what the programme above reads."""
    row[0] = 0
    for c in range(len(prices)):
        row[c + 1] = row[c] + np.int32(prices[c] + 0.5)


@compiled
def haggle(board, order, step, teacher_cells, language_cells, teacher_share, language_share, starts):
    """One round of the market: households in turn take what they like best and prices move after each.

    An incremental subgradient step: what `h` takes goes up by `step`; all it competes for goes down by its share of the capacity.
    `teacher_share[t]` is 1 / the households that ask for `t`, `language_share[l]` the count of interpreters / households with `l`.
    """
    evenings, cells = board.evenings, board.cells
    teacher_price = np.zeros((teacher_cells.shape[0], evenings, cells + 1), np.int32)
    language_price = np.zeros((language_cells.shape[0], evenings, cells + 1), np.int32)
    for t in range(teacher_cells.shape[0]):
        for e in range(evenings):
            _add_up(teacher_cells[t, e], teacher_price[t, e])
    for l in range(language_cells.shape[0]):
        for e in range(evenings):
            _add_up(language_cells[l, e], language_price[l, e])
    room, total = _room(board), np.int64(0)
    for h in order:
        total += _household(board, h, teacher_price, language_price, room, starts)
        language = board.language[h]
        for r in range(board.first_request[h], board.first_request[h + 1]):
            t = board.teacher[r]
            for e in range(evenings):
                row, fall = teacher_cells[t, e], step * teacher_share[t]
                for c in range(cells):
                    row[c] = max(row[c] - fall * board.open_cell[t, e, c], 0.0)
            if starts[r] >= 0:
                e, s = starts[r] // cells, starts[r] % cells
                teacher_cells[t, e, s : s + board.duration[r]] += step
                if language >= 0:
                    language_cells[language, e, s : s + board.duration[r]] += step
            for e in range(evenings):
                _add_up(teacher_cells[t, e], teacher_price[t, e])
        if language >= 0:
            for e in range(evenings):
                for c in range(cells):
                    language_cells[language, e, c] = max(language_cells[language, e, c] - step * language_share[language], 0.0)
                _add_up(language_cells[language, e], language_price[language, e])
    return total
