"""A survey walked by text message: one question at a time, two re-prompts, then the link."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.asking import visible
from services.surveys.domain.definition import ABOUT_PARENT, Question
from services.surveys.domain.effects import Scope
from services.surveys.domain.reading import read_reply

REPROMPTS = 2


class Outcome(StrEnum):
    ASK = "ask"
    ASK_AGAIN = "ask_again"
    SEND_LINK = "send_link"
    SILENT = "silent"  # the link was sent already: more texts would only cost money and patience
    SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class Walk:
    """`asked` is the open question (None: not begun); `misses` how often in a row it was not understood."""

    asked: str | None = None
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    walk: Walk
    answers: Answers
    outcome: Outcome
    question: Question | None = None


def step(
    walk: Walk, questions: Sequence[Question], answers: Answers, text: str, *, language: str, skip_words: Collection[str]
) -> Step:
    """What one reply does. The first reply only begins; answers given elsewhere (a web draft) are not asked again."""
    current = next((question for question in questions if question.id == walk.asked), None)
    if current is None:
        return _onwards(walk, questions, answers)
    given = read_reply(current, text, language, skip_words)
    if given is None:
        return _missed(walk, current, answers)
    return _onwards(walk, questions, {**answers, current.id: given})


def _missed(walk: Walk, question: Question, answers: Answers) -> Step:
    misses = walk.misses + 1
    outcome = Outcome.ASK_AGAIN if misses <= REPROMPTS else Outcome.SEND_LINK
    if misses > REPROMPTS + 1:
        outcome = Outcome.SILENT
    return Step(replace(walk, misses=misses), answers, outcome, question)


def _onwards(walk: Walk, questions: Sequence[Question], answers: Answers) -> Step:
    following = next((q for q in remaining(questions, answers)), None)
    if following is None:
        return Step(Walk(walk.asked), answers, Outcome.SUBMIT)
    return Step(Walk(following.id), answers, Outcome.ASK, following)


def remaining(questions: Sequence[Question], answers: Answers) -> tuple[Question, ...]:
    """Still to be asked: a declined question about the parent ends all of that kind at once."""
    declined = any(q.tag == ABOUT_PARENT and answers.get(q.id, _NOTHING).declined for q in questions)
    boundaries = {Scope.STUDENT_ONLY} if declined else set()
    return tuple(q for q in visible(questions, boundaries=boundaries) if answers.get(q.id, _NOTHING).empty)


_NOTHING = Given()
