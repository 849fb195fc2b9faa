"""Typing in what came on paper or by telephone: by the form's code, in the order of the paper, one after the other."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.surveys.domain.answers import western_digits
from services.surveys.domain.kinds import Privacy, QuestionType
from services.surveys.handlers.life import Opening, by_code, open_assignment
from services.surveys.handlers.responses import AnswersRefused, SurveyClosed, Wish, submit
from services.surveys.schemas import ReceiptLine, StaffAnswersIn
from services.surveys.store import pages, responses, roster
from services.surveys.web.form import answers_of, misread, when, with_recordings
from services.surveys.web.form_fields import fault_texts, fields_of, in_order, words_of
from services.surveys.web.routes import api
from services.surveys.web.staff import assignment_of
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, conflict, json_response, page, redirect, staff
from shared.web.problems import Problem, invalid

DESK = ("office", "administrator")
ENTER = "/surveys/enter"
_CODE = 8  # characters; what follows is the PIN


class CodeIn(Schema):
    """What stands on the paper, code and PIN in one go: `K7QM-2R9D 4821`."""

    code = fields.Str(required=True, validate=validate.Length(1, 40))


class EnteredOut(Schema):
    """The receipt, and who typed it in and when; for answers that the family sent itself no line of it."""

    assignment_id = fields.Str()
    state = fields.Str()
    late = fields.Bool()
    via = fields.Str(allow_none=True)
    entered_by = fields.Str(allow_none=True)
    entered_at = fields.AwareDateTime(format="iso", allow_none=True)
    receipt = fields.List(fields.Nested(ReceiptLine))


def _wrong(request: Request, errors: dict[str, list[str]]) -> Response:
    return _desk(request, fault=request.t("enter.unknown"))


@api.get("/enter", access=staff(*DESK), page=True, nav="enter.title")
def entry_desk(request: Request) -> Response:
    """The next form, by its code."""
    return _desk(request)


@api.post("/enter", access=staff(*DESK), body=CodeIn(), invalid=_wrong)
def find_form(request: Request) -> Response:
    """From code and PIN to the entry screen; a wrong PIN is counted, so that nobody tries codes out."""
    code, pin = split(request.data["code"])
    with request.unit_of_work() as uow:
        found = by_code(uow, request.ports, code, pin)
    if found.assignment_id is None:
        return _desk(request, fault=request.t(f"enter.{found.refusal}"))
    return redirect(f"/surveys/assignments/{found.assignment_id}/answers")


def split(typed: str) -> tuple[str, str]:
    """Code and PIN of what was typed in one go, in any script's digits, with or without spaces and dashes."""
    plain = "".join(char for char in western_digits(typed) if char.isalnum())
    return plain[:_CODE], plain[_CODE:]


def _desk(request: Request, *, fault: str = "") -> Response:
    done = None
    if request.query.get("done") and not fault:
        request.params["assignment_id"] = request.query["done"]
        with request.unit_of_work() as uow:
            done = _who_typed(uow, request, assignment_of(uow, request))
    title = request.t("enter.title")
    return page("surveys/desk.html", request, title=title, status=422 if fault else 200, fault=fault, done=done)


@api.get("/assignments/{assignment_id}/answers", access=staff(*DESK), page=True)
def enter_page(request: Request) -> Response:
    """The form for typing in what came on paper or by telephone."""
    with request.unit_of_work() as uow:
        assignment = assignment_of(uow, request)
        return _enter(uow, request, assignment, _open(uow, assignment), {})


