"""An answer, whichever way it came: the same checks, the same effects, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.surveys.domain import polls
from services.surveys.domain.actions_safeguard import alarming
from services.surveys.domain.answers import DECLINED, Answers, Given, fitted, problems
from services.surveys.domain.calendar import Acceptance
from services.surveys.domain.definition import Privacy, Question, Rule
from services.surveys.domain.effects import Effect, effects_of, receipt_of
from services.surveys.expressions import names, parse
from services.surveys.handlers.conditions import applicable, applying, quotas_met, refused
from services.surveys.handlers.consequences import apply, ask_for_call
from services.surveys.handlers.life import Opening, Receipt, open_assignment, save_draft, shown_answers
from services.surveys.receipts import in_words
from services.surveys.store import life, responses
from services.surveys.store import polls as poll_store
from shared.errors import HomeroomError
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

__all__ = [
    "AnswersRefused",
    "QuotaFull",
    "Receipt",
    "SurveyClosed",
    "Wish",
    "submit",
]

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


class QuotaFull(AnswersRefused):
    """The places that these answers ask for are taken; the draft is kept, so another choice costs no second typing."""

    def __init__(self, quota_id: str) -> None:
        super().__init__({"": "full"})
        self.quota_id = quota_id


class Wish(StrEnum):
    """What the guardian pressed."""

    SEND = "send"
    DECLINE_ALL = "decline_all"
    TALK = "talk"


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
    opening: Opening | None = None,
) -> Receipt:
    """Take a response in this transaction (SurveyClosed, AnswersRefused, QuotaFull; a repeat gets the first receipt).

    What `answers` does not mention is taken from the draft, so that a change of telephone or of way loses nothing.
    `opening`: the assignment as it was opened with `lock=True` in this transaction, if it was.
    """
    opening = opening or open_assignment(uow, assignment_id, lock=True)
    assert opening is not None  # callers have looked it up
    if opening.receipt is not None:
        return opening.receipt
    if opening.closed:
        raise SurveyClosed
    if opening.assignment.kind == polls.KIND and not poll_store.takes_votes(uow.connection, opening.assignment.campaign_id):
        raise SurveyClosed  # counted already, though the clock of this transaction began before
    questions, taken = _taken(opening, answers, wish)
    if wish is Wish.SEND:
        _take_places(uow, opening, taken, answers)
    elif wish is Wish.TALK:
        taken = _with_places(uow, opening, taken)
    assignment, survey = opening.assignment, opening.survey
    anonymous = survey.identified is Privacy.ANONYMOUS
    effects: tuple[Effect, ...] = () if anonymous else effects_of(questions, taken)
    lines = receipt_of(effects)
    if wish is Wish.TALK:
        lines.append({"effect": "talk", "value": call_after or ""})
    late = opening.accepted is Acceptance.LATE
    response_id = responses.nobodys_id() if anonymous else assignment_id
    row = {
        "assignment_id": response_id,
        "version": assignment.version,
        "campaign_id": assignment.campaign_id,
        "guardian_id": None if anonymous else assignment.guardian_id,
        "via": via,
        "language": language,
        "late": late,
        "receipt": [] if anonymous else lines,
        "entered_by": entered_by,
        "submitted_at": _day(uow.now) if anonymous else uow.now,
    }
    state = _state(taken, wish)
    responses.keep(uow.connection, row, _rows(response_id, taken), assignment_id=assignment_id, state=state)
    priorities = None if anonymous else _priorities(opening, questions, taken, language)
    changes = None if anonymous else in_words(language, survey, lines)
    _say(uow, assignment, via, language, [] if anonymous else lines, cause, priorities=priorities, changes=changes)
    if effects:
        apply(uow, assignment, survey, effects, language=language, cause=cause)
    if wish is Wish.TALK:
        ask_for_call(uow, assignment, call_after, language=language, cause=cause)
    return Receipt(state, lines, late, new=True)


def _taken(opening: Opening, answers: Answers, wish: Wish) -> tuple[tuple[Question, ...], dict[str, Given]]:
    """The questions that apply, and their answers as they will be kept (AnswersRefused)."""
    # an answer to a question that is hidden by now is dropped, not refused: the form may be older than the boundary
    given = shown_answers(opening.questions, {**opening.draft.answers, **answers})
    children = tuple(opening.children)
    if wish is Wish.DECLINE_ALL:
        asked = applying(opening.survey, opening.questions, {}, opening.today, children=children)
        return asked, {question.id: DECLINED for question in asked if question.declinable}
    asked = applying(opening.survey, opening.questions, given, opening.today, children=children)
    given = shown_answers(asked, applicable(opening.survey, given, opening.today, children=children))
    faults = problems(asked, given, children=children)
    if not given and wish is Wish.SEND:
        faults[""] = "nothing"
    if wish is Wish.SEND and not faults:
        faults = refused(opening.survey, asked, given, opening.today, children=children)
    if faults:
        raise AnswersRefused(faults)
    by_id = {question.id: question for question in asked}
    return asked, {key: fitted(by_id[key], answer, children=children) for key, answer in given.items()}


def _with_places(uow: UnitOfWork, opening: Opening, taken: dict[str, Given]) -> dict[str, Given]:
    """For who would rather talk: what was chosen counts like any answer, but a choice without a place stops nobody from
    being called. It is left out, to be talked about."""
    kept = dict(taken)
    while True:
        try:
            _take_places(uow, opening, kept, kept)
        except QuotaFull as full:
            quota = next(each for each in opening.survey.quotas if each.id == full.quota_id)
            without = {key: given for key, given in kept.items() if key not in names(parse(quota.condition))}
            if len(without) == len(kept):
                return kept  # it holds for who has chosen nothing, too: no place is taken by it
            kept = without
        else:
            return kept


def _take_places(uow: UnitOfWork, opening: Opening, taken: Answers, answers: Answers) -> None:
    """Count this response towards each quota whose condition it meets, all or none (QuotaFull)."""
    met = quotas_met(opening.survey, taken, opening.today, children=tuple(opening.children))
    if not met:
        return
    places = uow.connection.begin_nested()
    for quota in sorted(met, key=lambda each: each.id):  # one order for all: two responses cannot wait for each other
        if not life.take_place(uow.connection, opening.assignment.campaign_id, quota.id, quota.most):
            places.rollback()
            save_draft(uow, opening, answers)
            raise QuotaFull(quota.id)
    places.commit()


def _day(now: datetime) -> datetime:
    """All that is kept of when an anonymous response came: beside the receipt's message an hour would tell whose it is."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _state(taken: Answers, wish: Wish) -> str:
    if wish is Wish.TALK:
        return "talk"
    return "declined" if all(given.declined for given in taken.values()) else "answered"


def _rows(response_id: str, taken: Answers) -> list[dict[str, Any]]:
    return [
        {"assignment_id": response_id, "question_id": question_id, "declined": given.declined, "content": given.plain()}
        for question_id, given in taken.items()
    ]


def _priorities(opening: Opening, questions: tuple[Question, ...], taken: Answers, language: str) -> str | None:
    """What matters most to the guardian, in the words they read and wrote: it stands on top of a plan."""
    feeds = {each.id for each in questions if any(rule.rule is Rule.PLAN for rule in each.effects)}
    question = next((each for each in questions if each.id in feeds or each.id == PRIORITIES), None)
    given = taken.get(question.id) if question is not None else None
    if question is None or given is None or given.declined:
        return None
    safeguarding = ((opening.settings or {}).get("surveys") or {}).get("safeguarding") or {}
    if given.text and alarming(given.text, safeguarding.get("words")):  # for its lead alone: a plan is read by many
        given = replace(given, text=None)
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
    changes: str | None,
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
            "changes": changes or None,
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
        cause=cause,
    )
