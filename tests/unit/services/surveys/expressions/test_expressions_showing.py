"""Which questions apply and which answers do not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.given import DECLINED, Given
from services.surveys.expressions import ExpressionError, faults, holds, kept, shown, situation
from shared.benches import agreement_cases

TODAY = date(2026, 11, 22)


def survey(*questions: dict[str, Any], **more: Any) -> Survey:
    text = {"en": "Text"}
    filled = [{"text": text, "sms": text, "why": text, **question} for question in questions]
    head = {"survey": "s", "kind": "form", "languages": ["en"], "title": text, "intro": text}
    return survey_of({**head, "questions": filled, **more})


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": {"en": value}} for value in values]


def ids(found: Any) -> list[str]:
    return [question.id for question in found]


BUS = {"id": "travel", "type": "single", "options": options("bus", "walk")}
STOP = {"id": "stop", "type": "text", "visible_if": "{travel} = 'bus'"}
LATE = {"id": "late", "type": "yes_no", "visible_if": "{stop} notempty"}
CHILDREN = ("ana", "ben")


def chose(*values: str) -> Given:
    return Given(values=values)


def test_a_survey_without_conditions_asks_everything() -> None:
    plain = survey(BUS, {"id": "more", "type": "text"})
    assert shown(plain, {}, TODAY) is plain.questions
    assert faults(plain, {}, TODAY) == {}


def test_a_question_waits_for_the_answer_that_it_depends_on() -> None:
    asked = survey(BUS, STOP)
    assert ids(shown(asked, {}, TODAY)) == ["travel"]
    assert ids(shown(asked, {"travel": chose("walk")}, TODAY)) == ["travel"]
    assert ids(shown(asked, {"travel": chose("bus")}, TODAY)) == ["travel", "stop"]


def test_an_answer_to_a_hidden_question_counts_as_empty_however_long_the_chain() -> None:
    answers = {"travel": chose("walk"), "stop": Given(text="Elm St")}
    assert ids(shown(survey(BUS, STOP, LATE), answers, TODAY)) == ["travel"]
    answers["travel"] = chose("bus")
    assert ids(shown(survey(BUS, STOP, LATE), answers, TODAY)) == ["travel", "stop", "late"]


def test_the_order_of_the_questions_does_not_matter_to_what_they_depend_on() -> None:
    answers = {"travel": chose("walk"), "stop": Given(text="Elm St")}
    assert ids(shown(survey(LATE, STOP, BUS), answers, TODAY)) == ["travel"]


def test_a_declined_answer_counts_as_empty() -> None:
    assert ids(shown(survey(BUS, STOP), {"travel": DECLINED}, TODAY)) == ["travel"]


def test_answers_that_do_not_apply_are_left_out() -> None:
    answers = {"travel": chose("walk"), "stop": Given(text="Elm St"), "foreign": chose("x")}
    assert kept(survey(BUS, STOP), answers, TODAY) == {"travel": chose("walk")}
    assert kept(survey(BUS), answers, TODAY) == {"travel": chose("walk")}


def test_what_is_required_is_a_fault_only_where_it_applies_and_nobody_declined() -> None:
    asked = survey(BUS, {**STOP, "required_if": "true"})
    assert faults(asked, {"travel": chose("walk")}, TODAY) == {}
    assert faults(asked, {"travel": chose("bus")}, TODAY) == {"stop": "required"}
    assert faults(asked, {"travel": chose("bus"), "stop": DECLINED}, TODAY) == {}
    assert faults(asked, {"travel": chose("bus"), "stop": Given(text="Elm St")}, TODAY) == {}


def test_a_constraint_is_asked_of_answers_only() -> None:
    asked = survey({"id": "n", "type": "number", "constraint": "{n} % 2 = 0"})
    assert faults(asked, {}, TODAY) == {}
    assert faults(asked, {"n": Given(number=3.0)}, TODAY) == {"n": "constraint"}
    assert faults(asked, {"n": Given(number=4.0)}, TODAY) == {}


def test_faults_come_in_the_order_of_the_questions() -> None:
    must = {"type": "text", "required_if": "true"}
    asked = survey({**must, "id": "a", "visible_if": "{z} empty"}, {**must, "id": "z"})
    assert list(faults(asked, {}, TODAY)) == ["a", "z"]


def test_a_calculation_is_seen_like_an_answer() -> None:
    more = {"id": "more", "type": "text", "visible_if": "{people} > 4"}
    asked = survey(
        {"id": "adults", "type": "number"}, {"id": "kids", "type": "number"}, more,
        calculations=[{"name": "people", "expression": "{adults} + {kids}"}],
    )  # fmt: skip
    assert ids(shown(asked, {"adults": Given(number=2.0)}, TODAY)) == ["adults", "kids"]
    answers = {"adults": Given(number=2.0), "kids": Given(number=3.0)}
    assert ids(shown(asked, answers, TODAY)) == ["adults", "kids", "more"]


def test_today_is_the_day_that_is_passed_in() -> None:
    asked = survey({"id": "x", "type": "text", "visible_if": "today() >= '2026-11-22'"})
    assert ids(shown(asked, {}, TODAY)) == ["x"]
    assert shown(asked, {}, date(2026, 11, 21)) == ()


AGE = {"id": "years", "type": "number", "per_child": True}
ALONE = {"id": "alone", "type": "yes_no", "per_child": True, "visible_if": "{panel.years} >= 12", "required_if": "true"}


def test_a_per_child_question_applies_to_the_children_for_whom_it_holds() -> None:
    asked = survey(AGE, ALONE)
    answers = {"years": Given(children={"ana": Given(number=14.0), "ben": Given(number=7.0)})}
    assert ids(shown(asked, answers, TODAY, children=CHILDREN)) == ["years", "alone"]
    assert faults(asked, answers, TODAY, children=CHILDREN) == {"alone": "required"}
    answers["alone"] = Given(children={"ana": chose("yes"), "ben": chose("yes")})
    assert faults(asked, answers, TODAY, children=CHILDREN) == {}
    assert kept(asked, answers, TODAY, children=CHILDREN)["alone"].children == {"ana": chose("yes")}


def test_one_answer_for_all_children_is_each_childs_answer() -> None:
    assert ids(shown(survey(AGE, ALONE), {"years": Given(number=13.0)}, TODAY, children=CHILDREN)) == ["years", "alone"]


def test_outside_of_the_panel_the_childrens_answers_are_a_list() -> None:
    asked = survey(AGE, {"id": "sum", "type": "text", "visible_if": "sum({years}) = 21 and count({years}) = 2"})
    answers = {"years": Given(children={"ana": Given(number=14.0), "ben": Given(number=7.0)})}
    assert ids(shown(asked, answers, TODAY)) == ["years", "sum"]


def test_a_row_of_a_matrix_is_seen_by_its_name() -> None:
    grid = {
        "id": "g",
        "type": "matrix_single",
        "options": options("yes", "no"),
        "rows": [{"value": "bus", "label": {"en": "Bus"}}],
    }
    asked = survey(grid, {"id": "x", "type": "text", "visible_if": "{g.bus} = 'yes'"})
    assert ids(shown(asked, {"g": Given(cells={"bus": ("yes",)})}, TODAY)) == ["g", "x"]
    assert ids(shown(asked, {"g": Given(cells={"bus": ("no",)})}, TODAY)) == ["g"]


def test_the_condition_of_a_quota_sees_hidden_questions_as_empty() -> None:
    asked = survey(BUS, STOP)
    answers = {"travel": chose("walk"), "stop": Given(text="Elm")}
    assert not holds(asked, "{stop} notempty", answers, TODAY)
    assert holds(asked, "{stop} notempty", {**answers, "travel": chose("bus")}, TODAY)


def test_conditions_in_a_circle_are_told_with_the_way_round() -> None:
    asked = survey({**BUS, "visible_if": "{stop} notempty"}, STOP)
    with pytest.raises(ExpressionError, match="travel → stop → travel"):
        shown(asked, {}, TODAY)


def test_two_surveys_of_one_version_are_not_mistaken_for_each_other() -> None:
    one = survey(BUS, STOP)
    other = replace(survey(BUS, {**STOP, "visible_if": None}), version=one.version)
    assert ids(shown(one, {}, TODAY)) == ["travel"]
    assert ids(shown(other, {}, TODAY)) == ["travel", "stop"]


def test_a_survey_that_calculates_otherwise_is_not_mistaken_for_the_other() -> None:
    more = {"id": "more", "type": "text", "visible_if": "{people} > 4"}
    one = survey({"id": "n", "type": "number"}, more, calculations=[{"name": "people", "expression": "{n}"}])
    other = replace(one, calculations=(("people", "{n} + 3"),))
    answers = {"n": Given(number=2.0)}
    assert [ids(shown(each, answers, TODAY)) for each in (one, other, one)] == [["n"], ["n", "more"], ["n"]]


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=150, deadline=None)
def test_what_is_left_out_changes_nothing(seed: int) -> None:
    """A fixed point: the answers to what applies bring the same questions to light, and the same faults."""
    one = agreement_cases.case(Random(seed), shared=False)
    left = kept(one.survey, one.answers, TODAY, children=agreement_cases.CHILDREN)
    once = situation(one.survey, one.answers, TODAY, children=agreement_cases.CHILDREN)
    again = situation(one.survey, left, TODAY, children=agreement_cases.CHILDREN)
    assert once == again
    assert kept(one.survey, left, TODAY, children=agreement_cases.CHILDREN) == left
    both = [faults(one.survey, each, TODAY, children=agreement_cases.CHILDREN) for each in (one.answers, left)]
    assert both[0] == both[1]


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_questions_never_matters_to_which_apply(seed: int) -> None:
    draw = Random(seed)
    one = agreement_cases.case(draw, shared=False)
    mixed = replace(
        one.survey, questions=tuple(draw.sample(one.survey.questions, len(one.survey.questions))), version="other"
    )
    here, there = (shown(each, one.answers, TODAY, children=agreement_cases.CHILDREN) for each in (one.survey, mixed))
    assert {each.id for each in here} == {each.id for each in there}