@api.post("/assignments/{assignment_id}/answers", access=staff(*DESK), body=StaffAnswersIn(), response=EnteredOut())
def enter_answers(request: Request) -> Response:
    """Take a guardian's answers from paper or a call; they count like any other. A second time changes nothing."""
    with request.unit_of_work() as uow:
        assignment = assignment_of(uow, request)
        opening = _open(uow, assignment, lock=True)
        given = with_recordings(
            answers_of(request, opening.questions, children=_children(opening)), opening.draft.answers
        )
        try:
            if request.form is not None and (faults := misread(request.form, opening.questions)):
                raise AnswersRefused(faults)
            receipt = submit(
                uow,
                assignment.assignment_id,
                # what is left out here is what the family has already said elsewhere, not what they took back
                {key: answer for key, answer in given.items() if not answer.empty},
                via=request.data["via"],
                language=assignment.language,
                wish=Wish(request.data["wish"]) if request.data["wish"] in list(Wish) else Wish.SEND,
                call_after=request.data["call_after"],
                entered_by=request.person_id,
                opening=opening,
            )
        except AnswersRefused as refused:
            if request.is_form:
                return _enter(uow, request, assignment, opening, refused.faults)
            raise invalid({k or "answers": [request.t(f"error.{c}")] for k, c in refused.faults.items()}) from None
        except SurveyClosed:
            raise Problem(410, "SURVEY_CLOSED", "This survey is closed.", remedy="Write a note instead.") from None
        kept = responses.response(uow.connection, assignment.assignment_id)
    entered = kept is not None and kept.entered_by is not None
    data = {
        "assignment_id": assignment.assignment_id,
        "state": receipt.state,
        "late": receipt.late,
        "via": kept.via if kept else None,
        "entered_by": kept.entered_by if kept else None,
        "entered_at": kept.submitted_at if kept else None,
        "receipt": receipt.lines if entered else [],
    }
    return json_response(data, then=f"{ENTER}?done={assignment.assignment_id}")


def _open(uow: UnitOfWork, assignment: Any, *, lock: bool = False) -> Opening:
    opening = open_assignment(uow, assignment.assignment_id, lock=lock)
    assert opening is not None  # `assignment_of` has found it
    if opening.survey.identified is Privacy.ANONYMOUS:
        raise conflict(
            "This survey is anonymous: only the family itself can answer it.",
            code="ANONYMOUS",
            remedy="Help them to their own page, by the link that they were sent.",
        )
    return opening


def _children(opening: Opening) -> list[str]:
    return [child for child, _ in in_order(opening.children)]


def _who_typed(uow: UnitOfWork, request: Request, assignment: Any) -> dict[str, str] | None:
    """Who has answered in which way, and who typed it in and when: never what."""
    kept = responses.response(uow.connection, assignment.assignment_id)
    school = roster.schools(uow.connection, [assignment.school_id])[assignment.school_id]
    if kept is None:
        return None
    family = roster.guardian_names(uow.connection, [assignment.guardian_id]).get(assignment.guardian_id, "")
    at = when(kept.submitted_at, school.timezone, request.locale)
    if kept.entered_by is None:
        return {"text": request.t("enter.by_family", family=family, at=at)}
    typed_by = pages.staff_name(uow.connection, kept.entered_by) or kept.entered_by
    way = request.t(f"staff.{kept.via}")
    return {"text": request.t("enter.by_staff", family=family, at=at, staff=typed_by, via=way)}


def _enter(uow: UnitOfWork, request: Request, assignment: Any, opening: Opening, faults: dict[str, str]) -> Response:
    children = in_order(opening.children)
    answers = answers_of(request, opening.questions, children=_children(opening)) if faults else {}
    family = roster.guardian_names(uow.connection, [assignment.guardian_id]).get(assignment.guardian_id, "")
    shown = fields_of(opening.questions, answers, request.locale, words=words_of(request), children=children)
    number = 0
    for field, question in zip(shown, opening.questions, strict=True):  # as the paper counts them
        number += question.type is not QuestionType.NOTE
        field["number"] = "" if question.type is QuestionType.NOTE else f"{number}. "
        field["said"] = question.id in opening.draft.answers
        field["conditional"] = False
    return page(
        "surveys/enter.html",
        request,
        title=request.t("staff.enter_title"),
        status=422 if faults else 200,
        family=family,
        questions=shown,
        children=children,
        via=request.data.get("via", "paper")
        if faults
        else ("phone" if request.query.get("via") == "phone" else "paper"),
        faults=fault_texts(request, opening.questions, faults),
        done=_who_typed(uow, request, assignment)
        or (opening.receipt is not None and {"text": request.t("staff.entered")}),
    )
