"""An answer, whichever way it came: the same checks, the same effects, once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.surveys.domain.answers import DECLINED, Answers, Given, fitted, problems
from services.surveys.domain.asking import visible
from services.surveys.domain.calendar import Acceptance, acceptance
from services.surveys.domain.definition import Question, Survey, survey_of
from services.surveys.domain.effects import effects_of, receipt_of
from services.surveys.handlers.consequences import apply, ask_for_call
from services.surveys.store import campaigns, people, responses
from shared.errors import HomeroomError
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

PRIORITIES = "priorities"  # the intake's fourth question


class SurveyClosed(HomeroomError):
    """The grace after the deadline has passed."""

    def __init__(self) -> None:
        super().__init__(
            "SURVEY_CLOSED", "This survey is closed.", "Please call the school; what you say counts the same.", "survey"
        )


class AnswersRefused(HomeroomError):
    """Answers that do not fit; `faults` has a code by question ("" for the whole)."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(
            "ANSWERS_REFUSED",
            "Some answers do not fit their questions.",
            "Correct the answers named, or decline them.",
            ", ".join(sorted(faults)),
        )
        self.faults = faults


class Wish(StrEnum):
    """What the guardian pressed."""

    SEND = "send"
    DECLINE_ALL = "decline_all"
    TALK = "talk"


@dataclass(frozen=True)
class Receipt:
    """What will change; `new` is False for a repeat, which has changed nothing."""

    state: str
    lines: list[dict[str, str]]
    late: bool
    new: bool


def survey_asked(uow: UnitOfWork, assignment: Any) -> Survey:
    """The version that was assigned, whatever the file says today."""
    return survey_of(campaigns.contents(uow.connection, [assignment.version])[assignment.version])


def questions_now(uow: UnitOfWork, assignment: Any, survey: Survey) -> tuple[Question, ...]:
    """What this assignment still asks under the guardian's boundaries of this moment."""
    asked = [question for question in survey.questions if question.id in assignment.question_ids]
    boundaries = people.boundaries(uow.connection, [assignment.guardian_id])
    return visible(asked, boundaries=boundaries.get(assignment.guardian_id, ()))


def receipt_for(uow: UnitOfWork, assignment: Any) -> Receipt | None:
    """The receipt there is, if it was answered."""
    kept = responses.response(uow.connection, assignment.assignment_id)
    return Receipt(assignment.state, kept.receipt, kept.late, new=False) if kept is not None else None


def submit(
    uow: UnitOfWork,
    assignment_id: str,
    answers: Answers,
    *,
    via: str,
    language: str,
    wish: Wish = Wish.SEND,
    call_after: str | None = None,
    entered_by: str | None = None,
    cause: Event | None = None,
) -> Receipt:
    """Take a response in this transaction (SurveyClosed, AnswersRefused; a repeat gets the first receipt)."""
    assignment = campaigns.locked(uow.connection, assignment_id)
    assert assignment is not None  # callers have looked it up
    if (receipt := receipt_for(uow, assignment)) is not None:
        return receipt
    accepted = acceptance(uow.now, assignment.due_at)
    if accepted is Acceptance.CLOSED:
        raise SurveyClosed
    survey = survey_asked(uow, assignment)
    questions = questions_now(uow, assignment, survey)
    taken = _taken(questions, answers, wish, list(assignment.student_ids))
    effects = effects_of(questions, taken)
    lines = receipt_of(effects)
    if wish is Wish.TALK:
        lines.append({"effect": "talk", "value": call_after or ""})
    late = accepted is Acceptance.LATE
    row = {
        "assignment_id": assignment_id,
        "version": assignment.version,
        "guardian_id": assignment.guardian_id,
        "via": via,
        "language": language,
        "late": late,
        "receipt": lines,
        "entered_by": entered_by,
        "submitted_at": uow.now,
    }
    if not responses.add_response(uow.connection, row):
        again = receipt_for(uow, assignment)
        assert again is not None
        return again
    state = _state(taken, wish)
    _keep(uow, assignment_id, taken, state)
    _say(uow, assignment, via, language, lines, cause, priorities=_priorities(questions, taken, language))
    apply(uow, assignment, survey, effects, language=language, cause=cause)
    if wish is Wish.TALK:
        ask_for_call(uow, assignment, call_after, language=language, cause=cause)
    return Receipt(state, lines, late, new=True)


def _taken(questions: tuple[Question, ...], answers: Answers, wish: Wish, children: list[str]) -> dict[str, Given]:
    if wish is Wish.DECLINE_ALL:
        return {question.id: DECLINED for question in questions if question.declinable}
    asked = {question.id: question for question in questions}
    # an answer to a question that is hidden by now is dropped, not refused: the form may be older than the boundary
    given = {key: answer for key, answer in answers.items() if key in asked and not answer.empty}
    faults = problems(questions, given, children=children)
    if not given and wish is Wish.SEND:
        faults[""] = "nothing"
    if faults:
        raise AnswersRefused(faults)
    return {key: fitted(asked[key], answer) for key, answer in given.items()}


def _state(taken: Answers, wish: Wish) -> str:
    if wish is Wish.TALK:
        return "talk"
    return "declined" if all(given.declined for given in taken.values()) else "answered"


def _keep(uow: UnitOfWork, assignment_id: str, taken: Answers, state: str) -> None:
    responses.add_answers(
        uow.connection,
        [
            {
                "assignment_id": assignment_id,
                "question_id": question_id,
                "declined": given.declined,
                "content": given.plain(),
            }
            for question_id, given in taken.items()
        ],
    )
    responses.drop_draft(uow.connection, assignment_id)
    campaigns.mark(uow.connection, [assignment_id], state=state)


def _priorities(questions: tuple[Question, ...], taken: Answers, language: str) -> str | None:
    """What matters most to the guardian, in the words they read and wrote: it stands on top of a plan."""
    question = next((each for each in questions if each.id == PRIORITIES), None)
    given = taken.get(PRIORITIES)
    if question is None or given is None or given.declined:
        return None
    chosen = [option.label.get(language) or option.label["en"] for option in question.options if option.value in given.values]
    return ", ".join([*chosen, *([given.text] if given.text else [])]) or None


def _say(
    uow: UnitOfWork,
    assignment: Any,
    via: str,
    language: str,
    lines: list[dict[str, str]],
    cause: Event | None,
    *,
    priorities: str | None,
) -> None:
    uow.emit(
        "surveys.response_submitted",
        {
            "assignment_id": assignment.assignment_id,
            "survey_id": assignment.survey_id,
            "kind": assignment.kind,
            "guardian_id": assignment.guardian_id,
            "student_ids": list(assignment.student_ids),
            "via": via,
            "language": language,
            "receipt": lines,
            "priorities": priorities,
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
        cause=cause,
    )
