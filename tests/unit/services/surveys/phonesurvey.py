"""A survey with every kind of question that a telephone can ask, and a walk through it without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.surveys import expressions
from services.surveys.domain.answers import Answers, problems
from services.surveys.domain.definition import Question, Survey, survey_of
from services.surveys.domain.reading import Reader
from services.surveys.domain.walk import Setting
from services.surveys.domain.walk_prompts import Asked
from services.surveys.words import vocabulary

TODAY = date(2026, 9, 1)
CHILDREN = {"s-mateo": "Mateo", "s-lucia": "Lucia"}


def texts(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} (es)"}


def choices(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "digit": place, "label": texts(value)} for place, value in enumerate(values, 1)]


def question(kind: str, *, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": name or kind, "type": kind, "text": texts(f"About {kind}?"), "why": texts("why"), **more}


DAYS = [{"value": "mon", "label": texts("Mon")}, {"value": "tue", "label": texts("Tue")}, {"value": "wed", "label": texts("Wed")}]
KINDS: tuple[dict[str, Any], ...] = (
    question("single", options=choices("red", "green", "blue")),
    question("multi", options=choices("red", "green", "blue")),
    question("yes_no"),
    question("consent"),
    question("language", options=choices("en", "es")),
    question("ranking", options=choices("red", "green", "blue")),
    question("scale", min=1, max=5),
    question("rating", max=5),
    question("number", min=0, max=20),
    question("text"),
    question("long_text"),
    question("name"),
    question("email"),
    question("phone"),
    question("time"),
    question("date"),
    question("datetime"),
    question("matrix_single", rows=DAYS, options=choices("good", "bad")),
    question("matrix_multi", rows=DAYS[:2], options=choices("good", "bad", "ugly")),
    question("availability", rows=DAYS, options=choices("morning", "noon", "evening")),
    question("voice"),
    question("note"),
)


def survey(*questions: Mapping[str, Any]) -> Survey:
    content = {"survey": "phones", "kind": "other", "languages": ["en", "es"], "title": texts("t"), "intro": texts("i")}
    return survey_of({**content, "questions": [dict(each) for each in questions]})


def kind(name: str) -> Question:
    return survey(next(each for each in KINDS if each["type"] == name)).questions[0]


def setting(
    asked: Survey, *, language: str = "en", children: Mapping[str, str] | None = None, spoken: bool = False
) -> Setting:
    """The same conditions and checks as the service's."""
    named = dict(children if children is not None else {"s-mateo": "Mateo"})

    def applicable(answers: Answers) -> Sequence[Asked]:
        now = expressions.situation(asked, answers, TODAY, children=tuple(named))
        return [(each, now.children.get(each.id, ())) for each in now.questions]

    def wrong(answers: Answers, which: Question, complete: bool) -> str | None:
        found = problems([which], {which.id: answers[which.id]}, children=tuple(named))
        if found or not complete:
            return found.get(which.id)
        return expressions.faults(asked, answers, TODAY, children=tuple(named)).get(which.id)

    return Setting(language, vocabulary(language), TODAY, applicable, wrong, named, spoken)


def reader(language: str = "en") -> Reader:
    return Reader(language, vocabulary(language), TODAY)
