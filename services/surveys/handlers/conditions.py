"""A survey's conditions on a set of answers: what applies, what is missing or does not hold, which quotas it counts to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.surveys import expressions
from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Question, Quota, Survey
from services.surveys.domain.given import Given


def applying(
    survey: Survey, questions: Sequence[Question], answers: Answers, today: date, *, children: Sequence[str] = ()
) -> tuple[Question, ...]:
    """Of these questions, those whose conditions hold given these answers; what a boundary hides counts as empty.
    `children` are those of the assignment: a per-child question applies if it does for one of them."""
    if not any(question.visible_if for question in questions):
        return tuple(questions)
    allowed = {question.id for question in questions}
    return tuple(each for each in expressions.shown(survey, answers, today, children=children) if each.id in allowed)


def applicable(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> dict[str, Given]:
    """The answers without those to questions that do not apply, or that do not apply to that child."""
    return expressions.kept(survey, answers, today, children=children)


def refused(
    survey: Survey, questions: Sequence[Question], answers: Answers, today: date, *, children: Sequence[str] = ()
) -> dict[str, str]:
    """A code for each question that must be answered and is not, or whose constraint does not hold."""
    if not any(question.required_if or question.constraint for question in questions):
        return {}
    allowed = {question.id for question in questions}
    found = expressions.faults(survey, answers, today, children=children)
    return {key: code for key, code in found.items() if key in allowed}


def quotas_met(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> list[Quota]:
    """The quotas that these answers count to."""
    return [
        quota for quota in survey.quotas if expressions.holds(survey, quota.condition, answers, today, children=children)
    ]
