"""Every way out, with the real handlers: nothing passes an order, a STOP or quiet hours; and the check would notice."""

from __future__ import annotations

import pytest

from shared import policy
from shared.benches import restrictions
from shared.benches.restrictions_world import module

WAYS = {
    "announcement", "class_news", "note", "concern", "digest", "emergency", "letter", "invitation", "calendar_file", "inbox",
    "answer", "survey", "call",
}  # fmt: skip


@pytest.fixture(scope="module")
def figures():
    """A few dozen families; the full size is `homeroom bench restrictions`."""
    return restrictions.run(cases=800, seed=5, say=lambda _: None)


def test_nothing_leaves_that_must_not(figures):
    assert figures["leaks"] == 0, figures["examples"]
    assert figures["checked"] > 300


def test_every_way_out_is_walked(figures):
    assert set(figures["cases_by_way"]) == WAYS
    assert figures["cases"] >= 800


def test_without_the_gate_the_same_check_finds_leaks_on_the_way_of_every_kind(figures):
    leaking = {place.partition(":")[0] for place in figures["gate_off_leaks_by_kind"]}
    assert {"announcement", "class_news", "note", "emergency", "letter", "invitation", "inbox", "survey"} <= leaking


def test_the_gate_is_back_in_its_place_afterwards(figures):
    assert module("handlers.composing").decide is policy.decide
    assert module("handlers.composing").about_whom is policy.about_whom
