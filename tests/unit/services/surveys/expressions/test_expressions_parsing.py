"""What cannot be read is refused with its column and what to write instead."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.expressions import Context, ExpressionError, compile, from_json, names, parse, text_of, to_json
from services.surveys.expressions.tree import Binary, Literal, Node, Operator, Sign, Unary, Variable


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ("", 1, "Remove the line"),
        ("{a} = 0x1", 7, "in tens"),
        ("{a} = 1e5", 7, "like 12 or 12.5"),
        ("{a} = 007", 7, "like 12 or 12.5"),
        ("{a} = 1,5", 8, "operator"),
        ("{a} = 12345678901234567", 7, "fewer digits"),
        ("{a} = 'x", 7, "Write ' at the end"),
        ("{a = 'x'", 1, "Write }"),
        ("{} = 'x'", 1, "{question}"),
        ("{1a} = 'x'", 1, "{question}"),
        ("{a} = 'x' and", 14, "what is compared"),
        ("({a} = 'x'", 1, "Write )"),
        ("['a'", 1, "Write ]"),
        ("{a} = yes", 7, "'yes' for the text"),
        ("{a} = null", 7, "empty"),
        ("roud({a})", 1, "Do you mean round?"),
        ("Age({a}) > 3", 1, "age"),
        ("{a} ^ 2 = 4", 5, "Multiply"),
        ("1 < {a} < 3", 9, "Join the two"),
        ("{a} = {b} = {c}", 11, "Join the two"),
        ("not {a} = 'x'", 1, "parentheses"),
        ("!{a} empty", 1, "parentheses"),
        ("{a} contains {b}", 5, "['a', 'b']"),
        ("{a} anyof []", 12, "['a', 'b']"),
        ("{a} anyof [true]", 12, "['a', 'b']"),
        ("{a} = ‘x’", 7, "plain '"),
        ("{a} = 'a\\'", 9, "Leave it out"),
        ("{a} = 'a\tb'", 7, "Remove it"),
        ("{a} = 'x' {b}", 11, "operator"),
        ("{a} and and {b}", 9, "operator"),
        ("{a} ; {b}", 5, "Remove it"),
        ("(" * 60 + "{a}" + ")" * 60, 41, "calculations"),
        ("{a} = 'x' or " * 400 + "{a} empty", 4000, "calculations"),
        ("{a} or " * 300 + "{b}", 1751, "anyof"),
    ],
)
def test_a_refusal_names_the_column_and_the_remedy(text: str, column: int, remedy: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert (refused.value.column, remedy in refused.value.remedy) == (column, True), refused.value


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("{a} == 'x' && {b} != 1 || !({c})", "{a} = 'x' and {b} <> 1 or not ({c})"),
        ('{ a } = "it\'s"', '{a} = "it\'s"'),
        ("{a} AND {b} Or {c}", "({a} and {b}) or {c}"),
        ("1 + 2 * 3 - 4", "(1 + (2 * 3)) - 4"),
        ("10 - 4 - 3", "(10 - 4) - 3"),
        ("{a} + 1 > 2 * {b}", "({a} + 1) > (2 * {b})"),
        ("{a} contain 'x'", "{a} contains 'x'"),
        ("-{a} * 2", "(-{a}) * 2"),
        ("{a} - -2", "{a} - (-2)"),
        ("{a} notempty and {b} empty", "({a} notempty) and ({b} empty)"),
    ],
)
def test_two_spellings_are_one_tree(text: str, same: str) -> None:
    assert parse(text) == parse(same)


def test_a_minus_before_a_number_is_the_number() -> None:
    assert parse("{a} = -5") == Binary(Operator.EQUAL, Variable(("a",)), Literal(-5.0))
    doubled = Unary(Sign.NEGATIVE, Literal(-5.0))
    assert parse(text_of(doubled)) == doubled


def test_a_long_row_is_read_written_and_bound_like_a_short_one() -> None:
    row = parse(" or ".join(["{a} = 'x'"] * 100))
    assert from_json(to_json(parse(text_of(row)))) == row
    assert compile(row)({"a": "x"}, Context(date(2026, 11, 22))) is True


def test_the_questions_that_are_read_are_named_once_whatever_is_read_of_them() -> None:
    assert names(parse("{a} = 'x' and {g.row} = 'y' and {panel.p} > 1 and {a} notempty")) == {"a", "g", "p"}


def test_a_text_with_both_kinds_of_quote_cannot_be_written() -> None:
    with pytest.raises(ExpressionError):
        text_of(Literal("'\""))


@pytest.mark.parametrize(
    "plain", [None, [], [1], ["v"], ["v", 1], ["="], ["=", 1], ["huh", 1], {"a": 1}, ["l", ["v", "a"]]]
)
def test_what_is_no_tree_is_refused(plain: object) -> None:
    with pytest.raises(ExpressionError):
        from_json(plain)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    refused, node = _tried(text)
    if node is not None:
        assert parse(text_of(node)) == node
    elif refused is not None:
        assert 1 <= refused.column <= len(text) + 1
        assert refused.remedy


@given(
    st.lists(
        st.sampled_from(
            ["{a}", "'x'", "1", "and", "not", "(", ")", "=", "+", "-", "empty", "[", "]", ",", "sum(", "contains"]
        )
    )
)
def test_any_row_of_tokens_is_read_or_refused(parts: list[str]) -> None:
    _, node = _tried(" ".join(parts))
    assert node is None or parse(text_of(node)) == node


def _tried(text: str) -> tuple[ExpressionError | None, Node | None]:
    try:
        return None, parse(text)
    except ExpressionError as refused:
        return refused, None
