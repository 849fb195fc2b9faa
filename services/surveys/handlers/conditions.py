"""A survey's conditions on a set of answers: what applies, what is missing or does not hold, which quotas it counts to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Question, Quota, Survey
from services.surveys.domain.given import Given, scalar

_NOTHING = Given()


def applying(survey: Survey, questions: Sequence[Question], answers: Answers, today: date) -> tuple[Question, ...]:
    """Of these questions, those whose conditions hold given these answers; what a boundary hides counts as empty."""
    if not any(question.visible_if for question in questions):
        return tuple(questions)
    from services.surveys import expressions

    allowed = {question.id for question in questions}
    return tuple(each for each in expressions.shown(survey, answers, today) if each.id in allowed)


def refused(survey: Survey, questions: Sequence[Question], answers: Answers, today: date) -> dict[str, str]:
    """A code for each question that must be answered and is not, or whose constraint does not hold."""
    if not any(question.required_if or question.constraint for question in questions):
        return {}
    from services.surveys import expressions

    allowed = {question.id for question in questions}
    found = expressions.faults(survey, answers, today)
    return {key: code for key, code in found.items() if key in allowed}


def quotas_met(survey: Survey, questions: Sequence[Question], answers: Answers, today: date) -> list[Quota]:
    """The quotas that these answers count to."""
    if not survey.quotas:
        return []
    from services.surveys.expressions import Context

    values = {each.id: scalar(each, answers.get(each.id, _NOTHING)) for each in questions}
    return [quota for quota in survey.quotas if _condition(quota.condition)(values, Context(today=today))]


@lru_cache(maxsize=512)
def _condition(text: str) -> Callable[..., Any]:
    from services.surveys import expressions

    return expressions.compile(expressions.parse(text))
