"""What must not be published: kinds that do not go together, circles, conditions that no answers fulfil."""

from __future__ import annotations

from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.given import Given
from services.surveys.expressions import check, shown, text_of, types, types_of, unsatisfiable
from shared.benches import agreement_cases
from shared.benches.agreement_trees import Known, Trees

T = {"en": "Text"}


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": T} for value in values]


ALL: list[dict[str, Any]] = [
    {"id": "a", "type": "single", "options": options("x", "y", "z")},
    {"id": "m", "type": "multi", "options": options("p", "q", "r")},
    {"id": "n", "type": "number", "min": 0, "max": 10, "step": 1},
    {"id": "t", "type": "text"},
    {"id": "b", "type": "yes_no"},
    {"id": "d", "type": "date"},
    {"id": "h", "type": "time"},
    {"id": "w", "type": "datetime"},
    {"id": "s", "type": "scale", "options": options("never", "often")},
    {"id": "g", "type": "matrix_single", "options": options("yes", "no"), "rows": options("bus", "lunch")},
    {"id": "v", "type": "voice"},
    {"id": "note", "type": "note"},
    {"id": "years", "type": "number", "per_child": True},
    {"id": "grade", "type": "single", "per_child": True, "options": options("one", "two")},
]


def survey(*questions: dict[str, Any], **more: Any) -> Survey:
    filled = [{"text": T, "sms": T, "why": T, **question} for question in questions]
    return survey_of(
        {"survey": "s", "kind": "form", "languages": ["en"], "title": T, "intro": T, "questions": filled, **more}
    )


def faults(condition: str, **key: Any) -> list[tuple[int, str]]:
    last = {"id": "last", "type": "text", "visible_if": condition, **key}
    return [(fault.column, f"{fault.message} → {fault.remedy}") for fault in check(survey(*ALL, last))]


@pytest.mark.parametrize(
    ("condition", "column", "said"),
    [
        ("{a} = 'w'", 7, "no choice"),
        ("{a} = 'X'", 7, "Do you mean 'x'?"),
        ("{b} = 'true'", 7, "without quotes"),
        ("{n} = '5'", 7, "without quotes"),
        ("{n} = true", 7, "without quotes"),
        ("{t} = 5", 7, "in quotes"),
        ("{t} = '0x1'", 7, "a value to another"),
        ("{t} = '5'", 7, "a value to another"),
        ("{t} = 'True'", 7, "a value to another"),
        ("{t} = 'É'", 7, "fold differently"),
        ("{t} contains 'ñ'", 14, "fold differently"),
        ("{t} = ' x'", 7, "space around"),
        ("{t} = ''", 7, "empty"),
        ("{t} > 'a'", 5, "different in every language"),
        ("{a} < {t}", 5, "different in every language"),
        ("\"5\" + \"3\" > 2", 1, "needs a number"),
        ("{n} + {t} > 2", 7, "needs a number"),
        ("{n} + {b} > 2", 7, "needs a number"),
        ("{n} / 0 > 2", 5, "division by zero"),
        ("{d} > '2026-02-30'", 7, "'2026-08-31'"),
        ("{d} > '1.2.2026'", 7, "'2026-08-31'"),
        ("{d} > '2026-08-31T10:00'", 7, "'2026-08-31'"),
        ("{w} > '2026-08-31'", 7, "'2026-08-31T17:00'"),
        ("{h} > '7:30'", 7, "'17:00'"),
        ("{h} = '24:00'", 7, "'17:00'"),
        ("{d} = {h}", 5, "of one kind"),
        ("{d} + 1 > {d}", 1, "needs a number"),
        ("{d} > {w}", 5, "of one kind"),
        ("dateDiff({d}, today(), 'hours') > 1", 24, "daylight saving"),
        ("dateDiff({d}, '2026-01-01') > 1", 15, "needs a date"),
        ("age({t}) > 1", 5, "needs a date"),
        ("today({n}) > {d}", 7, "fixed whole number"),
        ("round({n}, 2.5) > 1", 12, "fixed whole number"),
        ("round({n}, 99) > 1", 12, "fixed whole number"),
        ("substring({t}, 3, 1) = 'x'", 1, "ends before it begins"),
        ("substring({n}, 1) = 'x'", 1, "in words"),
        ("sum({t}) > 1", 5, "number questions"),
        ("sum('x') > 1", 5, "fixed text"),
        ("round() > 1", 1, "1 to 2 values"),
        ("iif({b}, 1, 'x') = 1", 1, "different kinds"),
        ("iif({t}, 1, 2) = 1", 5, "needs yes or no"),
        ("{a} and {b}", 1, "needs yes or no"),
        ("not ({t})", 6, "needs yes or no"),
        ("{a}", 1, "Compare it"),
        ("{n} + 1", 5, "Compare it"),
        ("{m} = 'p'", 1, "contains"),
        ("{a} = ['x', 'y']", 5, "anyof"),
        ("{m} = ['w']", 8, "no choice"),
        ("{a} contains 'x'", 5, "Use ="),
        ("{n} contains 1", 5, "Use ="),
        ("{a} allof ['x']", 5, "anyof"),
        ("{n} anyof ['x']", 12, "without quotes"),
        ("['x'] = {a}", 1, "Use it behind"),
        ("{g} = 'yes'", 1, "no single value"),
        ("{g.bus} = 'maybe'", 11, "no choice"),
        ("{g.buss} = 'yes'", 1, "Do you mean bus?"),
        ("{a.x} = 'yes'", 1, "names a row"),
        ("{note} empty", 1, "only shown"),
        ("{v} = 'x'", 1, "a recording"),
        ("{years} > 3", 1, "sum, count"),
        ("{years} + 1 > 3", 1, "sum, count"),
        ("{panel.years} > 3", 1, "asked per child"),
        ("{zz} = 1", 1, "no question zz"),
        ("{gread} contains 'one'", 1, "Do you mean {grade}?"),
        ("1 = 1", 3, "fixed values"),
        ("true", 1, "always the same"),
        ("sum(1, 2) > 2", 11, "always the same"),
        ("({a} = 'x') empty", 13, "never empty"),
        ("{a} = 'x", 7, "never closed"),
    ],
)  # fmt: skip
def test_kinds_that_do_not_go_together_are_refused_with_their_column(condition: str, column: int, said: str) -> None:
    found = faults(condition)
    assert [at for at, _ in found[:1]] == [column], found
    assert said in found[0][1]


