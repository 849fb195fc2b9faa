"""Prices for the cells of teachers and interpreters, and the bound that any prices prove.

Capacity is relaxed at a price per cell (Lagrangian relaxation of the capacities; its best value is that of column generation over
itineraries). Whatever the prices, no plan scores more than what the cells cost in all plus what the households would gain if each
took what it likes best: prices need not be right for the bound to be, only non-negative.
"""

from __future__ import annotations

import numpy as np

from services.scheduling.solver.bound.board import Array, Board
from services.scheduling.solver.bound.pricing import best_plan, room_for
from services.scheduling.solver.compiled import compiled


def knapsack_prices(board: Board) -> Array:
    """Per teacher's cell, in units: the worth of the first request that no longer fits, had each teacher only the time to mind.

    It is asked on every `duration`-th cell of a window, which a meeting covers exactly once wherever it starts: so that the
    minutes left over at a window's end cost nothing.
    """
    prices = np.zeros(board.present.shape)
    for t in range(len(prices)):
        asked = (board.teachers == t).any(axis=1)
        if not asked.any():
            continue
        tolls = _tolls(board.present[t], int(board.duration[asked].min()))
        worths = np.sort(board.worth[asked])[::-1]
        if len(tolls) < len(worths):
            for e, c in tolls:
                prices[t, e, c] = worths[len(tolls)]
    return prices


def _tolls(present: Array, duration: int) -> list[tuple[int, int]]:
    tolls, run = [], 0
    for e, evening in enumerate(present):
        run = 0
        for c, there in enumerate(evening):
            run = run + 1 if there else 0
            if run == duration:
                tolls.append((e, c))
                run = 0
    return tolls


def proved(board: Board, teacher_prices: Array, language_prices: Array) -> int:
    """The bound that these prices prove, in whole points: exact, rounded down because scores are whole."""
    teacher_sums, language_sums = _sums(teacher_prices), _sums(language_prices)
    gain = int(gains(board, teacher_sums, language_sums))
    cost = int(teacher_sums[:, :, -1].sum(dtype=np.int64))
    cost += int((language_sums[:, :, -1].sum(axis=1, dtype=np.int64) * board.interpreters).sum())
    return (gain + cost - board.locked_units) // board.scale


def _sums(prices: Array) -> Array:
    """Running sums of each evening's prices in whole units, clipped at 0."""
    sums = np.zeros((*prices.shape[:2], prices.shape[2] + 1), np.int32)
    np.cumsum(np.rint(np.maximum(prices, 0)), axis=2, out=sums[:, :, 1:], dtype=np.int32)
    return sums


@compiled
def gains(board: Board, teacher_sums: Array, language_sums: Array) -> int:
    """What the households would gain in all, in units."""
    room, total = room_for(board), 0
    starts = np.empty(len(board.duration), np.int32)
    for h in range(len(board.language)):
        total += best_plan(board, h, teacher_sums, language_sums, room, starts)
    return total


@compiled
def haggle(
    board: Board,
    order: Array,
    step: float,
    teacher_prices: Array,
    language_prices: Array,
    teacher_share: Array,
    language_share: Array,
) -> None:
    """One round of the market: households in turn take what they like best, and prices move after each.

    An incremental subgradient step (Nedić & Bertsekas 2001): what `h` takes goes up by `step`, all it competes for goes down by
    its share of the capacity. `teacher_share[t]` is 1 / wishes for `t`, `language_share[l]` interpreters / households with `l`.
    """
    teacher_sums = np.zeros((*teacher_prices.shape[:2], board.cells + 1), np.int32)
    language_sums = np.zeros((*language_prices.shape[:2], board.cells + 1), np.int32)
    for t in range(len(teacher_prices)):
        _add_up(teacher_prices[t], teacher_sums[t])
    for one in range(len(language_prices)):
        _add_up(language_prices[one], language_sums[one])
    room, starts = room_for(board), np.empty(len(board.duration), np.int32)
    for h in order:
        best_plan(board, h, teacher_sums, language_sums, room, starts)
        language = board.language[h]
        for r in range(board.first_request[h], board.first_request[h + 1]):
            for t in board.teachers[r]:
                if t >= 0:
                    _move(
                        board, teacher_prices[t], board.present[t], starts[r], board.duration[r], step, teacher_share[t]
                    )
                    _add_up(teacher_prices[t], teacher_sums[t])
            if language >= 0 and starts[r] >= 0:
                e, s = starts[r] // board.cells, starts[r] % board.cells
                language_prices[language, e, s : s + board.duration[r]] += step
        if language >= 0:
            for e in range(board.evenings):
                for c in range(board.cells):
                    lower = language_prices[language, e, c] - step * language_share[language]
                    language_prices[language, e, c] = max(lower, 0.0)
            _add_up(language_prices[language], language_sums[language])


@compiled
def _move(board: Board, prices: Array, present: Array, start: int, duration: int, step: float, share: float) -> None:
    for e in range(board.evenings):
        for c in range(board.cells):
            if present[e, c]:
                prices[e, c] = max(prices[e, c] - step * share, 0.0)
    if start >= 0:
        prices[start // board.cells, start % board.cells : start % board.cells + duration] += step


@compiled
def _add_up(prices: Array, sums: Array) -> None:
    for e in range(len(prices)):
        for c in range(prices.shape[1]):
            sums[e, c + 1] = sums[e, c] + np.int32(prices[e, c] + 0.5)
