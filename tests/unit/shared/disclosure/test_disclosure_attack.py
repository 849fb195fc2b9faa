"""The attacker finds what is there to be found; the comparison knows the fewest cells."""

from __future__ import annotations

import pytest

from shared.benches.suppression import run
from shared.benches.suppression_attack import Attack, Publication, table
from shared.benches.suppression_best import fewest, long_search
from shared.disclosure import Figures, protect, with_totals

CELLS = [[4, 30, 60], [40, 50, 70], [80, 90, 95]]


def published(hidden) -> Publication:
    figures = Figures(3, 3, with_totals(CELLS))
    told = Publication(9)
    table(told, (3, 3), {divmod(k, 4): value for k, value in enumerate(figures.values) if k not in hidden})
    return told


def test_a_lone_hidden_cell_is_had_by_subtraction():
    assert Attack(published({0})).range([0]) == pytest.approx((4, 4))


def test_two_hidden_in_a_row_are_had_from_their_columns():
    assert Attack(published({0, 1})).range([0]) == pytest.approx((4, 4))


def test_four_in_a_box_stay_open():
    low, high = Attack(published({0, 1, 4, 5})).range([0])
    assert high - low >= 10


def test_a_remembered_snapshot_gives_away_what_the_next_one_shows():
    told = Publication(2)
    told.tell([0, 1], 4, 9)  # "fewer than ten"
    told.tell([0], 3)
    assert Attack(told).range([1]) == pytest.approx((1, 6))


def test_a_publication_that_contradicts_itself_is_said_to():
    told = Publication(1)
    told.tell([0], 3)
    told.tell([0], 4)
    with pytest.raises(AssertionError, match="cannot be"):
        Attack(told).range([0])


def test_the_fewest_cells_are_no_more_than_ours_and_ours_than_the_first_try():
    figures = Figures(3, 3, with_totals(CELLS))
    small = figures.small()
    assert fewest(figures, small, seconds=20) == 4
    assert long_search(figures, small) == 4 == len(protect(figures, small))


def test_the_bench_finds_nothing_to_recover():
    figures = run(tables=20, seed=1, say=lambda line: None)
    assert (figures["tables"], figures["recoverable"], figures["narrower_than_n"]) == (20, 0, 0)
    assert figures["best_found_percent"] <= figures["over_suppression_percent"]
    assert figures["tables_per_s"] > 0 and figures["figures_attacked"] > 100
