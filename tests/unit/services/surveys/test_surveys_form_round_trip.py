"""What a page shows and a browser sends back unchanged is the answer that was there; random answers fit the fields."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.surveys.domain.answers import fitted, problems
from services.surveys.domain.definition import Question, survey_of
from services.surveys.domain.given import Given, given_of
from services.surveys.domain.kinds import QuestionType
from services.surveys.tables import DRAFT
from services.surveys.web.form import misread, read
from tests.unit.services.surveys.surveyhouse import SENT, House
from tests.unit.services.surveys.surveykinds import CONTENT, put_to

CHILDREN = ("s-lucia", "s-mateo")
SURVEY = survey_of(CONTENT)
ANSWERS: dict[str, Any] = {
    "way": {"values": ["walk"]},
    "far": {"number": 20.5},
    "helps": {"values": ["bus", "car"]},
    "internet": {"values": ["no"]},
    "speech": {"values": ["ar"]},
    "order": {"values": ["evening", "morning", "afternoon"]},
    "trust": {"number": 4},
    "stars": {"number": 5},
    "sure": {"children": {"s-mateo": {"values": ["yes"]}, "s-lucia": {"values": ["no"]}}},
    "call_name": {"text": 'Ana "Anita" <R>'},
    "mail": {"text": "ana@example.org"},
    "number": {"text": "+13125550111"},
    "after": {"time": "18:00"},
    "start": {"text": "2026-09-01"},
    "visit": {"text": "2026-10-01T09:30"},
    "times": {"cells": {"mon": ["morning", "evening"], "thu": ["afternoon"]}},
    "like": {"cells": {"reading": ["some"]}},
    "with": {"cells": {"math": ["morning"]}},
    "short": {"text": "drawing"},
    "story": {"text": "two\nlines & more"},
    "say": {"text": "Thank you"},
    "share": {"declined": True},
}


class Sent(HTMLParser):
    """The fields that a browser would send from the survey's form (WHATWG HTML 4.10.21.4), button aside."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._in_form, self._closed, self._depth = False, 0, 0
        self._select: str | None = None
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self._in_form = have.get("id") == "survey"
        elif tag == "fieldset":
            self._depth += 1
            if "disabled" in have and not self._closed:
                self._closed = self._depth
        if not self._in_form or self._closed:
            return
        name, value = have.get("name"), have.get("value") or ""
        if tag == "input" and name and (have.get("type") not in ("radio", "checkbox") or "checked" in have):
            self.fields.setdefault(name, []).append(value)
        elif tag == "select":
            self._select = name
            self.fields[str(name)] = [""]
        elif tag == "option" and self._select and "selected" in have:
            self.fields[self._select] = [value]
        elif tag == "textarea":
            self._area = name
            self.fields[str(name)] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset":
            if self._closed == self._depth:
                self._closed = 0
            self._depth -= 1
        elif tag == "form":
            self._in_form = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data


def test_a_page_sent_back_as_it_came_changes_nothing_in_any_language(house: House) -> None:
    house.clock.advance_to(SENT)
    link = put_to(house)
    house.anyone().post(link, json={"answers": ANSWERS, "wish": "save"})
    before = {key: given_of(plain) for key, plain in house.rows(DRAFT)[0].answers.items()}
    assert len(before) == len(ANSWERS)
    for language in ("en", "ar"):
        for place in range(3):
            form = Sent(house.anyone().get(f"{link}?lang={language}&page={place}").text).fields
            assert form["_page"] == [str(place)]
            posted = house.anyone().post(f"{link}?lang={language}", form={**form, "wish": "save"})
            assert posted.status_code == 303
    assert {key: given_of(plain) for key, plain in house.rows(DRAFT)[0].answers.items()} == before


