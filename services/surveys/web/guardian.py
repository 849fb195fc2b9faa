"""The survey page a guardian opens by link: answer, save, decline or ask for a call; then the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.domain.answers import Answers, given_of
from services.surveys.domain.calendar import Acceptance, acceptance
from services.surveys.domain.definition import Question, Survey, text_in
from services.surveys.handlers.reach import still_asked
from services.surveys.handlers.responses import (
    AnswersRefused,
    Receipt,
    SurveyClosed,
    Wish,
    receipt_for,
    submit,
    survey_asked,
)
from services.surveys.ports import SURVEY
from services.surveys.schemas import SAVE, AnswersIn, ReceiptOut
from services.surveys.store import campaigns, people, responses, roster
from services.surveys.web.form import answers_of, autonyms, fields_of, when
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found, page, redirect
from shared.web.problems import Problem, invalid


@dataclass(frozen=True)
class Opened:
    """What a link leads to. `questions` is empty where nothing may be asked (any more)."""

    assignment: Any
    survey: Survey
    school: roster.School
    questions: Sequence[Question]
    children: dict[str, str]
    receipt: Receipt | None
    closed: bool


def open_link(uow: UnitOfWork, request: Request) -> Opened:
    """The assignment of the link; its holder must be the guardian it was made for (Problem 404)."""
    assert request.link is not None  # the access rule is `link`
    assignment = campaigns.assignments(uow.connection, [request.link.resource]).get(request.link.resource)
    if assignment is None or assignment.guardian_id != request.link.subject_id:
        raise not_found("survey")
    survey = survey_asked(uow, assignment)
    asked = [each for _, each in still_asked(uow, [dict(assignment._mapping)])]
    questions = [question for question in survey.questions if asked and question.id in asked[0].question_ids]
    return Opened(
        assignment,
        survey,
        roster.schools(uow.connection, [assignment.school_id])[assignment.school_id],
        questions,
        roster.student_names(uow.connection, asked[0].student_ids) if asked else {},
        receipt_for(uow, assignment),
        acceptance(request.now, assignment.due_at) is Acceptance.CLOSED or not questions,
    )


@api.get("/s/{token}", access=link(SURVEY, single_use=False), page=True)
def survey_page(request: Request) -> Response:
    """The questions, or the receipt of the answers."""
    with request.unit_of_work() as uow:
        opened = open_link(uow, request)
        draft = responses.drafts(uow.connection, [opened.assignment.assignment_id])
        answers = {
            key: given_of(plain) for kept in draft.values() for key, plain in kept.answers.items()
        }
        limits = people.boundaries(uow.connection, [opened.assignment.guardian_id])
    if opened.receipt is not None:
        return _receipt_page(request, opened, opened.receipt)
    if opened.closed:
        return closed_page(request, opened)
    return _form_page(request, opened, answers, {}, limited=bool(limits))


@api.post("/s/{token}", access=link(SURVEY, single_use=False), body=AnswersIn(), response=ReceiptOut())
def answer_survey(request: Request) -> Response:
    """Take the answers; the same link answers once and shows the same receipt ever after."""
    here = f"/surveys/s/{request.params['token']}?lang={request.locale}"
    with request.unit_of_work() as uow:
        opened = open_link(uow, request)
        answers = answers_of(request, opened.questions)
        if opened.receipt is None and opened.closed:
            return _refuse_closed(request, opened)
        if request.data["wish"] == SAVE and opened.receipt is None:
            _save(uow, opened, answers)
            return redirect(f"{here}&saved=1") if request.is_form else json_response(_out(opened, None))
        try:
            receipt = submit(
                uow,
                opened.assignment.assignment_id,
                answers,
                via="web",
                language=request.locale,
                wish=Wish.SEND if request.data["wish"] == SAVE else Wish(request.data["wish"]),
                call_after=request.data["call_after"],
            )
        except AnswersRefused as refused:
            return _refuse(request, opened, answers, refused)
        except SurveyClosed:
            return _refuse_closed(request, opened)
    return json_response(_out(opened, receipt), then=here)


def _out(opened: Opened, receipt: Receipt | None) -> dict[str, Any]:
    return {
        "assignment_id": opened.assignment.assignment_id,
        "state": receipt.state if receipt else opened.assignment.state,
        "late": receipt.late if receipt else False,
        "receipt": receipt.lines if receipt else [],
    }


def _save(uow: UnitOfWork, opened: Opened, answers: Answers) -> None:
    """The last writer wins per question; where the text message walk stands is kept."""
    assignment_id = opened.assignment.assignment_id
    before = responses.drafts(uow.connection, [assignment_id]).get(assignment_id)
    given = {key: answer.plain() for key, answer in answers.items() if not answer.empty}
    row = {
        "assignment_id": assignment_id,
        "answers": {**(before.answers if before else {}), **given},
        "asked": before.asked if before else None,
        "misses": before.misses if before else 0,
        "saved_at": uow.now,
    }
    responses.save_drafts(uow.connection, [row])


def _refuse(request: Request, opened: Opened, answers: Answers, refused: AnswersRefused) -> Response:
    if not request.is_form:
        raise invalid({name or "answers": [request.t(f"error.{code}")] for name, code in refused.faults.items()})
    return _form_page(request, opened, answers, refused.faults, limited=False, status=422)


def _refuse_closed(request: Request, opened: Opened) -> Response:
    if not request.is_form:
        raise Problem(410, "SURVEY_CLOSED", "This survey is closed.", remedy="Please call the school.")
    return closed_page(request, opened)


def _form_page(
    request: Request, opened: Opened, answers: Answers, faults: dict[str, str], *, limited: bool, status: int = 200
) -> Response:
    language = request.locale
    return page(
        "surveys/survey.html",
        request,
        title=text_in(opened.survey.title, language),
        status=status,
        intro=text_in(opened.survey.intro, language),
        about=request.t(
            "page.about",
            names=", ".join(opened.children.values()),
            due=when(opened.assignment.due_at, opened.school.timezone, language),
        ),
        questions=fields_of(opened.questions, answers, language),
        children=sorted(opened.children.items(), key=lambda pair: pair[1]),
        languages=autonyms(opened.survey),
        faults=faults,
        limited=limited,
        saved="saved" in request.query,
        staff_entry=False,
    )


def closed_page(request: Request, opened: Opened) -> Response:
    """Kindly: what somebody wants to say still counts."""
    phone = opened.school.settings.get("office_phone")
    return page(
        "surveys/closed.html", request, title=request.t("closed.title"), status=410, phone=phone, preferences=None
    )


def _receipt_page(request: Request, opened: Opened, receipt: Receipt) -> Response:
    token = request.ports.preferences_token(
        request.district,
        opened.assignment.guardian_id,
        now=request.now,
        language=request.locale,
        school=opened.assignment.school_id,
    )
    return page(
        "surveys/receipt.html",
        request,
        title=request.t("receipt.title"),
        lines=[_line(request, opened.survey, line) for line in receipt.lines],
        late=receipt.late,
        preferences=f"/surveys/preferences/{token}?lang={request.locale}",
    )


def _line(request: Request, survey: Survey, line: dict[str, str]) -> str:
    """One line of the receipt in the reader's language."""
    effect, value = line["effect"], line["value"]
    match effect:
        case "channel_order":
            return request.t("receipt.channel_order", value=", ".join(request.t(f"channel.{c}") for c in value.split()))
        case "live_mode":
            return request.t("receipt.live_mode", value=request.t(f"mode.{value}"))
        case "concern":
            return request.t("receipt.concern", value=request.t(f"topic.{value}"))
        case "boundary":
            return request.t(f"receipt.boundary.{value}")
        case "declined":
            question = survey.question(value)
            return request.t("receipt.declined", value=text_in(question.text, request.locale) if question else value)
        case _:
            return request.t(f"receipt.{effect}", value=value)
