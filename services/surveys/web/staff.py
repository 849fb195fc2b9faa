"""For the office: how a survey stands, and answers that came on paper or by telephone."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.surveys.handlers.responses import (
    AnswersRefused,
    SurveyClosed,
    Wish,
    questions_now,
    receipt_for,
    submit,
    survey_asked,
)
from services.surveys.schemas import ReceiptOut, SchoolQuery, StaffAnswersIn
from services.surveys.store import campaigns, roster
from services.surveys.web.access import OFFICE, school_of, staff_decision
from services.surveys.web.form import answers_of
from services.surveys.web.form_fields import fault_texts, fields_of, in_order, words_of
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import Problem, invalid

LISTED = 200


@api.get("/assignments", access=staff(*OFFICE), query=SchoolQuery(), nav="Surveys")
def assignments(request: Request) -> Response:
    """How a school's surveys stand: counts and who is still open, never what anybody said."""
    school_id = school_of(request)
    with request.unit_of_work() as uow:
        resource = Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
        decision = staff_decision(uow, request, Action.VIEW, resource)
        request.require(decision, action="view", subject=school_id, record_type="school")
        surveys: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
        for row in campaigns.counts(uow.connection, school_id):
            counts = surveys[row.survey_id]
            counts[row.state] += row.number
            for name in ("reached", "unreached"):
                counts[name] += getattr(row, name)
            counts["overdue"] += row.overdue if row.state == campaigns.OPEN else 0
        waiting = campaigns.open_at(uow.connection, school_id, LISTED)
        names = roster.guardian_names(uow.connection, [row.guardian_id for row in waiting])
        children = roster.student_names(uow.connection, {child for row in waiting for child in row.student_ids})
    listed = [
        {
            "assignment_id": row.assignment_id,
            "survey": row.survey_id,
            "guardian": names.get(row.guardian_id, ""),
            "children": [children[child] for child in row.student_ids if child in children],
            "due_at": row.due_at.isoformat(),
            "overdue": row.overdue_at is not None,
            "unreached_by": row.unreached_by,
        }
        for row in waiting
    ]
    if request.wants_html:
        title = request.t("staff.assignments")
        return page("surveys/assignments.html", request, title=title, surveys=surveys, listed=listed)
    return json_response({"school": school_id, "surveys": surveys, "open": listed})


_COUNTS = ("answered", "declined", "talk", "open", "overdue", "reached", "unreached")


def assignment_of(uow: UnitOfWork, request: Request, *, action: str = "enter_answers") -> Any:
    """The assignment of the path, if the caller's office works with its children (Problem 404, 403)."""
    assignment_id = str(request.params["assignment_id"])
    found = campaigns.assignments(uow.connection, [assignment_id]).get(assignment_id)
    if found is None:
        raise not_found("assignment")
    schools = roster.student_schools(uow.connection, found.student_ids)
    # a brother at another school is not this office's; entering for their own child is
    own = tuple(child for child, school in schools.items() if school == found.school_id)
    resource = Resource(ResourceKind.STUDENT, own[0] if own else "", request.district, own)
    decision = staff_decision(uow, request, Action.EDIT, resource)
    request.require(decision, action=action, subject=found.guardian_id, record_type="survey_response")
    return found


@api.get("/assignments/{assignment_id}/answers", access=staff("office", "administrator"), page=True)
def enter_page(request: Request) -> Response:
    """The form for typing in what came on paper or by telephone."""
    with request.unit_of_work() as uow:
        assignment = assignment_of(uow, request)
        return _enter(uow, request, assignment, {})


@api.post(
    "/assignments/{assignment_id}/answers",
    access=staff("office", "administrator"),
    body=StaffAnswersIn(),
    response=ReceiptOut(),
)
def enter_answers(request: Request) -> Response:
    """Take a guardian's answers from paper or a call; they count like any other."""
    with request.unit_of_work() as uow:
        assignment = assignment_of(uow, request)
        questions = questions_now(uow, assignment, survey_asked(uow, assignment))
        try:
            receipt = submit(
                uow,
                assignment.assignment_id,
                answers_of(request, questions, children=tuple(assignment.student_ids)),
                via=request.data["via"],
                language=assignment.language,
                wish=Wish(request.data["wish"]) if request.data["wish"] in list(Wish) else Wish.SEND,
                call_after=request.data["call_after"],
                entered_by=request.person_id,
            )
        except AnswersRefused as refused:
            if request.is_form:
                return _enter(uow, request, assignment, refused.faults)
            raise invalid({k or "answers": [request.t(f"error.{c}")] for k, c in refused.faults.items()}) from None
        except SurveyClosed:
            raise Problem(410, "SURVEY_CLOSED", "This survey is closed.", remedy="Write a note instead.") from None
    kept = {"assignment_id": assignment.assignment_id, "state": receipt.state}
    return json_response({**kept, "late": receipt.late, "receipt": receipt.lines}, then="/surveys/assignments")


def _enter(uow: UnitOfWork, request: Request, assignment: Any, faults: dict[str, str]) -> Response:
    survey = survey_asked(uow, assignment)
    questions = questions_now(uow, assignment, survey)
    names = roster.student_names(uow.connection, assignment.student_ids)
    children = in_order(names)
    answers = answers_of(request, questions, children=[child for child, _ in children]) if faults else {}
    return page(
        "surveys/enter.html",
        request,
        title=request.t("staff.enter_title"),
        status=422 if faults else 200,
        questions=fields_of(questions, answers, request.locale, words=words_of(request), children=children),
        children=children,
        faults=fault_texts(request, questions, faults),
        done=receipt_for(uow, assignment) is not None,
    )