def fields_for(question: Question, each: Given, name: str) -> dict[str, list[str]]:
    """The fields that a person would leave behind who gives this answer."""
    form: dict[str, list[str]] = {}
    if question.type is QuestionType.RANKING:
        form |= {f"{name}:{value}": [str(place)] for place, value in enumerate(each.values, 1)}
    elif each.values:
        form[name] = list(each.values)
    if each.number is not None:
        form[name] = [f"{each.number:g}"]
    if each.text:
        form[f"{name}.text"] = [each.text]
    if each.time:
        form[f"{name}.time"] = [each.time]
    return form | {f"{name}:{row}": list(values) for row, values in each.cells.items()}


@st.composite
def answered(draw: st.DrawFn) -> tuple[Question, Given]:
    question = draw(st.sampled_from([each for each in SURVEY.questions if each.type is not QuestionType.NOTE]))
    options = [option.value for option in question.options]
    match question.type:
        case QuestionType.RANKING:
            return question, Given(values=tuple(draw(st.permutations(options))))
        case QuestionType.MULTI:
            return question, Given(values=tuple(draw(st.lists(st.sampled_from(options), unique=True, max_size=2))))
        case QuestionType.YES_NO:
            return question, Given(values=(draw(st.sampled_from(["yes", "no"])),))
        case QuestionType.CONSENT:
            return question, Given(values=("yes",))
        case QuestionType.NUMBER:
            return question, Given(number=float(draw(st.integers(0, 240))))
        case QuestionType.RATING:
            return question, Given(number=float(draw(st.integers(1, 5))))
        case QuestionType.MATRIX_SINGLE:
            return question, Given(cells={row.value: (draw(st.sampled_from(options)),) for row in question.rows})
        case QuestionType.MATRIX_MULTI | QuestionType.AVAILABILITY:
            cell = st.lists(st.sampled_from(options), unique=True, min_size=1).map(tuple)
            return question, Given(cells={row.value: draw(cell) for row in question.rows})
        case QuestionType.TIME:
            return question, Given(time=draw(st.times()).strftime("%H:%M"))
        case QuestionType.DATE:
            return question, Given(text=draw(st.dates()).isoformat())
        case QuestionType.DATETIME:
            return question, Given(text=draw(st.datetimes()).isoformat(timespec="minutes"))
        case QuestionType.EMAIL:
            return question, Given(text="ana@example.org")
        case QuestionType.PHONE:
            return question, Given(text="+13125550111")
        case _ if options:
            return question, Given(values=(draw(st.sampled_from(options)),))
        case QuestionType.SCALE:
            return question, Given(number=float(draw(st.integers(1, 5))))
    words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=100)
    return question, Given(text=draw(words))


@given(asked=answered(), same=st.booleans())
def test_any_fitting_answer_comes_out_of_its_fields_as_it_was_meant(asked: tuple[Question, Given], same: bool) -> None:
    question, meant = asked
    if question.per_child:
        form = fields_for(question, meant, f"{question.id}@{CHILDREN[0]}")
        if same:
            form[f"{question.id}.same"] = ["1"]
        wanted = Given(children=dict.fromkeys(CHILDREN if same else CHILDREN[:1], meant))
    else:
        form, wanted = fields_for(question, meant, question.id), meant
    found = read(form, question, CHILDREN)
    assert misread(form, [question]) == {}
    assert problems([question], {question.id: found}, children=CHILDREN) == {}
    assert fitted(question, found, children=CHILDREN) == fitted(question, wanted, children=CHILDREN)


@given(form=st.dictionaries(st.sampled_from([f"{q.id}{part}" for q in SURVEY.questions for part in ("", ".text", ".time", ".about", ".same", ".declined", ":mon", ":morning", "@s-mateo", "@s-x")]), st.lists(st.text(max_size=12), max_size=3)))  # fmt: skip
def test_no_form_whatsoever_breaks_the_reading(form: dict[str, list[str]]) -> None:
    answers = {question.id: read(form, question, CHILDREN) for question in SURVEY.questions}
    problems(SURVEY.questions, answers, children=CHILDREN)
    assert set(misread(form, SURVEY.questions)) <= {question.id for question in SURVEY.questions}
    assert all(set(answer.children) <= set(CHILDREN) for answer in answers.values())
