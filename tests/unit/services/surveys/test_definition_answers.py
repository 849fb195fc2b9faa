"""Answers of every kind of question: what fits, what does not and where, what is kept, what a condition sees."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.domain import answers
from services.surveys.domain.answers import (
    DECLINED,
    Given,
    Problem,
    fitted,
    given_of,
    places,
    problems,
    read_date,
    read_datetime,
    read_email,
    read_number,
    read_phone,
    same_for_all,
    scalar,
)
from services.surveys.domain.kinds import CHOICES, GRIDS, QuestionType
from services.surveys.words import LOCALE
from shared.web.i18n import catalogue
from tests.unit.services.surveys.definitions_made import option, options, question, rows
from tests.unit.services.surveys.definitions_random import CHILDREN, answers_to, questions

ABC = options("a", "b", "c")
GRID: dict[str, Any] = {"options": ABC, "rows": rows("x", "y")}


def code(kind: str, given: Given, **more: Any) -> str | None:
    return problems([question(kind, **more)], {"q": given}, children=CHILDREN).get("q")


@pytest.mark.parametrize(
    ("kind", "more", "given", "expected"),
    [
        ("single", {"options": ABC}, Given(("a",)), None),
        ("single", {"options": ABC}, Given(("d",)), "not_an_option"),
        ("single", {"options": ABC}, Given(("a", "b")), "one_only"),
        ("multi", {"options": ABC}, Given(("a", "b")), None),
        ("multi", {"options": ABC, "most": 1}, Given(("a", "b")), "too_many"),
        ("multi", {"options": ABC, "most": 1}, Given(("a", "a")), None),
        ("yes_no", {}, Given(("yes",)), None),
        ("yes_no", {}, Given(("maybe",)), "not_an_option"),
        ("consent", {}, Given(("yes", "no")), "one_only"),
        ("language", {}, Given(("en",)), None),
        ("language", {}, Given(("fr",)), "not_an_option"),
        ("ranking", {"options": ABC}, Given(("c", "a", "b")), None),
        ("ranking", {"options": ABC}, Given(("c", "a")), "not_all"),
        ("ranking", {"options": ABC}, Given(("c", "c", "a")), "twice"),
        ("ranking", {"options": ABC, "most": 2}, Given(("c", "a")), None),
        ("ranking", {"options": ABC, "most": 2}, Given(("c", "a", "b")), "too_many"),
        ("scale", {"options": ABC}, Given(("b",)), None),
        ("scale", {"options": ABC}, Given(number=2), "not_an_option"),
        ("scale", {}, Given(number=5), None),
        ("scale", {}, Given(number=6), "too_large"),
        ("scale", {"min": 0.0, "max": 10.0, "step": 5.0}, Given(number=5), None),
        ("scale", {"min": 0.0, "max": 10.0, "step": 5.0}, Given(number=6), "not_a_step"),
        ("rating", {}, Given(number=0), "too_small"),
        ("rating", {}, Given(number=2.5), "not_a_step"),
        ("number", {}, Given(number=-1e9), None),
        ("number", {"min": 0.0}, Given(number=-1), "too_small"),
        ("number", {"step": 0.1}, Given(number=0.3), None),
        ("number", {"step": 0.1, "min": 0.05}, Given(number=0.3), "not_a_step"),
        ("number", {}, Given(number=float("nan")), "not_a_number"),
        ("number", {"max": 1.0}, Given(number=float("inf")), "not_a_number"),
        ("text", {}, Given(text="x" * 2_000), None),
        ("long_text", {}, Given(text="x" * 2_001), "too_long"),
        ("text", {"length": 5}, Given(text="x" * 6), "too_long"),
        ("name", {}, Given(text="x" * 201), "too_long"),
        ("email", {}, Given(text="Ana@Example.ORG"), None),
        ("email", {}, Given(text="ana at example"), "not_an_email"),
        ("phone", {}, Given(text="(312) 555-0182"), None),
        ("phone", {}, Given(text="12"), "not_a_phone"),
        ("time", {}, Given(time="18:00"), None),
        ("time", {}, Given(time="6pm"), "not_a_time"),
        ("date", {}, Given(text="2024-02-29"), None),
        ("date", {}, Given(text="2026-02-29"), "not_a_date"),
        ("date", {}, Given(text="3/4/2026"), "not_a_date"),
        ("datetime", {}, Given(text="2026-09-11T17:00"), None),
        ("datetime", {}, Given(text="2026-09-11T24:00"), "not_a_datetime"),
        ("matrix_single", GRID, Given(cells={"x": ("a",)}), None),
        ("matrix_single", GRID, Given(cells={"x": ("a", "b")}), "one_only"),
        ("matrix_multi", GRID, Given(cells={"x": ("a", "b"), "y": ()}), None),
        ("matrix_multi", GRID | {"most": 1}, Given(cells={"x": ("a", "b")}), "too_many"),
        ("matrix_multi", GRID, Given(cells={"z": ("a",)}), "not_a_row"),
        ("matrix_multi", GRID, Given(cells={"x": ("d",)}), "not_an_option"),
        ("availability", {}, Given(cells={"mon": ("morning", "evening")}), None),
        ("availability", {}, Given(cells={"sun": ("morning",)}), "not_a_row"),
        ("voice", {}, Given(media="rec-1"), None),
        ("note", {}, Given(text="hello"), "unknown"),
        ("number", {}, Given(text="three"), "not_a_number"),
        ("rating", {}, Given(text="good"), "not_a_number"),
        ("single", {"options": ABC}, Given(text="neither"), "not_an_option"),
        ("single", {"options": ABC, "detail": "text"}, Given(text="neither"), None),
        ("time", {}, Given(text="soon"), "not_a_time"),
        ("date", {}, Given(number=3.0), "not_a_date"),
        ("matrix_single", GRID, Given(text="all"), "not_an_option"),
        ("text", {}, Given(number=3.0), "unknown"),
        ("note", {}, Given(), None),
        ("text", {"declinable": False}, DECLINED, "may_not_decline"),
        ("text", {}, DECLINED, None),
        ("text", {}, Given(text="x", about="nobody"), "not_a_child"),
    ],
)
def test_what_fits_a_question_and_what_does_not(
    kind: str, more: dict[str, Any], given: Given, expected: str | None
) -> None:
    assert code(kind, given, **more) == expected


def test_a_problem_says_the_row_and_the_child_it_stands_at() -> None:
    asked = question("matrix_single", **GRID, per_child=True)
    given = Given(
        children={
            "mateo": Given(cells={"x": ("d",), "y": ("a", "b")}),
            "lucia": Given(cells={"x": ("a",)}),
            "sam": Given(),
        }
    )
    found = places([asked], {"q": given}, children=("mateo", "lucia"))
    assert found == {
        "q": [
            Problem("not_an_option", row="x", child="mateo"),
            Problem("one_only", row="y", child="mateo"),
            Problem("not_a_child", child="sam"),
        ]
    }


def test_an_answer_to_a_question_that_was_not_asked_is_unknown() -> None:
    assert problems([], {"q": Given(("a",))}, children=()) == {"q": "unknown"}


@pytest.mark.parametrize(
    ("kind", "more", "given", "seen"),
    [
        ("single", {"options": ABC}, Given(("a",)), "a"),
        ("multi", {"options": ABC}, Given(("a", "c")), ("a", "c")),
        ("ranking", {"options": ABC}, Given(("c", "a", "b")), ("c", "a", "b")),
        ("yes_no", {}, Given(("no",)), False),
        ("consent", {}, Given(("yes",)), True),
        ("scale", {"options": ABC}, Given(("b",)), 2.0),
        ("scale", {"options": [option("low", score=-1.0), option("high", score=1.0)]}, Given(("low",)), -1.0),
        ("rating", {}, Given(number=4), 4.0),
        ("number", {}, Given(number=0.0), 0.0),
        ("text", {}, Given(text="hello"), "hello"),
        ("date", {}, Given(text="2026-09-11"), "2026-09-11"),
        ("time", {}, Given(time="18:00"), "18:00"),
        ("voice", {}, Given(media="rec-1"), "rec-1"),
        ("matrix_single", GRID, Given(cells={"x": ("a",), "y": ()}), {"x": "a"}),
        ("matrix_multi", GRID, Given(cells={"x": ("a", "b")}), {"x": ("a", "b")}),
        ("single", {"options": ABC}, DECLINED, None),
        ("multi", {"options": ABC}, Given(), None),
        ("matrix_single", GRID, Given(cells={"x": ()}), None),
        ("text", {"per_child": True}, Given(children={"mateo": Given(text="m"), "lucia": DECLINED}), {"mateo": "m"}),
        ("text", {"per_child": True}, Given(text="both"), "both"),
    ],
)
def test_what_a_condition_sees_of_an_answer(kind: str, more: dict[str, Any], given: Given, seen: Any) -> None:
    assert scalar(question(kind, **more), given) == seen


def test_what_was_not_asked_for_is_not_kept() -> None:
    everything = Given(
        ("a", "a"), "words", "18:00", "mateo", number=3.0, cells={"x": ("a", "a"), "y": ()}, media="rec-1"
    )  # fmt: skip
    assert fitted(question("single", options=ABC), everything) == Given(("a",), about="mateo")
    assert fitted(question("number"), everything) == Given(number=3.0, about="mateo")
    assert fitted(question("matrix_multi", **GRID), everything) == Given(cells={"x": ("a",)}, about="mateo")
    assert fitted(question("voice"), everything) == Given(text="words", about="mateo", media="rec-1")
    assert fitted(question("note"), everything) == Given(about="mateo")
    assert fitted(question("text"), Given(text="x", declined=True)) == DECLINED


def test_contact_points_are_kept_in_one_way_of_writing() -> None:
    assert fitted(question("phone"), Given(text="(312) 555-0182")).text == "+13125550182"
    assert fitted(question("email"), Given(text=" Ana@Example.ORG ")).text == "Ana@example.org"
    assert fitted(question("date"), Given(text="٢٠٢٦-٠٩-١١")).text == "2026-09-11"


def test_siblings_are_asked_once_and_one_tick_answers_for_all() -> None:
    asked = question("single", options=ABC, per_child=True)
    both = Given(children={"mateo": Given(("a",)), "lucia": Given(("a",))})
    assert (
        fitted(asked, Given(("a",)), children=("mateo", "lucia"))
        == both
        == same_for_all(Given(("a",)), ("mateo", "lucia"))
    )
    assert fitted(asked, Given(("a",))) == Given(("a",))  # nothing is lost while nobody says who the children are
    one = Given(children={"mateo": Given(("a",)), "lucia": Given()})
    assert fitted(asked, one).children == {"mateo": Given(("a",))}
    assert not one.empty and Given(children={"mateo": Given()}).empty


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (read_number, "3,5", 3.5), (read_number, "٣", 3.0), (read_number, "-2", -2.0), (read_number, "1,000.5", None),
        (read_number, "1e5", None), (read_number, "", None), (read_number, "nan", None), (read_number, "٣٫٥", 3.5),
        (read_date, " 2026-09-11 ", "2026-09-11"), (read_date, "20260911", None), (read_date, "2026-W37-5", None),
        (read_datetime, "2026-09-11 17:00", "2026-09-11T17:00"), (read_datetime, "2026-09-11", None),
        (read_email, "a@b.example", "a@b.example"), (read_email, "a@" + "b" * 260 + ".org", None),
        (read_phone, "+84 28 3829 5555", "+842838295555"), (read_phone, "call me", None),
    ],
)  # fmt: skip
def test_numbers_days_and_addresses_are_read_as_people_write_them(read: Any, text: str, expected: Any) -> None:
    assert read(text) == expected


@given(st.data())
def test_every_fitting_answer_survives_storing_and_stays_fitting(data: st.DataObject) -> None:
    asked = data.draw(questions())
    answer = data.draw(answers_to(asked))
    assert problems([asked], {asked.id: answer}, children=CHILDREN) == {}
    kept = fitted(asked, answer, children=CHILDREN)
    assert given_of(json.loads(json.dumps(kept.plain()))) == kept
    assert problems([asked], {asked.id: kept}, children=CHILDREN) == {}
    assert fitted(asked, kept, children=CHILDREN) == kept
    assert kept.empty == answer.empty
    assert (scalar(asked, kept) is None) == (scalar(asked, answer) is None)


@given(
    st.builds(
        Given,
        st.lists(st.text(max_size=4), max_size=3).map(tuple),
        st.none() | st.text(max_size=30),
        st.none() | st.text(max_size=6),
        number=st.none() | st.floats(),
        cells=st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=3), max_size=3).map(tuple), max_size=2),
        media=st.none() | st.text(max_size=5),
    ),
    st.sampled_from(list(QuestionType)),
)
def test_no_answer_whatever_it_holds_breaks_the_check(answer: Given, kind: QuestionType) -> None:
    more: dict[str, Any] = GRID if kind in GRIDS else {"options": ABC} if kind in CHOICES else {}
    asked = question(kind, **more)
    if not problems([asked], {"q": answer}, children=()):
        assert problems([asked], {"q": fitted(asked, answer)}, children=()) == {}


def test_every_reason_has_kind_words_in_every_language_and_a_line_in_the_docs() -> None:
    source = Path(answers.__file__).read_text("utf-8")
    codes = {*re.findall(r'Problem\("(\w+)"', source), *(code for code, _ in answers._READERS.values())}
    assert len(codes) > 15
    documented = (Path(answers.__file__).parents[3] / "docs" / "surveys-definitions.md").read_text("utf-8")
    for each in sorted(codes):
        assert each in documented
        for language, texts in catalogue(LOCALE).items():
            assert texts.get(f"error.{each}"), (language, each)
