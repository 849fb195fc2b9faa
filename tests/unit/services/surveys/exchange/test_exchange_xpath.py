"""XPath and our expressions: what both can say means the same; what one cannot is refused with its place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys import expressions
from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.xpath import LONGEST, Known, XPathRefused, translate
from services.surveys.exchange.xpath_export import Said, Unsayable, xpath_of
from services.surveys.expressions.tree import (
    Array,
    Binary,
    Call,
    Function,
    Literal,
    Node,
    Operator,
    Sign,
    Unary,
    Variable,
)

NAMES = {name: name for name in ("a", "b", "q", "m", "n", "d", "ok")} | {"row": "grid.row"}
KNOWN = Known(NAMES, frozenset({"m"}), {"q": {"1": "c1", "x": "x"}, "ok": {"OK": "yes"}}, frozenset({"ok"}))
SAID = Said(
    {
        "q": QuestionType.SINGLE,
        "m": QuestionType.MULTI,
        "n": QuestionType.NUMBER,
        "d": QuestionType.DATE,
        "ok": QuestionType.CONSENT,
    },
    {**{name: name for name in ("q", "m", "n", "d", "ok")}, "grid.row": "row"},
    {"ok": "OK"},
)


@pytest.mark.parametrize(
    ("xpath", "ours"),
    [
        ("${a} = 'x' and not(. > 3) or string-length(${b}) > 0", "{a} = 'x' and not ({a} > 3) or {b} notempty"),
        ("selected(${m}, 'a') or selected(${q}, '1')", "{m} contains 'a' or {q} = 'c1'"),
        ("${q} = 1", "{q} = 'c1'"),
        ("1 = ${q}", "{q} = 'c1'"),
        ("${ok} = 'OK'", "{ok} = true"),
        ("if(${n} > 1, 2, 'x')", "iif({n} > 1, 2, 'x')"),
        ("count-selected(${m}) >= 2", "count({m}) >= 2"),
        ("today() > date('2020-01-01')", "today() > '2020-01-01'"),
        ("coalesce(${a}, ${b})", "iif({a} notempty, {a}, {b})"),
        ("${a} = ''", "{a} empty"),
        ("${a} != ''", "{a} notempty"),
        ("(${a} = 'x' or ${b} = 'y') and ${n} < 3", "({a} = 'x' or {b} = 'y') and {n} < 3"),
        (". >= 1 and . <= 5", "{a} >= 1 and {a} <= 5"),
        ("-1 > ${n}", "-1 > {n}"),
        ("${n} mod 2 - (3 - 1) div 2", "{n} % 2 - (3 - 1) / 2"),
        ("${row} = 'good'", "{grid.row} = 'good'"),
        ("true()", "true"),
        ("round(${n}) = 3", "round({n}) = 3"),
        ("${ a } = 'x'", "{a} = 'x'"),
    ],
)  # fmt: skip
def test_xpath_is_said_in_our_words(xpath: str, ours: str) -> None:
    said = translate(xpath, KNOWN, own="a")
    assert expressions.parse(said) == expressions.parse(ours)


@pytest.mark.parametrize(
    ("xpath", "column"),
    [
        ("regex(., '[a-z]{3}')", 1),
        ("${a} = 'x' and pulldata('y')", 16),
        ("../x = 1", 3),
        ("${a} = ", 7),
        ("a b", 3),
        ("${zz} = 1", 1),
        ("${m} = 'a'", 1),
        ("position(..) > 1", 1),
        ("${a}[1]", 5),
        ("selected(${q}, ${a})", 16),
        ("date('tomorrow')", 6),
        ("${a} = 'x' or string-length(${a}) < 5", 15),
        ("", 1),
        ("'", 1),
        ("(" * 900 + "1" + ")" * 900, 1),
        ("1 + " * LONGEST, 1),
    ],
)  # fmt: skip
def test_what_we_cannot_say_is_refused_with_its_column(xpath: str, column: int) -> None:
    with pytest.raises(XPathRefused) as refusal:
        translate(xpath, KNOWN, own="a")
    assert refusal.value.column == column
    assert refusal.value.message
    assert refusal.value.remedy


def test_a_dot_outside_a_question_stands_for_nothing() -> None:
    with pytest.raises(XPathRefused, match="dot"):
        translate(". > 1", KNOWN)


@pytest.mark.parametrize(
    "ours",
    ["age({d}) > 3", "dateDiff({d}, today(), 'days') > 3", "sum({n}, 3) > 4", "{m} = ['a', 'b']", "{panel.n} > 1"],
)
def test_what_xpath_cannot_say_is_said_to_be_so(ours: str) -> None:
    with pytest.raises(Unsayable):
        xpath_of(ours, SAID)


NUMBERS = st.one_of(
    st.integers(0, 9).map(lambda n: Literal(float(n))),
    st.just(Variable(("n",))),
    st.just(Call(Function.COUNT, (Variable(("m",)),))),
)
VALUES = st.sampled_from(["x", "y", "z"]).map(Literal)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Binary, st.sampled_from([Operator.EQUAL, Operator.UNEQUAL]), st.just(Variable(("q",))), VALUES),
    st.builds(Binary, st.sampled_from([Operator.CONTAINS, Operator.NOT_CONTAINS]), st.just(Variable(("m",))), VALUES),
    st.builds(
        Binary, st.sampled_from([Operator.ANY_OF, Operator.ALL_OF, Operator.NONE_OF]), st.just(Variable(("m",))),
        st.lists(VALUES, min_size=1, max_size=3, unique=True).map(lambda items: Array(tuple(items))),
    ),
    st.builds(Binary, st.sampled_from([Operator.LESS, Operator.AT_LEAST, Operator.EQUAL]), NUMBERS, NUMBERS),
    st.builds(Binary, st.sampled_from([Operator.EQUAL, Operator.UNEQUAL]), st.just(Variable(("ok",))), st.booleans().map(Literal)),
    st.builds(Unary, st.sampled_from([Sign.EMPTY, Sign.NOT_EMPTY]), st.sampled_from(["q", "m", "n"]).map(lambda name: Variable((name,)))),
    st.builds(Binary, st.sampled_from([Operator.LESS, Operator.MORE]), st.just(Variable(("d",))), st.just(Literal("2026-09-01"))),
)  # fmt: skip
BOOLEANS: st.SearchStrategy[Node] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda node: Unary(Sign.NOT, node)),
        st.builds(Binary, st.sampled_from([Operator.AND, Operator.OR]), inner, inner),
    ),
    max_leaves=6,
)
ANSWERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "q": st.sampled_from([None, "x", "y"]),
        "m": st.lists(st.sampled_from(["x", "y", "z"]), unique=True).map(tuple),
        "n": st.one_of(st.none(), st.integers(0, 9).map(float)),
        "d": st.sampled_from([None, "2026-08-31", "2026-09-02"]),
        "ok": st.sampled_from([None, True, False]),
    }
)


@given(BOOLEANS, st.lists(ANSWERS, min_size=3, max_size=6))
@settings(max_examples=200, deadline=None)
def test_what_goes_out_as_xpath_means_the_same_when_it_comes_back(node: Node, answers: list[dict[str, Any]]) -> None:
    known = Known(
        SAID.names | {"row": "grid.row"}, frozenset({"m"}), {"ok": {"OK": "yes", "no": "no"}}, frozenset({"ok"})
    )
    before = expressions.text_of(node)
    after = translate(xpath_of(before, SAID), known)
    context = expressions.Context(date(2026, 9, 1))
    first, second = (expressions.compile(expressions.parse(text)) for text in (before, after))
    for answer in answers:
        assert bool(first(answer, context)) == bool(second(answer, context)), (before, after)
