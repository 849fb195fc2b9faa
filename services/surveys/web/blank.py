"""The questions of a form as HTML: drawn once per version, language and page for everybody who has not answered yet.

Most who open a link open it for the first time, thousands of them within the hour of an invitation; what they see differs
in nothing but the hidden fields around the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Question
from services.surveys.domain.kinds import Rule
from shared.web import Request
from shared.web.templating import render

MOST = 1_024  # drawn pages kept, a few kilobytes each
_drawn: dict[tuple[Any, ...], Markup] = {}


def questions_html(
    request: Request,
    questions: Sequence[Question],
    fields: Callable[[], list[dict[str, Any]]],
    *,
    version: str,
    answers: Answers,
    faults: Mapping[str, str],
    before: Collection[str],
    children: Sequence[tuple[str, str]],
    open_ids: Collection[str],
) -> Markup:
    """`fields` says what the template shows of each question; it is asked only where the page is drawn anew."""

    def draw() -> Markup:
        html = render(request, "surveys/questions.html", title="", questions=fields(), children=children, faults=faults)
        return Markup(html)

    if faults or before or any(not given.empty for given in answers.values()) or _names_children(questions, children):
        return draw()
    key = (version, request.locale, tuple((question.id, question.id in open_ids) for question in questions))
    found = _drawn.get(key)
    if found is None:
        if len(_drawn) >= MOST:
            _drawn.pop(next(iter(_drawn)), None)
        found = _drawn[key] = draw()
    return found


def _names_children(questions: Sequence[Question], children: Sequence[tuple[str, str]]) -> bool:
    """Whether the family's own names stand in the questions: such a page is nobody else's."""
    return any(
        question.per_child or (len(children) > 1 and any(effect.rule is Rule.CONCERN for effect in question.effects))
        for question in questions
    )
