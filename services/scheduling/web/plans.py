"""A teacher's plans: drafts that alerts left, what waits for a yes, what runs; the editor, the review, what each home said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.scheduling.domain.plans import MOST_STEPS, Outcome, Owner, Report, State
from services.scheduling.handlers import loop_words, plan_course, plans
from services.scheduling.handlers.plans import PlanRefused, Proposal, homes_of
from services.scheduling.store import loop_plans as store
from services.scheduling.store import loop_said, people
from services.scheduling.web.loop_schemas import NextVersionIn, PlanIn, PlanOut, PlanQuery, ReviewIn
from services.scheduling.web.loop_view import plan_view
from services.scheduling.web.routes import HOSTS, api, name_of, require
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import invalid

READERS = staff("teacher", "counselor", "principal")
BY_SCHOOL = ("counselor", "principal")


@api.get("/plans", access=READERS, page=True, nav="plans.nav")
def plan_list(request: Request) -> Response:
    """Own plans; for a school's leadership and counselors the school's."""
    with request.unit_of_work() as uow:
        rows = store.of_staff(uow.connection, request.person_id)
        if request.role in BY_SCHOOL:
            rows += [row for row in store.of_schools(uow.connection, request.schools) if row.staff_id != request.person_id]
        students = people.students(uow.connection, (row.student_id for row in rows))
        versions = store.versions(uow.connection, (row.plan_id for row in rows))
        supported = loop_said.supported(uow.connection, students)
        mine = people.students_of(uow.connection, request.person_id)
        cards = [
            {
                "plan_id": row.plan_id,
                "student_id": row.student_id,
                "student": name_of(students.get(row.student_id)),
                "state": row.state,
                "score": row.score,
                "asked": row.asked is not None,
                "supported": row.student_id in supported,
                "checkin": _day(versions.get((row.plan_id, row.version)), request.locale),
            }
            for row in rows
        ]
    options = [(row.student_id, name_of(row)) for row in mine]
    return page("scheduling/plans_list.html", request, title=request.t("plans.title"), plans=cards, students=options)


def _day(version: Any | None, language: str) -> str:
    return spoken_day(version.checkin_on, language=language) if version is not None else ""


@api.get("/plans/new", access=HOSTS, page=True, query=PlanQuery())
def plan_editor(request: Request) -> Response:
    """An empty plan, an alert's draft, or the next version of one there is."""
    return _editor(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _editor(request, errors)


@api.post("/plans", access=HOSTS, body=PlanIn(), response=PlanOut(), status=201, idempotent=True, invalid=_again)
def post_plan(request: Request) -> Response:
    """Propose a plan to every home of an own student."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.EDIT, data["student_id"])
        plan = _own(request, uow, data["plan_id"]) if data["plan_id"] else None
        if plan is not None and (plan.student_id, plan.state) != (data["student_id"], State.DRAFT):
            raise invalid({"plan_id": ["expected a draft of this student; one that is under way gets a next version"]})
        proposal = Proposal(
            data["student_id"],
            request.person_id,
            data["draft"],
            class_id=plan.class_id if plan is not None else _shared_class(uow, request.person_id, data["student_id"]),
            plan_id=data["plan_id"],
        )
        try:
            plan_id, version = plans.propose(uow, request.ports, proposal)
        except PlanRefused as refused:
            return _refused(request, refused)
    return json_response({"plan_id": plan_id, "version": version}, then=f"/scheduling/plans/{plan_id}")


@api.get("/plans/{plan_id}", access=READERS, page=True)
def plan_page(request: Request) -> Response:
    """What it says, who has said yes, what was reported, both sides' words."""
    with request.unit_of_work() as uow:
        plan = _seen(request, uow)
        view = plan_view(uow, plan, language=request.locale, page=request.locale, reader=None)
        homes = store.homes(uow.connection, plan.plan_id, plan.version)
        guardians = people.guardians(uow.connection, homes)
        student = people.students(uow.connection, [plan.student_id])[plan.student_id]
        keeper = people.staff(uow.connection, [plan.staff_id]).get(plan.staff_id)
        standings = store.standings(uow.connection, plan.student_id, plan.class_id)
        supported = bool(loop_said.supported(uow.connection, [plan.student_id]))
    return page(
        "scheduling/plans_staff.html",
        request,
        title=request.t("plan.of", student=name_of(student)),
        plan=view,
        teacher=name_of(keeper),
        student=student.given_name,
        names={key: name_of(row) for key, row in guardians.items()},
        homes=[(name_of(guardians.get(guardian)), guardian in view["accepted_by"]) for guardian in homes],
        priorities=[(name_of(guardians.get(guardian)), text) for guardian, text in view["priorities"]],
        standings=[(spoken_day(row.as_of, language=request.locale), row.score) for row in standings],
        supported=supported,
        keeper=plan.staff_id == request.person_id,
    )


@api.post(
    "/plans/{plan_id}/versions",
    access=HOSTS,
    body=NextVersionIn(),
    response=PlanOut(),
    status=201,
    idempotent=True,
    invalid=_again,
)
def post_version(request: Request) -> Response:
    """After a review: the next version, which both sides accept anew."""
    with request.unit_of_work() as uow:
        plan = _own(request, uow, str(request.params["plan_id"]))
        require(request, uow, Action.EDIT, plan.student_id)
        proposal = Proposal(
            plan.student_id, request.person_id, request.data["draft"], plan_id=plan.plan_id, why=request.data["why"]
        )
        try:
            if plan.state == State.ACTIVE:
                version = plan_course.review(uow, request.ports, plan.plan_id, Outcome.CHANGED, proposal=proposal)
            else:  # nobody follows it yet: there is nothing to review, only something better to propose
                _, version = plans.propose(uow, request.ports, proposal)
        except PlanRefused as refused:
            return _refused(request, refused)
    return json_response({"plan_id": plan.plan_id, "version": version}, then=f"/scheduling/plans/{plan.plan_id}")


@api.post("/plans/{plan_id}/review", access=HOSTS, body=ReviewIn())
def post_review(request: Request) -> Response:
    """It stays as it is, or ends."""
    with request.unit_of_work() as uow:
        plan = _own(request, uow, str(request.params["plan_id"]))
        try:
            plan_course.review(
                uow, request.ports, plan.plan_id, request.data["outcome"], checkin_on=request.data["checkin_on"]
            )
        except PlanRefused as refused:
            raise invalid(refused.faults) from None
    return json_response({"plan_id": plan.plan_id, "outcome": request.data["outcome"]}, then=f"/scheduling/plans/{plan.plan_id}")


@api.post("/plans/{plan_id}/steps/{n}/done", access=HOSTS)
def step_done(request: Request) -> Response:
    """The school's own step, or the student's, is done."""
    n = str(request.params["n"])
    with request.unit_of_work() as uow:
        plan = _own(request, uow, str(request.params["plan_id"]))
        steps = {str(step.n): step for step in store.steps(uow.connection, plan.plan_id, plan.version)}
        if n not in steps or steps[n].owner_kind == Owner.GUARDIAN:
            raise not_found("step")
        plan_course.report(uow, plan, plan.version, int(n), person_id=request.person_id, what=Report.DONE)
    return json_response({"plan_id": plan.plan_id, "step": int(n)}, then=f"/scheduling/plans/{plan.plan_id}")


def _refused(request: Request, refused: PlanRefused) -> Response:
    """The form comes back with what was typed and what is wrong; a program gets the fields."""
    if not request.is_form:
        raise invalid(refused.faults)
    answer = _editor(request, refused.faults)
    return replace(answer, status=422)


def _own(request: Request, uow: UnitOfWork, plan_id: str) -> Any:
    """A plan that one keeps; somebody else's does not exist here."""
    plan = store.by_id(uow.connection, [plan_id]).get(plan_id)
    if plan is None or plan.staff_id != request.person_id:
        raise not_found("plan")
    return plan


def _seen(request: Request, uow: UnitOfWork) -> Any:
    """A plan of a student whom policy lets one see; drafts are their keeper's alone."""
    plan_id = str(request.params["plan_id"])
    plan = store.by_id(uow.connection, [plan_id]).get(plan_id)
    if plan is None or plan.state == State.DRAFT:
        raise not_found("plan")
    require(request, uow, Action.VIEW, plan.student_id)
    return plan


def _shared_class(uow: UnitOfWork, staff_id: str, student_id: str) -> str | None:
    """The class whose standing measures a goal, where teacher and student share just one."""
    teacher = people.staff(uow.connection, [staff_id]).get(staff_id)
    student = people.students(uow.connection, [student_id]).get(student_id)
    if teacher is None or student is None:
        return None
    shared = sorted(set(teacher.class_ids or []) & set(student.class_ids or []))
    return shared[0] if len(shared) == 1 else None


def _editor(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    typed = {name: values[-1] for name, values in (request.form or {}).items()}
    plan_id = typed.get("plan_id") or request.params.get("plan_id") or request.query.get("plan_id")
    with request.unit_of_work() as uow:
        plan = _own(request, uow, plan_id) if plan_id else None
        student_id = plan.student_id if plan is not None else typed.get("student_id") or request.query.get("student_id")
        if not student_id:
            raise invalid({"student_id": ["expected a student: choose one on the list of plans"]})
        require(request, uow, Action.EDIT, student_id)
        student = people.students(uow.connection, [student_id])[student_id]
        homes = people.guardians(uow.connection, homes_of(uow, student_id))
        me = people.staff(uow.connection, [request.person_id]).get(request.person_id)
        given = typed or _former(uow, plan, request.locale)
        wish = loop_words.read(uow, [plan.asked], request.locale)[plan.asked] if plan is not None and plan.asked else None
    owners = [(f"{Owner.STAFF}:{request.person_id}", name_of(me)), (f"{Owner.STUDENT}:{student_id}", student.given_name)]
    owners += [(f"{Owner.GUARDIAN}:{guardian}", name_of(row)) for guardian, row in sorted(homes.items())]
    return page(
        "scheduling/plans_edit.html",
        request,
        title=request.t("plan.of", student=name_of(student)),
        action=f"/scheduling/plans/{plan.plan_id}/versions" if plan is not None and plan.version else "/scheduling/plans",
        next_version=plan is not None and plan.version > 0,
        plan_id=plan.plan_id if plan is not None and not plan.version else None,
        score=plan.score if plan is not None else None,
        wish=wish,
        student_id=student_id,
        owners=owners,
        numbers=list(range(1, MOST_STEPS + 1)),
        given=given,
        errors=errors or {},
    )


def _former(uow: UnitOfWork, plan: Any | None, language: str) -> dict[str, Any]:
    """The newest version as the form's first values, in the words it was written in."""
    if plan is None or not plan.version:
        return {}
    view = plan_view(uow, plan, language=language, page=language, reader=None)
    version = store.versions(uow.connection, [plan.plan_id])[plan.plan_id, plan.version]
    given: dict[str, Any] = {
        "goal": view["goal"].original,
        "target": version.target,
        "due_on": version.due_on.isoformat(),
        "checkin_on": version.checkin_on.isoformat(),
    }
    for step in store.steps(uow.connection, plan.plan_id, plan.version):
        shown = next(each for each in view["steps"] if each["n"] == step.n)
        given |= {
            f"owner_{step.n}": f"{step.owner_kind}:{step.owner_id}",
            f"text_{step.n}": shown["said"].original,
            f"due_on_{step.n}": step.due_on.isoformat() if step.due_on else "",
        }
    return given
