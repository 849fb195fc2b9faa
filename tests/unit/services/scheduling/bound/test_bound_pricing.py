"""At any prices a household gets what is best for it: as much as by trying every plan, and the starts say how."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.solver.bound.board import Board, board_of
from services.scheduling.solver.bound.pricing import best_plan, room_for
from services.scheduling.solver.model import Instance
from services.scheduling.solver.reading import instance_of
from services.scheduling.solver.scoring import Meeting, first_violation, score


def home_of(
    wishes: list[tuple[int, list[list[int]]]], *, cells: int, evenings: int = 1, video: bool = False, dur: int = 1
) -> Instance:
    """One household, free throughout, with a wish (weight, teacher's windows) for each teacher."""
    everywhere = [[evening, 0, cells] for evening in range(evenings)]
    mode = "video" if video else "in_person"
    return instance_of(
        {
            "name": "home",
            "grid": 5,
            "cells": cells,
            "evenings": evenings,
            "travel": 1,
            "interpreters": [],
            "teachers": [{"id": t, "dur": dur, "avail": avail} for t, (_, avail) in enumerate(wishes)],
            "households": [{"id": 0, "lang": None, "mode": mode, "avail": everywhere, "students": []}],
            "requests": [
                {"id": r, "h": 0, "t": r, "w": weight, "dur": dur, "students": []}
                for r, (weight, _) in enumerate(wishes)
            ],
        }
    )


def best(instance: Instance, prices: np.ndarray[Any, Any]) -> tuple[int, list[Meeting]]:
    """What the household gains at these prices (whole points per cell), and its meetings."""
    board = board_of(instance)
    sums = np.zeros((*prices.shape[:2], prices.shape[2] + 1), np.int32)
    sums[:, :, 1:] = np.cumsum(prices * board.scale, axis=2)
    starts = np.full(len(board.duration), -1, np.int32)
    languages = np.zeros((0, board.evenings, board.cells + 1), np.int32)
    worth = best_plan(board, 0, sums, languages, room_for(board), starts) if len(board.language) else 0
    assert worth % board.scale == 0
    return worth // board.scale, meetings_of(instance, board, starts)


def meetings_of(instance: Instance, board: Board, starts: np.ndarray[Any, Any]) -> list[Meeting]:
    """A request's teacher has its number here, so that a row of the board leads back to it."""
    numbers = board.teachers[:, 0]
    return [Meeting(int(numbers[r]), *divmod(int(at), instance.cells)) for r, at in enumerate(starts) if at >= 0]


def gain(instance: Instance, prices: np.ndarray[Any, Any], meetings: list[Meeting]) -> int:
    paid = sum(
        int(prices[instance.requests[one.request].teacher, one.evening, one.start + c])
        for one in meetings
        for c in range(instance.requests[one.request].dur)
    )
    return score(instance, meetings) - paid


@st.composite
def homes(draw: st.DrawFn) -> tuple[Instance, np.ndarray[Any, Any]]:
    evenings = draw(st.integers(1, 3))
    cells = draw(st.integers(3, 5 if evenings < 3 else 3))
    wishes = []
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, cells - 1))
        avail = [[evening, first, cells] for evening in range(evenings) if draw(st.booleans())]
        wishes.append((draw(st.sampled_from([1, 2, 4])), avail))
    instance = home_of(wishes, cells=cells, evenings=evenings, video=draw(st.booleans()), dur=draw(st.integers(1, 2)))
    some = st.sampled_from([0, 20, 90, 102, 190, 203])
    prices = [[[draw(some) for _ in range(cells)] for _ in range(evenings)] for _ in wishes]
    return instance, np.array(prices)


@settings(max_examples=80, deadline=None)
@given(homes())
def test_nothing_is_better_at_these_prices_and_the_starts_are_worth_what_is_said(
    case: tuple[Instance, np.ndarray[Any, Any]],
) -> None:
    instance, prices = case
    worth, meetings = best(instance, prices)
    choices = [None, *((e, s) for e in range(instance.evenings) for s in range(instance.cells))]
    plans = (
        [Meeting(r, *at) for r, at in enumerate(chosen) if at is not None]
        for chosen in product(choices, repeat=len(instance.requests))
    )
    assert worth == max(gain(instance, prices, plan) for plan in plans if first_violation(instance, plan) is None)
    assert first_violation(instance, meetings) is None
    assert gain(instance, prices, meetings) == worth


def test_a_meeting_that_costs_more_than_it_brings_still_shortens_a_wait() -> None:
    """Cells 0 and 4 are wanted; the one at 2 costs 103 for 100, but without it the household waits two cells, 6 points."""
    instance = home_of([(2, [[0, 0, 1]]), (1, [[0, 2, 3]]), (2, [[0, 4, 5]])], cells=5)
    prices = np.zeros((3, 1, 5), np.int64)
    prices[1, 0, 2] = 103
    assert best(instance, prices) == (397, [Meeting(0, 0, 0), Meeting(1, 0, 2), Meeting(2, 0, 4)])
    prices[1, 0, 2] = 107
    assert best(instance, prices)[0] == 394


def test_nobody_takes_what_is_too_dear() -> None:
    instance = home_of([(2, [[0, 0, 3]])], cells=3)
    assert best(instance, np.full((1, 1, 3), 201)) == (0, [])