@pytest.mark.parametrize(
    "condition",
    [
        "{b}", "{a} = 'x' and {m} contains 'p'", "{t} = 'نعم'", "{s} >= 2", "{s} = 2", "{h} < '17:00'", "{w} > '2026-08-31T17:00'",
        "{d} >= today(14)", "age({d}) >= 18", "sum({years}) > 20", "{years} anyof [3, 4]", "{grade} contains 'one'",
        "count({grade}) = 2", "{g.bus} = 'yes'", "{g} notempty", "{v} empty", "{t} contains 'peanut'", "{a} = {t}",
        "iif({b}, {n}, 3) > 2", "substring({t}, 0, 2) = 'ab'", "{m} = ['p', 'q']", "{t} anyof ['yes', 'ja']", "-{n} < 0",
        "({n} / 3) empty or {n} % 2 = 1", "round({n} / 3, 1) > 2", "avg({n}, {s}) > 1 and {b} = false",
    ],
)  # fmt: skip
def test_what_every_reader_means_alike_is_published(condition: str) -> None:
    assert faults(condition) == []


def test_a_per_child_question_may_look_into_its_panel() -> None:
    assert faults("{panel.years} > 3 and {a} = 'x'", per_child=True) == []
    assert faults("{panel.a} = 'x'", per_child=True)[0][0] == 1


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=60, deadline=None)
def test_what_the_generator_of_the_bench_draws_may_be_published(seed: int) -> None:
    one = agreement_cases.case(Random(seed), shared=False)
    for tree in one.trees:
        said = {fault.message for fault in types(tree, types_of(one.survey), constant=True)}
        assert said <= {"this is always the same, whatever is answered"}, text_of(tree)


def test_a_constraint_speaks_of_its_own_answer() -> None:
    spoken = survey(*ALL, {"id": "last", "type": "number", "constraint": "{n} > 1"})
    assert [fault.path for fault in check(spoken)] == [("questions", len(ALL), "constraint")]
    assert check(survey(*ALL, {"id": "last", "type": "number", "constraint": "{last} > {n}"})) == ()


def test_only_what_is_required_may_be_so_always() -> None:
    assert check(survey({"id": "t", "type": "text", "required_if": "true"})) == ()
    assert check(survey({"id": "t", "type": "text", "required_if": "false"})) != ()


def test_a_circle_is_told_with_its_way_round() -> None:
    (fault,) = check(
        survey(
            {"id": "a", "type": "text", "visible_if": "{c} > 1"}, {"id": "b", "type": "text", "visible_if": "{a} notempty"},
            calculations=[{"name": "c", "expression": "count({b})"}],
        )
    )  # fmt: skip
    assert "a → c → b → a" in fault.message
    assert fault.path == ("questions", 0, "visible_if")


def test_a_question_that_depends_on_itself_is_a_circle() -> None:
    (fault,) = check(survey({"id": "a", "type": "text", "visible_if": "{a} empty"}))
    assert "a → a" in fault.message


def test_names_are_given_once_and_panel_is_taken() -> None:
    faults_ = check(
        survey(
            {"id": "panel", "type": "text"},
            {"id": "a", "type": "text"},
            calculations=[{"name": "a", "expression": "1 + 1"}],
        )
    )
    assert [fault.path for fault in faults_] == [("questions", 0, "id"), ("calculations", 0, "name")]


def test_calculations_and_quotas_have_places_too() -> None:
    faults_ = check(
        survey(
            ALL[0], ALL[2], calculations=[{"name": "c", "expression": "{n} + {a}"}],
            quotas=[{"id": "q", "condition": "{a} = 'w'", "most": 3}],
        )
    )  # fmt: skip
    assert [fault.path for fault in faults_] == [("calculations", 0, "expression"), ("quotas", 0, "condition")]


