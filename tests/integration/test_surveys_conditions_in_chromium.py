"""The script of the conditions in a real browser: what it shows of a form is what the server shows of the same form, sent."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page

from services.surveys.domain.definition import Question, Survey, survey_of
from services.surveys.expressions import code, faults, rules, situation
from services.surveys.web.form import read
from shared.benches.agreement_cases import CHILDREN, TODAY, case
from tests.browser import PHONE, chromium, open_context

FILLS = 6
SET = """fields => {
  for (const e of document.querySelectorAll('form [name]')) {
    const wanted = fields[e.name] || [];
    if (/radio|checkbox/.test(e.type)) e.checked = wanted.includes(e.value); else e.value = wanted[0] || '';
  }
  document.forms[0].dispatchEvent(new Event('change'));
}"""
SENT = "() => [...new FormData(document.forms[0])]"  # as the browser would send it: nothing of what is disabled
OPEN = "() => [...document.querySelectorAll('fieldset:not([hidden])')].map(e => e.id)"
FAULTS = "() => Object.fromEntries([...document.querySelectorAll('form > fieldset')].map(e => [e.id.slice(2), e.dataset.fault]))"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser, open_context(browser, size=PHONE, language="ar") as context:
        yield context.new_page()


@pytest.mark.parametrize("seed", range(12))
def test_the_page_shows_what_the_server_would_show_of_the_form_it_sends(page: Page, seed: int) -> None:
    draw = Random(seed)
    survey = case(draw, shared=False).survey
    page.set_content(form_of(survey))
    for _ in range(FILLS):
        page.evaluate(SET, dict(filled(survey, draw)))
        sent: dict[str, list[str]] = {}
        for name, value in page.evaluate(SENT):
            sent.setdefault(name, []).append(value)
        answers = {question.id: read(sent, question, CHILDREN) for question in survey.questions}
        now = situation(survey, answers, TODAY, children=CHILDREN)
        wanted = {f"q-{question.id}" for question in now.questions}
        wanted |= {f"q-{name}-{child}" for name, children in now.children.items() for child in children}
        assert set(page.evaluate(OPEN)) & _boxes(survey, now) == wanted
        told = {name: fault for name, fault in page.evaluate(FAULTS).items() if fault}
        assert told == faults(survey, answers, TODAY, children=CHILDREN)


def _boxes(survey: Survey, now: Any) -> set[str]:
    """A panel inside a closed question is closed with it, whatever it says of itself."""
    shown = {question.id for question in now.questions}
    panels = {
        f"q-{each.id}-{child}" for each in survey.questions if each.per_child and each.id in shown for child in CHILDREN
    }
    return {f"q-{each.id}" for each in survey.questions} | panels


def form_of(survey: Survey) -> str:
    """Fields named as services/surveys/web/form.py reads them, and the conditions as the page carries them."""
    written = html.escape(json.dumps(rules(survey, TODAY, children=CHILDREN)))
    groups = "".join(_group(question) for question in survey.questions)
    return f'<form data-rules="{written}">{groups}</form><script>{code().decode()}</script>'


def _group(question: Question) -> str:
    inner = "".join(
        f'<fieldset id="q-{question.id}-{child}">{_controls(question, f"{question.id}@{child}")}</fieldset>'
        for child in CHILDREN
    )
    extra = f'<input type="checkbox" name="{question.id}.same" value="1">' if question.per_child else ""
    declined = f'<input type="checkbox" name="{question.id}.declined" value="1">'
    controls = inner if question.per_child else _controls(question, question.id)
    return f'<fieldset id="q-{question.id}">{extra}{controls}{declined}</fieldset>'


def _controls(question: Question, name: str) -> str:
    return "".join(
        f'<input type="{kind}" name="{full}" value="{value}">' for kind, full, value in _inputs(question, name)
    )


def _inputs(question: Question, name: str) -> Iterator[tuple[str, str, str]]:
    kind = question.type.value
    if kind in ("single", "multi", "yes_no"):
        values = [option.value for option in question.options] or ["yes", "no"]
        yield from (("checkbox" if kind == "multi" else "radio", name, value) for value in values)
    elif kind == "matrix_single":
        yield from (
            ("radio", f"{name}:{row.value}", option.value) for row in question.rows for option in question.options
        )
    elif kind in ("number", "rating"):
        yield "text", name, ""
    elif kind == "time":
        yield "time", f"{name}.time", ""
    else:
        yield {"date": "date", "datetime": "datetime-local"}.get(kind, "text"), f"{name}.text", ""


def filled(survey: Survey, draw: Random) -> Iterator[tuple[str, list[str]]]:
    """Values as people type them: numbers in digits of three scripts, a word that is no number, dates, ticks."""
    typed = {
        "number": ["3", "-2.5", "٣", "۱۲", "૨૦", "2,5", "many"],
        "rating": ["4", "٥"],
        "date": ["2026-03-08", "2012-12-31"],
    }
    typed |= {"time": ["07:30", "17:45"], "datetime": ["2026-03-08T02:30"], "text": ["maple", " ELM street", "🙂a🙂b"]}
    for question in survey.questions:
        for name in [question.id, *(f"{question.id}@{child}" for child in CHILDREN)]:
            inputs = list(_inputs(question, name))
            for full in {full for _, full, _ in inputs}:
                values = [value for _, other, value in inputs if other == full]
                if draw.random() < 0.75:
                    several = question.type.value == "multi"
                    some = draw.sample(values, draw.randint(1, len(values)) if several else 1)
                    yield full, some if values[0] else [draw.choice(typed.get(question.type.value, typed["text"]))]
        if draw.random() < 0.1:
            yield f"{question.id}.declined", ["1"]
        if question.per_child and draw.random() < 0.2:
            yield f"{question.id}.same", ["1"]


@pytest.mark.parametrize(
    ("question", "condition", "fields"),
    [
        ({"type": "number"}, "{x} = 20", {"x": ["20"]}),
        ({"type": "number"}, "{x} = 20", {"x": ["٢٠"]}),
        ({"type": "number"}, "{x} = 20", {"x": ["۲۰"]}),
        ({"type": "number"}, "{x} = 20", {"x": ["૨૦"]}),
        ({"type": "number"}, "{x} = 2.5", {"x": ["٢٫٥"]}),
        ({"type": "number"}, "{x} = -2.5", {"x": ["-2,5"]}),
        ({"type": "number"}, "{x} empty", {"x": ["many"]}),
        ({"type": "scale", "options": ["never", "often"]}, "{x} = 2", {"x": ["often"]}),
        ({"type": "matrix_single", "options": ["red", "blue"], "rows": ["bus"]}, "{x.bus} = 'blue'", {"x:bus": ["blue"]}),
        ({"type": "matrix_multi", "options": ["red", "blue"], "rows": ["bus"]}, "{x.bus} allof ['red', 'blue']", {"x:bus": ["red", "blue"]}),
        ({"type": "availability", "options": ["red", "blue"], "rows": ["bus"]}, "{x.bus} contains 'red'", {"x:bus": ["red"]}),
        ({"type": "ranking", "options": ["red", "blue"]}, "{x} contains 'blue'", {"x:blue": ["1"], "x:red": ["2"]}),
        ({"type": "consent"}, "{x}", {"x": ["yes"]}),
        ({"type": "email"}, "{x} contains '@example'", {"x.text": ["a@example.org"]}),
        ({"type": "time"}, "{x} >= '17:00'", {"x.time": ["17:45"]}),
        ({"type": "date"}, "age({x}) = 12", {"x.text": ["2014-03-01"]}),
    ],
)  # fmt: skip
def test_every_kind_of_field_is_read(
    page: Page, question: dict[str, Any], condition: str, fields: dict[str, list[str]]
) -> None:
    words = {"en": "T"}
    labelled = {key: [{"value": each, "label": words} for each in question.get(key, ())] for key in ("options", "rows")}
    survey = survey_of(
        {
            "survey": "s", "kind": "form", "languages": ["en"], "title": words, "intro": words,
            "questions": [
                {"id": "x", "text": words, **question, **labelled},
                {"id": "then", "type": "text", "text": words, "visible_if": condition},
            ],
        }
    )  # fmt: skip
    typed = "".join(
        f'<input type="{"checkbox" if question["type"] in ("consent", "matrix_multi", "availability") else "text"}" '
        f'name="{name}" value="{value if question["type"] in ("consent", "matrix_multi", "availability") else ""}">'
        for name, values in fields.items()
        for value in values
    )
    written = html.escape(json.dumps(rules(survey, TODAY)))
    page.set_content(
        f'<form data-rules="{written}"><fieldset id="q-x">{typed}</fieldset>'
        f'<fieldset id="q-then"></fieldset></form><script>{code().decode()}</script>'
    )
    if condition != "{x} empty":
        assert not page.locator("#q-then").is_visible()
    page.evaluate(SET, fields)
    assert page.locator("#q-then").is_visible()
    answers = {"x": read(fields, survey.questions[0], ())}
    assert [each.id for each in situation(survey, answers, TODAY).questions] == ["x", "then"]
