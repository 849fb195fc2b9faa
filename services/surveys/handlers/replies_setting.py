"""An opened survey as a walk on the telephone is held in it: the same conditions and checks as the page's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.surveys import expressions
from services.surveys.domain.answers import Answers, problems
from services.surveys.domain.definition import ABOUT_PARENT, Mode, Privacy, Question
from services.surveys.domain.walk import Setting
from services.surveys.domain.walk_prompts import Asked
from services.surveys.handlers.life import Opening
from services.surveys.store import phones
from services.surveys.words import vocabulary
from shared.messaging.uow import UnitOfWork


def setting_of(opening: Opening, language: str, *, spoken: bool = False) -> Setting:
    """`spoken`: on the telephone."""
    survey, today = opening.survey, opening.today
    children = tuple(opening.children)
    allowed = {each.id for each in opening.questions}
    private = {each.id for each in opening.questions if each.tag == ABOUT_PARENT}

    def applicable(answers: Answers) -> Sequence[Asked]:
        seen = {key: given for key, given in answers.items() if key in allowed}
        now = expressions.situation(survey, seen, today, children=children)
        # who declines a question about the parent is asked none of that kind any more, from that moment
        bounded = any(seen[key].declined for key in private if key in seen)
        put = [each for each in now.questions if each.id in allowed and not (bounded and each.id in private - seen.keys())]
        return [(each, now.children.get(each.id, ())) for each in put]

    def wrong(answers: Answers, question: Question, complete: bool) -> str | None:
        found = problems([question], {question.id: answers[question.id]}, children=children)
        if found or not complete:
            return found.get(question.id)
        seen = {key: given for key, given in answers.items() if key in allowed}
        return expressions.faults(survey, seen, today, children=children).get(question.id)

    return Setting(language, vocabulary(language), today, applicable, wrong, opening.children, spoken)


def walk_row(uow: UnitOfWork, opening: Opening) -> dict[str, Any]:
    """Where the walk stands: its row, or a new one."""
    kept = phones.walk(uow.connection, opening.assignment.assignment_id)
    if kept is not None:
        return kept
    return {
        "assignment_id": opening.assignment.assignment_id,
        "asked": opening.draft.asked,  # a walk that began before walks had a table
        "asked_at": None,
        "misses": opening.draft.misses,
        "sent": 0,
        "passed": [],
        "last": None,
        "resume_at": None,
        "thanked_at": None,
    }


def goes_by(opening: Opening, mode: Mode) -> bool:
    """Whether the survey may be answered in this way. An anonymous one is answered on its page: texts and calls are kept by
    number and minute, and a voice is known to those who hear it."""
    return mode in opening.survey.modes and opening.survey.identified is not Privacy.ANONYMOUS
