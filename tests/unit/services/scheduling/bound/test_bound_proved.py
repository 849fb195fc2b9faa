"""The bound is never below what some plan scores, and it is tight where it can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.solver import bound as bounds
from services.scheduling.solver.bound import board as boards
from services.scheduling.solver.bound import bound
from services.scheduling.solver.bound.board import board_of
from services.scheduling.solver.bound.market import knapsack_prices, proved
from services.scheduling.solver.model import Instance
from services.scheduling.solver.reading import instance_of, read_instance
from services.scheduling.solver.scoring import Meeting, first_violation, score

CONFERENCE = Path(__file__).parents[4] / "data" / "conference"


def round_of(
    *,
    teachers: list[list[list[int]]],
    households: list[dict[str, Any]],
    requests: list[dict[str, Any]],
    cells: int = 4,
    evenings: int = 1,
    interpreters: dict[str, int] | None = None,
    dur: int = 1,
    locked: list[dict[str, int]] | None = None,
) -> Instance:
    lists = {
        "teachers": [{"id": i, "dur": dur, "avail": avail} for i, avail in enumerate(teachers)],
        "households": [
            {"id": i, "lang": None, "mode": "in_person", "students": [], **one} for i, one in enumerate(households)
        ],
        "requests": [{"id": i, "dur": dur, "students": [], **one} for i, one in enumerate(requests)],
        "interpreters": [{"lang": lang, "count": count} for lang, count in (interpreters or {}).items()],
        "locked": locked or [],
    }
    return instance_of({"name": "tiny", "grid": 5, "cells": cells, "evenings": evenings, "travel": 1, **lists})


def plans(instance: Instance, taken: tuple[Meeting, ...] = (), number: int = 0) -> Iterator[tuple[Meeting, ...]]:
    """Every valid plan that holds what is locked, by trying everything."""
    if number == len(instance.requests):
        if {(lock.request, lock.evening, lock.start) for lock in instance.locked} <= {
            (one.request, one.evening, one.start) for one in taken
        }:
            yield taken
        return
    yield from plans(instance, taken, number + 1)
    for evening in range(instance.evenings):
        for start in range(instance.cells):
            more = (*taken, Meeting(number, evening, start))
            if first_violation(instance, more) is None:
                yield from plans(instance, more, number + 1)


def optimum(instance: Instance) -> int:
    return max(score(instance, plan) for plan in plans(instance))


@st.composite
def windows(draw: st.DrawFn, evenings: int, cells: int) -> list[list[int]]:
    found = []
    for evening in range(evenings):
        first = draw(st.integers(0, cells - 1))
        end = draw(st.integers(first, cells))
        if end > first:
            found.append([evening, first, end])
    return found


@st.composite
def rounds(draw: st.DrawFn, most_households: int = 3, rivals: bool = True) -> Instance:
    """Two evenings of a few cells; without rivals each teacher is asked for by one household, once."""
    evenings, cells = draw(st.integers(1, 2)), draw(st.integers(2, 5))
    homes = draw(st.integers(1, most_households))
    wishes = draw(st.integers(1, 4))
    teachers = draw(st.integers(1, 3)) if rivals else wishes
    asked = [
        (draw(st.integers(0, homes - 1)), draw(st.integers(0, teachers - 1)) if rivals else i) for i in range(wishes)
    ]
    return round_of(
        teachers=[draw(windows(evenings, cells)) for _ in range(teachers)],
        households=[
            {
                "lang": draw(st.sampled_from([None, "es", "so"])) if rivals else None,
                "mode": draw(st.sampled_from(["in_person", "video"])),
                "avail": draw(windows(evenings, cells)),
            }
            for _ in range(homes)
        ],
        requests=[{"h": h, "t": t, "w": draw(st.sampled_from([1, 2, 4]))} for h, t in dict.fromkeys(asked)],
        cells=cells,
        evenings=evenings,
        interpreters={"es": 1},
        dur=draw(st.integers(1, 2)),
    )


@settings(max_examples=60, deadline=None)
@given(rounds(), st.integers(0, 5))
def test_no_plan_scores_more_than_the_bound(instance: Instance, seed: int) -> None:
    best = optimum(instance)
    assert bound(instance, limit_s=0).value >= best
    assert bound(instance, limit_s=0.02, seed=seed).value >= best


@settings(max_examples=60, deadline=None)
@given(rounds(), st.integers(0, 2**32 - 1), st.sampled_from([0.5, 40.0, 400.0]))
def test_any_prices_prove_a_bound_even_absurd_ones(instance: Instance, seed: int, size: float) -> None:
    board, rng = board_of(instance), np.random.default_rng(seed)
    teachers = rng.normal(0, size * board.scale, board.present.shape)
    languages = rng.normal(0, size * board.scale, (len(board.interpreters), board.evenings, board.cells))
    assert proved(board, teachers, languages) >= optimum(instance)


@settings(max_examples=60, deadline=None)
@given(rounds(most_households=1, rivals=False))
def test_where_nobody_competes_the_bound_is_the_best_plan(instance: Instance) -> None:
    assert bound(instance, limit_s=0).value == optimum(instance)


@settings(max_examples=30, deadline=None)
@given(rounds(most_households=1))
def test_a_household_that_asks_for_very_much_is_priced_in_parts(instance: Instance) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "MOST_EXACT", 1)
        patch.setattr(boards, "PART", 1)
        board = board_of(instance)
    assert board.most_requests == 1
    assert proved(board, knapsack_prices(board), np.zeros((len(board.interpreters), board.evenings, board.cells))) >= (
        optimum(instance)
    )


def test_waits_walks_and_second_evenings_are_counted() -> None:
    """One cell to walk; the first teacher has cell 0, the second cell 3 of that evening or any of the next: waiting is cheaper."""
    instance = round_of(
        teachers=[[[0, 0, 1]], [[0, 3, 4], [1, 0, 4]]],
        households=[{"avail": [[0, 0, 4], [1, 0, 4]]}],
        requests=[{"h": 0, "t": 0, "w": 2}, {"h": 0, "t": 1, "w": 1}],
        evenings=2,
    )
    assert bound(instance, limit_s=0).value == 300 - 3


def test_a_second_evening_costs_even_where_nothing_else_fits() -> None:
    instance = round_of(
        teachers=[[[0, 0, 4]], [[1, 0, 4]], [[2, 0, 4]]],
        households=[{"avail": [[0, 0, 4], [1, 0, 4], [2, 0, 4]]}],
        requests=[{"h": 0, "t": t, "w": 2} for t in range(3)],
        evenings=3,
    )
    assert bound(instance, limit_s=0).value == 600 - 2 * 30


def test_a_teacher_s_time_is_all_that_can_be_given_away() -> None:
    """Five wishes, time for two; the third cell is too short for a meeting of two cells."""
    instance = round_of(
        teachers=[[[0, 0, 5]]],
        households=[{"avail": [[0, 0, 6]]} for _ in range(5)],
        requests=[{"h": h, "t": 0, "w": w} for h, w in enumerate([4, 2, 2, 1, 1])],
        cells=6,
        dur=2,
    )
    found = bound(instance, limit_s=0)
    assert (found.value, found.kind) == (600, bounds.KNAPSACK)


def test_haggling_finds_the_hour_that_everybody_wants() -> None:
    """The teacher has four cells, but all four families can come in the first only."""
    instance = round_of(
        teachers=[[[0, 0, 4]]],
        households=[{"avail": [[0, 0, 1]]} for _ in range(4)],
        requests=[{"h": h, "t": 0, "w": 2} for h in range(4)],
    )
    assert bound(instance, limit_s=0).value == 800
    found = bound(instance, limit_s=0.5, reached=200)
    assert 200 <= found.value <= 204
    assert found.kind == bounds.ITINERARIES
    assert found.teacher_prices[0, 0, 0] > 150 > found.teacher_prices[0, 0, 1:].max()


def test_one_interpreter_is_in_one_meeting_at_a_time() -> None:
    instance = round_of(
        teachers=[[[0, 0, 2]] for _ in range(6)],
        households=[{"lang": "so", "avail": [[0, 0, 2]]} for _ in range(6)],
        requests=[{"h": h, "t": h, "w": 2} for h in range(6)],
        interpreters={"so": 1},
        cells=2,
    )
    assert bound(instance, limit_s=0).value == 1200
    assert 400 <= bound(instance, limit_s=0.5, reached=400).value <= 408


def test_a_language_nobody_speaks_allows_no_meeting() -> None:
    instance = round_of(
        teachers=[[[0, 0, 4]]], households=[{"lang": "am", "avail": [[0, 0, 4]]}], requests=[{"h": 0, "t": 0, "w": 4}]
    )
    assert bound(instance, limit_s=0).value == 0


def test_a_locked_meeting_stands_in_the_way_of_a_better_plan() -> None:
    """The nice-to-have is locked in the only cell that the must-see could have."""
    instance = round_of(
        teachers=[[[0, 0, 1]]],
        households=[{"avail": [[0, 0, 4]]}, {"avail": [[0, 0, 4]]}],
        requests=[{"h": 0, "t": 0, "w": 1}, {"h": 1, "t": 0, "w": 4}],
        locked=[{"request": 0, "evening": 0, "start": 0}],
    )
    assert optimum(instance) == 100
    assert bound(instance, limit_s=0).value == 100


def test_a_meeting_with_two_teachers_takes_the_time_of_both() -> None:
    instance = round_of(
        teachers=[[[0, 0, 1]], [[0, 0, 1]]],
        households=[{"avail": [[0, 0, 1]]} for _ in range(2)],
        requests=[{"h": 0, "t": 0, "w": 4, "also": [1]}, {"h": 1, "t": 1, "w": 4}],
    )
    assert optimum(instance) == 400
    assert bound(instance, limit_s=0.5, reached=400).value <= 408


def test_a_round_nobody_asked_for_is_worth_nothing() -> None:
    instance = round_of(teachers=[[[0, 0, 1]]], households=[{"avail": [[0, 0, 1]]}], requests=[])
    assert bound(instance, limit_s=0.1).value == 0


def test_it_stops_when_a_plan_is_proved_best() -> None:
    instance = read_instance(CONFERENCE / "elem450-2.json")
    found = bound(instance, limit_s=60, reached=bound(instance, limit_s=0).value)
    assert found.rounds == 0


@pytest.mark.parametrize(
    ("name", "best_known", "known_bound"),
    [
        ("small-1.json", 88_571, 88_731),
        ("small-2.json", 89_567, 89_606),
        ("elem450-1.json", 103_652, 103_774),
        ("elem450-2.json", 104_370, 104_385),
        ("sec800-1.json", 297_480, 300_016),
        ("sec800-2.json", 287_623, 290_059),
        ("hh1400-1.json.gz", 855_180, 855_900),
        ("hh1400-2.json.gz", 834_305, 835_400),
        ("sec2000-1.json.gz", 722_541, 736_600),
        ("sec2000-2.json.gz", 732_187, 749_500),
    ],
)
def test_prices_of_teachers_time_alone_are_within_a_fifth_of_a_percent_of_the_known_bounds(
    name: str, best_known: int, known_bound: int
) -> None:
    found = bound(read_instance(CONFERENCE / name), limit_s=0)
    assert best_known <= found.value <= known_bound * 1.002
