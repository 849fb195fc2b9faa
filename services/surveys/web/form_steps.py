"""The pages of a web form: which questions stand on each, and where "next" and "back" lead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.surveys.domain.answers import Answers, fitted, given_of, problems
from services.surveys.domain.definition import Question, Survey, Texts
from services.surveys.domain.kinds import Privacy
from services.surveys.handlers.conditions import applying, refused
from services.surveys.handlers.life import Opening
from services.surveys.store import pages
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Step:
    """One page. `place` counts from 0 over all pages of the survey, shown or not, so that an address stays the same."""

    place: int
    title: Texts
    questions: tuple[Question, ...]


def steps_of(survey: Survey, questions: Sequence[Question]) -> tuple[Step, ...]:
    """A page per group, in the order of the definition; a question without one stays with the question before it."""
    titles = {page.id: page.title for page in survey.pages}
    groups: list[tuple[str | None, list[Question]]] = []
    for question in questions:
        if not groups or (question.group is not None and question.group != groups[-1][0]):
            groups.append((question.group, []))
        groups[-1][1].append(question)
    return tuple(Step(place, titles.get(group or "", {}), tuple(each)) for place, (group, each) in enumerate(groups))


def open_ids(opening: Opening, answers: Answers) -> frozenset[str]:
    """The questions whose conditions hold for these answers, of those that may be put to this guardian."""
    asked = applying(opening.survey, opening.questions, answers, opening.today, children=tuple(opening.children))
    return frozenset(question.id for question in asked)


def faults_of(opening: Opening, answers: Answers) -> dict[str, str]:
    """Codes of what is required and missing, or does not meet its constraint."""
    children = tuple(opening.children)
    asked = applying(opening.survey, opening.questions, answers, opening.today, children=children)
    open_now = {question.id for question in asked}
    given = {key: given for key, given in answers.items() if key in open_now}
    return refused(opening.survey, asked, given, opening.today, children=children)


def whole(questions: Sequence[Question]) -> Step:
    """All on one page: for a form that names no page."""
    return Step(0, {}, tuple(questions))


def begun(uow: UnitOfWork, opening: Opening) -> tuple[Answers, frozenset[str]]:
    """What the form starts with: the draft, and last time's answers where the survey offers them.

    Second: the questions whose answer is from last time.
    """
    offered = [
        question.id for question in opening.questions if question.prefill and question.id not in opening.draft.answers
    ]
    if not offered or opening.survey.identified is Privacy.ANONYMOUS:
        return opening.draft.answers, frozenset()
    row = opening.assignment
    earlier = pages.last_answers(uow.connection, row.guardian_id, row.survey_id, offered)
    kept = {key: given for key, plain in earlier.items() if not (given := given_of(plain)).declined}
    known = {question.id: question for question in opening.questions}
    wrong = problems(opening.questions, kept, children=tuple(opening.children))
    kept = {key: fitted(known[key], given) for key, given in kept.items() if key not in wrong}
    return {**kept, **opening.draft.answers}, frozenset(kept)


def at(steps: Sequence[Step], place: int, open_now: Collection[str]) -> Step | None:
    """The page of that place, or the next after it (else the last before it) that has a question to show."""
    full = [step for step in steps if any(question.id in open_now for question in step.questions)]
    later = [step for step in full if step.place >= place]
    return later[0] if later else (full[-1] if full else None)


def after(steps: Sequence[Step], step: Step, open_now: Collection[str]) -> Step | None:
    """The next page that has a question to show; None behind the last."""
    return at([each for each in steps if each.place > step.place], 0, open_now)


def before(steps: Sequence[Step], step: Step, open_now: Collection[str]) -> Step | None:
    """The page before, None on the first."""
    earlier = [each for each in steps if each.place < step.place]
    return at(earlier, len(earlier), open_now) if earlier else None
