"""What expressions mean: beside an interpreter that was written a second time, and by example where languages differ."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.expressions import Context, compile, from_json, parse, text_of, to_json
from services.surveys.expressions.tree import Array, Binary, Literal, Node, Unary, walk
from shared.benches import agreement_cases, agreement_trees
from shared.benches.agreement import answers_seen
from tests.unit.services.surveys.expressions.naive import meaning

TODAY = date(2026, 11, 22)
seeds = st.integers(min_value=0, max_value=10**9)


def value(text: str, **answers: Any) -> Any:
    return compile(parse(text))(answers, Context(TODAY))


def drawn(seed: int) -> tuple[Node, dict[str, Any]]:
    """A tree and answers to it."""
    one = agreement_cases.case(Random(seed), shared=seed % 2 == 0)
    return one.trees[0], answers_seen(one)


@given(seeds)
@settings(max_examples=400, deadline=None)
def test_closures_mean_what_the_plain_interpreter_means(seed: int) -> None:
    node, answers = drawn(seed)
    ours, theirs = compile(node)(answers, Context(TODAY)), meaning(node, answers, TODAY)
    if isinstance(theirs, Decimal):  # doubles carry 15 digits: near enough is the same number
        assert isinstance(ours, float) and abs(Decimal(ours) - theirs) <= abs(theirs) * Decimal("1e-9") + Decimal(
            "1e-9"
        )
    elif not _on_the_edge(node):
        assert ours == theirs


def _on_the_edge(node: Node) -> bool:
    """A comparison behind a division can fall to either side by the last binary digit."""
    return any(isinstance(each, Binary) and each.operator.value in "/%" for each in walk(node)) or "avg(" in text_of(
        node
    )


@given(seeds)
@settings(max_examples=300, deadline=None)
def test_what_is_printed_is_read_back_as_the_same_tree(seed: int) -> None:
    node, _ = drawn(seed)
    assert parse(text_of(node)) == node
    assert from_json(to_json(node)) == node


@given(seeds)
@settings(max_examples=200, deadline=None)
def test_surveyjs_spelling_is_read_back_as_the_same_meaning(seed: int) -> None:
    node, answers = drawn(seed)
    again = parse(text_of(node, surveyjs=True))
    assert compile(again)(answers, Context(TODAY)) == compile(node)(answers, Context(TODAY))


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_parentheses_that_are_not_needed_change_nothing(seed: int) -> None:
    node, _ = drawn(seed)
    assert parse(f"(({text_of(node)}))") == node


EXAMPLES: list[tuple[str, dict[str, Any], Any]] = [
    ("{a} = 'x'", {"a": "X "}, True),
    ("{a} = 'x'", {"a": "\t\u3000x\ufeff"}, True),
    ("{a} = 'x'", {"a": "\x1cx"}, False),  # Python's strip() takes it, JavaScript's trim() does not
    ("{a} = 'x'", {}, False),
    ("{a} <> 'x'", {}, True),
    ("{a} = {b}", {}, True),
    ("{a} = 'k'", {"a": "\u212a"}, False),  # the Kelvin sign, which JavaScript's toLowerCase makes a k
    ("{n} = 0", {}, False),
    ("{n} <= {k}", {}, True),
    ("{n} < 5", {}, False),
    ("0.1 + 0.2 = 0.3", {}, True),
    ("{n} * 3 = 0.3", {"n": 0.1}, True),
    ("(1 / 0) empty", {}, True),
    ("(5 % 0) empty", {}, True),
    ("-5 % 3", {}, -2.0),
    ("{n} + 1", {}, 1.0),
    ("{n} + 1", {"n": 9_007_199_254_740_991.0}, None),
    ("round(2.5)", {}, 3.0),
    ("round(-2.5)", {}, -3.0),
    ("round(2.675, 2)", {}, 2.68),
    ("round(0.00000015, 6)", {}, 0.0),
    ("round({n})", {}, None),
    ("sum({l}, 1)", {"l": (1.0, 2.0)}, 4.0),
    ("sum({n})", {}, 0.0),
    ("avg({n})", {}, 0.0),
    ("min({n}, 3)", {}, 3.0),
    ("max({n})", {}, None),
    ("count({m}, {a})", {"m": ("p", "q"), "a": "x"}, 3.0),
    ("age({d})", {"d": "2014-11-22"}, 12.0),
    ("age({d})", {"d": "2014-11-23"}, 11.0),
    ("age({d})", {"d": "0099-01-01"}, None),
    ("dateDiff({d}, today())", {"d": "2026-11-01"}, 21.0),
    ("dateDiff({d}, today(), 'months')", {"d": "2026-12-23"}, -2.0),
    ("dateDiff({d}, today(), 'years')", {"d": "2027-11-23"}, -1.0),
    ("today(7)", {}, "2026-11-29"),
    ("{d} < today()", {"d": "2026-11-21"}, True),
    ("{w} < today()", {"w": "2026-02-30"}, True),
    ("dateDiff({w}, today())", {"w": "2026-02-30"}, None),
    ("substring({a}, 1, 3)", {"a": "🙂ab🙂"}, "ab"),
    ("substring({a}, 9) empty", {"a": "short"}, True),
    ("{m} contains 'p'", {"m": ("P",)}, True),
    ("{m} contains ['p', 'q']", {"m": ("p",)}, False),
    ("{m} notcontains 'p'", {}, True),
    ("{m} = ['q', 'p']", {"m": ("p", "q")}, True),
    ("{m} noneof ['p']", {}, True),
    ("{m} allof ['p']", {}, False),
    ("{a} contains 'TOP'", {"a": "bus stop"}, True),
    ("{b} = false", {}, False),
    ("not ({b})", {}, True),
    ("{g} empty", {"g": {"r": None}}, True),
    ("{g.r} = 'x'", {"g": {"r": "x"}}, True),
    ("iif({b}, 'x', 'y') = 'y'", {}, True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answers", "meant"), EXAMPLES)
def test_a_meaning_by_example(text: str, answers: dict[str, Any], meant: Any) -> None:
    found = value(text, **answers)
    assert found == meant and isinstance(found, bool) == isinstance(meant, bool)


def test_literals_are_numbers_of_one_kind_in_json() -> None:
    assert to_json(parse("{n} = 12.0 or {n} = 0.5")) == ["or", ["=", ["v", "n"], 12], ["=", ["v", "n"], 0.5]]


def test_every_kind_of_node_is_drawn_by_the_generator() -> None:
    """Else the properties above would say nothing about it."""
    kinds, signs = set(), set()
    for seed in range(300):
        for each in walk(drawn(seed)[0]):
            kinds.add(type(each))
            signs.add(getattr(each, "operator", getattr(each, "sign", getattr(each, "function", None))))
    assert {Literal, Array, Binary, Unary} < kinds
    tree = agreement_trees.tree
    assert set(tree.Operator) | set(tree.Sign) | set(tree.Function) <= signs
