"""What the bench of engines would say of answers that are lost, doubled or another text's."""

from __future__ import annotations

import pytest

from shared.benches import translate as bench

GOOD = {"ours_per_s": 500.0, "apy_per_s": 100.0, "lost": 0, "doubled": 0, "wedge_found_s": 2.0}


def test_every_text_has_a_number_of_its_own_and_about_seventy_characters():
    some = bench.texts(300)
    assert len(set(some)) == 300
    assert 55 <= sum(map(len, some)) / len(some) <= 90
    assert bench._compared(some, list(some)) == (0, 0)


def test_a_lost_a_foreign_and_a_doubled_answer_show():
    some = bench.texts(3)
    assert bench._compared(some, [None, some[1], some[2]]) == (1, 0)
    assert bench._compared(some, [some[1], some[1], some[2]]) == (1, 1)
    assert bench._compared(some, [some[0] + some[1], some[1], some[2]]) == (0, 1)


@pytest.mark.parametrize(
    ("figures", "ok"),
    [
        (GOOD, True),
        (GOOD | {"ours_per_s": 499.0}, False),
        (GOOD | {"lost": 1}, False),
        (GOOD | {"doubled": 1}, False),
        (GOOD | {"wedge_found_s": 2.1}, False),
    ],
)
def test_the_bars_are_the_issue_s(figures, ok):
    assert bench.met(figures) is ok
