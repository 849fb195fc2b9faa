"""A survey answered by text message, question by question, through the walk that families are walked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

walking = import_module("services.surveys.domain.walk")
words = import_module("services.surveys.words")
expressions = import_module("services.surveys.expressions")

MOST = 60  # texts; a walk of a few questions that takes more goes in a circle


def walked(survey: Any, answers: Mapping[str, Any], today: date, children: Sequence[str]) -> dict[str, Any] | None:
    """What the walk held at its end, after each question that it put was answered as in `answers` or skipped; None where it
    did not come to an end. Constraints are left out: an answer that does not fulfil one is asked for again."""
    plain = replace(
        survey, questions=tuple(replace(each, constraint=None, required_if=None) for each in survey.questions)
    )
    by_id = {each.id: each for each in plain.questions}

    def applicable(so_far: Mapping[str, Any]) -> list[tuple[Any, tuple[str, ...]]]:
        now = expressions.situation(plain, so_far, today, children=children)
        return [(each, now.children.get(each.id, ())) for each in now.questions]

    names = {child: f"Child{place}" for place, child in enumerate(children)}
    setting = walking.Setting("en", words.vocabulary("en"), today, applicable, children=names, spoken=False)
    step = walking.begin(walking.Walk(), {}, setting)
    for _ in range(MOST):
        if step.outcome is walking.Outcome.SUBMIT:
            return dict(step.answers)
        if step.outcome is not walking.Outcome.ASK or step.prompt is None:
            return None
        text = reply(by_id[step.prompt.question.id], answers.get(step.prompt.question.id), step.prompt)
        sent = replace(step.walk, sent=0)  # as many as there are: the real walk goes on to the page after ten
        step = walking.step(sent, step.answers, text, setting)
    return None


def reply(question: Any, wanted: Any, prompt: Any) -> str:
    """How somebody would text this answer."""
    if wanted is not None and prompt.child is not None and not wanted.declined:
        wanted = wanted.children.get(prompt.child)
    if wanted is None or wanted.declined or wanted.empty:
        return "skip"
    values = wanted.cells.get(prompt.row.value, ()) if prompt.row is not None else wanted.values
    if prompt.row is not None and not values:
        return "skip"
    if values and question.options:
        places = {option.value: option.digit for option in question.options}
        return " ".join(str(places[value]) for value in values)
    if values:
        return str(values[0])
    if wanted.number is not None:
        return str(expressions.number_text(wanted.number))
    return str(wanted.time or wanted.text)
