"""A survey answered by text message: each reply is one step of the walk, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.domain.answers import Answers, given_of
from services.surveys.domain.asking import Ask
from services.surveys.domain.calendar import Acceptance, acceptance
from services.surveys.domain.definition import Question
from services.surveys.domain.sms import question_text
from services.surveys.domain.walk import Outcome, Step, Walk, step
from services.surveys.handlers.reach import still_asked
from services.surveys.handlers.responses import submit, survey_asked
from services.surveys.ports import Ports
from services.surveys.store import campaigns, responses, roster
from services.surveys.words import skip_label, skip_words, words
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

SURVEY = "survey"


@dataclass(frozen=True)
class _Conversation:
    """One guardian's replies to one assignment, oldest first."""

    assignment: Any
    asked: Ask
    replies: Sequence[Event]
    walk: Walk
    answers: Answers


def reply_received(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Replies that answer a survey; all others belong to somebody else."""
    by_assignment: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda each: each.data["received_at"]):
        if event.data["open_kind"] == SURVEY and event.data["open_ref"]:
            by_assignment[event.data["open_ref"]].append(event)
    if not by_assignment:
        return
    assignments = campaigns.assignments(uow.connection, by_assignment.keys())
    drafts = responses.drafts(uow.connection, by_assignment.keys())
    kept: list[dict[str, Any]] = []
    open_rows = [dict(row._mapping) for row in assignments.values() if row.state == campaigns.OPEN]
    for row, asked in still_asked(uow, open_rows):
        assignment_id, assignment = row["assignment_id"], assignments[row["assignment_id"]]
        # a reply of another person cannot answer for this guardian
        replies = [e for e in by_assignment[assignment_id] if e.data["guardian_id"] == assignment.guardian_id]
        if not replies:
            continue
        draft = drafts.get(assignment_id)
        walk = Walk(draft.asked, draft.misses) if draft is not None else Walk()
        answers = {key: given_of(plain) for key, plain in draft.answers.items()} if draft is not None else {}
        left = _converse(uow, ports, _Conversation(assignment, asked, replies, walk, answers))
        if left is not None:
            kept.append(left)
    responses.save_drafts(uow.connection, kept)


def _converse(uow: UnitOfWork, ports: Ports, talk: _Conversation) -> dict[str, Any] | None:
    """Take the replies in turn; the draft to keep, or None once submitted (or closed)."""
    assignment, walk, answers = talk.assignment, talk.walk, talk.answers
    if acceptance(uow.now, assignment.due_at) is Acceptance.CLOSED:
        _say_closed(uow, assignment, talk.replies[-1])
        return None
    survey = survey_asked(uow, assignment)
    questions = [question for question in survey.questions if question.id in talk.asked.question_ids]
    for reply in talk.replies:
        taken = step(
            walk,
            questions,
            answers,
            reply.data["text"],
            language=assignment.language,
            skip_words=skip_words(assignment.language),
        )
        walk, answers = taken.walk, taken.answers
        if taken.outcome is Outcome.SUBMIT:
            submit(
                uow, assignment.assignment_id, answers, via="sms", language=assignment.language, cause=reply
            )
            return None
        _answer(uow, ports, assignment, questions, taken, reply)
    return {
        "assignment_id": assignment.assignment_id,
        "answers": {key: given.plain() for key, given in answers.items()},
        "asked": walk.asked,
        "misses": walk.misses,
        "saved_at": uow.now,
    }


def _answer(
    uow: UnitOfWork, ports: Ports, assignment: Any, questions: Sequence[Question], taken: Step, reply: Event
) -> None:
    if taken.outcome is Outcome.SILENT or taken.question is None:
        return
    language, question = assignment.language, taken.question
    position = questions.index(question) + 1
    text = question_text(question, language, position=position, total=len(questions), skip=skip_label(language))
    if taken.outcome is Outcome.ASK_AGAIN:
        text = f"{words(language).text('sms.again')}\n{text}"
    elif taken.outcome is Outcome.SEND_LINK:
        token = ports.survey_token(
            uow.district,
            assignment.assignment_id,
            assignment.guardian_id,
            due_at=assignment.due_at,
            language=language,
            school=assignment.school_id,
        )
        text = words(language).text("sms.link", link=ports.survey_link(token))
    _say(uow, assignment, reply, text, question_id=question.id, position=position, total=len(questions))


def _say_closed(uow: UnitOfWork, assignment: Any, reply: Event) -> None:
    school = roster.schools(uow.connection, [assignment.school_id])[assignment.school_id]
    said = words(assignment.language)
    phone = school.settings.get("office_phone")
    text = said.text("sms.closed", phone=phone) if phone else said.text("sms.closed_plain")
    total = len(assignment.question_ids)
    _say(uow, assignment, reply, text, question_id="closed", position=total, total=total)


def _say(
    uow: UnitOfWork, assignment: Any, reply: Event, text: str, *, question_id: str, position: int, total: int
) -> None:
    uow.emit(
        "surveys.question_asked",
        {
            "assignment_id": assignment.assignment_id,
            "guardian_id": assignment.guardian_id,
            "school_id": assignment.school_id,
            "question_id": question_id,
            "position": position,
            "total": total,
            "language": assignment.language,
            "text": text,
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
        cause=reply,
    )