@pytest.mark.parametrize(
    "condition",
    [
        "{a} = 'x' and {a} = 'y'", "{n} > 10", "{n} > 2 and {n} < 3", "{s} = 3", "{m} contains 'p' and {m} noneof ['p', 'q']",
        "{b} = true and {b} empty", "{d} > '2026-02-03' and {d} < '2026-02-03'", "{t} = 'x' and {t} = 'y'",
        "{t} contains 'x' and not ({t} contains 'x')", "{g.bus} = 'yes' and {g.bus} = 'no'", "{h} empty and {h} > '10:00'",
        "{a} <> 'x' and {a} <> 'y' and {a} <> 'z' and {a} notempty", "{n} empty and {n} = 3",
    ],
)  # fmt: skip
def test_a_condition_that_no_answers_fulfil_is_refused(condition: str) -> None:
    assert unsatisfiable(survey(*ALL, {"id": "last", "type": "text", "visible_if": condition})) == ("last",)


@pytest.mark.parametrize(
    "condition",
    [
        "{n} > 2 and {n} < 4", "{a} <> 'x' and {a} <> 'y'", "{m} allof ['p', 'q', 'r']", "{n} + {n} > 100", "{t} notempty and {t} <> 'x'",
        "{d} > '2026-02-03' and {d} < '2026-02-05'", "{m} contains 'p' and {m} notcontains 'q'", "{g} empty and {g.bus} empty",
        "{n} = 3 or {a} = 'x' and {a} = 'y'", "{years} contains 3", "{s} = 2", "{n} > 0 and {n} < 2",
    ],
)  # fmt: skip
def test_a_condition_that_some_answers_fulfil_is_not(condition: str) -> None:
    assert unsatisfiable(survey(*ALL, {"id": "last", "type": "text", "visible_if": condition})) == ()


def test_what_a_hidden_question_makes_impossible_is_found() -> None:
    middle = {"id": "middle", "type": "yes_no", "visible_if": "{a} = 'x'"}
    last = {"id": "last", "type": "text", "visible_if": "{middle} = true and {a} = 'y'"}
    assert unsatisfiable(survey(ALL[0], middle, last)) == ("last",)
    assert unsatisfiable(survey(ALL[0], middle, {**last, "visible_if": "{middle} empty and {a} = 'y'"})) == ()


def test_one_question_can_be_asked_after_alone() -> None:
    never = {"type": "text", "visible_if": "{a} = 'x' and {a} = 'y'"}
    both = survey(ALL[0], {**never, "id": "one"}, {**never, "id": "two"})
    assert unsatisfiable(both, only={"two"}) == ("two",)
    assert unsatisfiable(survey({**never, "id": "a"})) == ()  # a circle is told by check


def test_a_constraint_that_no_answer_fulfils_is_refused() -> None:
    (fault,) = check(survey({"id": "n", "type": "number", "max": 10, "constraint": "{n} > 10"}))
    assert (fault.code, fault.path) == ("survey.unreachable", ("questions", 0, "constraint"))
    assert check(survey({"id": "n", "type": "number", "constraint": "{n} > 10"})) == ()


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=150, deadline=None)
def test_reach_is_exactly_what_trying_every_answer_finds(seed: int) -> None:
    """Closed questions only: a choice, several choices and yes or no, with conditions on one another."""
    draw = Random(seed)
    known = [Known(("a",), "choice", ("x", "y")), Known(("m",), "choices", ("p", "q")), Known(("b",), "bool")]
    questions = [
        {"id": "a", "type": "single", "options": options("x", "y")},
        {"id": "m", "type": "multi", "options": options("p", "q")},
        {"id": "b", "type": "yes_no"},
    ]
    for place in (1, 2):
        if draw.random() < 0.5:
            questions[place]["visible_if"] = _closed(draw, known[:place])
    questions.append({"id": "last", "type": "text", "visible_if": _closed(draw, known)})
    asked = survey(*questions)
    some = [(), ("x",), ("y",)], [(), ("p",), ("q",), ("p", "q")], [(), ("yes",), ("no",)]
    reached: set[str] = set()
    for values in product(*some):
        answers = {name: Given(values=chosen) for name, chosen in zip("amb", values, strict=True)}
        reached |= {question.id for question in shown(asked, answers, date(2026, 11, 22))}
    assert set(unsatisfiable(asked)) == {question.id for question in asked.questions} - reached


def _closed(draw: Random, known: list[Known]) -> str:
    """A condition without numbers or texts."""
    trees = Trees(draw, known, shared=True)
    kinds = [trees._chosen, trees._membered, trees._emptied]

    def one(depth: int) -> str:
        if depth and draw.random() < 0.6:
            return f"({one(depth - 1)}) {draw.choice(('and', 'or'))} ({one(depth - 1)})"
        if depth and draw.random() < 0.3:
            return f"not ({one(depth - 1)})"
        while True:
            found = draw.choice(kinds)(1)
            if found is not None:
                return text_of(found)

    return one(2)
