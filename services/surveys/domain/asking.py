"""Which questions may be put to whom: boundaries and what was declined are obeyed at every step, not only once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.surveys.domain.definition import ABOUT_PARENT, Question, Survey
from services.surveys.domain.effects import Scope


class NotAsked(StrEnum):
    """Why a guardian is not asked a survey."""

    NO_SURVEYS = "no_surveys"
    NO_CHILD = "no_child"  # a contact restriction stands before each of them
    NO_QUESTION = "no_question"


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask, and about which children."""

    question_ids: tuple[str, ...]
    student_ids: tuple[str, ...]


def visible(
    questions: Sequence[Question], *, boundaries: Collection[str], declined: Collection[str] = ()
) -> tuple[Question, ...]:
    """Questions that may still be put: none about the parent after `student_only`, none that was declined before."""
    if Scope.NO_SURVEYS in boundaries:
        return ()
    keep_to_child = Scope.STUDENT_ONLY in boundaries
    return tuple(
        question
        for question in questions
        if question.id not in declined and not (keep_to_child and question.tag == ABOUT_PARENT)
    )


def ask(
    survey: Survey, *, children: Sequence[str], boundaries: Collection[str], declined: Collection[str]
) -> Ask | NotAsked:
    """One assignment for all `children` about whom this guardian may be contacted, or the reason for none."""
    if Scope.NO_SURVEYS in boundaries:
        return NotAsked.NO_SURVEYS
    if not children:
        return NotAsked.NO_CHILD
    questions = visible(survey.questions, boundaries=boundaries, declined=declined)
    if not questions:
        return NotAsked.NO_QUESTION
    return Ask(tuple(question.id for question in questions), tuple(sorted(set(children))))
