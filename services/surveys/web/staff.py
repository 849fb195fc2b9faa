"""For the office and teachers: how a survey stands, answers from paper or a call, a survey of one's own class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain.answers import given_of
from services.surveys.domain.definition import survey_of, text_in
from services.surveys.handlers import campaigns as planning
from services.surveys.handlers.responses import (
    AnswersRefused,
    SurveyClosed,
    Wish,
    questions_now,
    receipt_for,
    submit,
    survey_asked,
)
from services.surveys.schemas import CampaignIn, CampaignOut, ReceiptOut, SchoolQuery, StaffAnswersIn
from services.surveys.store import campaigns, people, responses, roster
from services.surveys.web.form import answers_of, fields_of
from services.surveys.web.routes import api
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Decision, Facts, Resource, ResourceKind, Subject, SubjectKind, decide
from shared.web import Request, Response, conflict, json_response, not_found, page, staff
from shared.web.problems import Problem, invalid

OFFICE = ("office", "principal", "counselor", "administrator")
LISTED = 200
REMIND_BEFORE = timedelta(days=3)
REMIND_AFTER = timedelta(days=1)


def subject_of(request: Request) -> Subject:
    return Subject(
        SubjectKind.STAFF,
        request.person_id,
        request.district,
        roles=frozenset({request.role}),
        schools=frozenset(request.schools),
    )


def staff_decision(
    uow: UnitOfWork, request: Request, action: Action, resource: Resource, *, zone: str = "UTC"
) -> Decision:
    """Policy's answer for the member of staff who asks."""
    taught, classes = roster.staff_facts(uow.connection, request.person_id)
    schools = roster.student_schools(uow.connection, resource.students)
    facts = Facts(
        on=request.now.astimezone(ZoneInfo(zone)).date(),
        restrictions=(),  # staff start a survey here; every recipient is decided again with their own restrictions
        schools_of={student: frozenset({school}) for student, school in schools.items()},
        taught=taught,
        classes=classes,
    )
    return decide(subject_of(request), action, resource, facts)


def _school(request: Request, given: str | None) -> str:
    school = given or (request.schools[0] if request.schools else None)
    if school is None:
        raise invalid({"school": ["Name the school."]})
    return school


@api.get("/assignments", access=staff(*OFFICE), query=SchoolQuery(), nav="Surveys")
def assignments(request: Request) -> Response:
    """How a school's surveys stand: counts and who is still open, never what anybody said."""
    school_id = _school(request, request.query.get("school"))
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


def _assignment(uow: UnitOfWork, request: Request) -> Any:
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
    request.require(decision, action="enter_answers", subject=found.guardian_id, record_type="survey_response")
    return found


@api.get("/assignments/{assignment_id}/answers", access=staff("office", "administrator"), page=True)
def enter_page(request: Request) -> Response:
    """The form for typing in what came on paper or by telephone."""
    with request.unit_of_work() as uow:
        assignment = _assignment(uow, request)
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
        assignment = _assignment(uow, request)
        questions = questions_now(uow, assignment, survey_asked(uow, assignment))
        try:
            receipt = submit(
                uow,
                assignment.assignment_id,
                answers_of(request, questions),
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
    return page(
        "surveys/enter.html",
        request,
        title=request.t("staff.enter_title"),
        status=422 if faults else 200,
        questions=fields_of(questions, answers_of(request, questions) if faults else {}, request.locale),
        children=sorted(names.items(), key=lambda pair: pair[1]),
        faults=faults,
        done=receipt_for(uow, assignment) is not None,
    )


@api.post(
    "/campaigns",
    access=staff("teacher", *OFFICE),
    body=CampaignIn(),
    response=CampaignOut(),
    status=201,
    idempotent=True,
)
def start_campaign(request: Request) -> Response:
    """Put a survey to the families of one's own class, or of one's school."""
    wanted = request.data
    with request.unit_of_work() as uow:
        school_id, resource = _audience(uow, request)
        school = roster.schools(uow.connection, [school_id]).get(school_id)
        decision = staff_decision(uow, request, Action.SURVEY, resource, zone=school.timezone if school else "UTC")
        request.require(decision, action="start_survey", subject=resource.id, record_type=resource.kind.value)
        if school is None:
            raise not_found("school")
        request.ports.library.find(request.district, wanted["survey"])
        due_at = wanted["due_at"]
        due_at = (due_at if due_at.tzinfo else due_at.replace(tzinfo=ZoneInfo(school.timezone))).astimezone(UTC)
        if due_at <= request.now:
            raise conflict("The day to answer by has passed.", code="DUE_IN_PAST", remedy="Choose a later day.")
        remind_at = due_at - REMIND_BEFORE
        campaign = {
            "campaign_id": (campaign_id := new_id()),
            "survey_id": wanted["survey"],
            "round": campaign_id,
            "school_id": school_id,
            "class_id": wanted.get("class_id"),
            "send_at": request.now,
            "remind_at": remind_at if remind_at > request.now + REMIND_AFTER else None,
            "due_at": due_at,
            "started_by": request.person_id,
        }
        planning.plan(uow, campaign)
    return json_response({**campaign, "survey": wanted["survey"], "school": school_id})


def _audience(uow: UnitOfWork, request: Request) -> tuple[str, Resource]:
    """Whose families: a school of the caller's, or a class with its school taken from the roster."""
    class_id = request.data.get("class_id")
    if class_id is None:
        school_id = request.data["school"]
        return school_id, Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
    schools: Sequence[str] = request.schools or list(roster.schools(uow.connection))
    students = roster.class_students(uow.connection, class_id, school_ids=schools)
    if not students:
        # a class elsewhere and a class that is not look alike; policy refuses and the refusal is kept
        return next(iter(schools), ""), Resource(ResourceKind.CLASS, class_id, request.district, school=None)
    school_id = next(iter(students.values()))
    return school_id, Resource(ResourceKind.CLASS, class_id, request.district, school=school_id)


@api.get("/students/{student_id}", access=staff("teacher", *OFFICE))
def student_answers(request: Request) -> Response:
    """What a child's family has told us, for those who work with the child: facts and words, no opinions."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        decision = staff_decision(uow, request, Action.VIEW, Resource.student(student_id, request.district))
        request.require(decision, action="view", subject=student_id, record_type="survey_response")
        name = roster.student_names(uow.connection, [student_id]).get(student_id, "")
        told = responses.told_about(uow.connection, student_id)
        guardians = roster.guardians_of(uow.connection, student_id)
        names = roster.guardian_names(uow.connection, guardians)
        limits = people.boundaries(uow.connection, guardians)
        versions = campaigns.contents(uow.connection, {row.version for row in told})
    surveys = {version: survey_of(content) for version, content in versions.items()}
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in told:
        question = surveys[row.version].question(row.question_id)
        if question is None or (given := given_of(row.content)).empty:
            continue
        chosen = [text_in(option.label, "en") for option in question.options if option.value in given.values]
        answers[row.guardian_id].append(
            {
                "question": text_in(question.text, "en"),
                "declined": row.declined,
                "chosen": chosen,
                "text": given.text,
                "time": given.time,
                "language": row.language,
            }
        )
    cards = [
        {
            "guardian": names[guardian],
            "boundaries": sorted(limits.get(guardian, ())),
            "answers": answers.get(guardian, []),
        }
        for guardian in guardians
        if guardian in names
    ]
    if request.wants_html:
        title = request.t("staff.student")
        return page("surveys/student.html", request, title=title, student=name, cards=cards)
    return json_response({"student_id": student_id, "families": cards})
