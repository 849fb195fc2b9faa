"""A family's page of a plan, by its link and without JavaScript: say yes, say "I see it differently", say how it goes.

The page's link only reads. Each button has a link of its own that works once, so that a forwarded page or a second press
changes nothing twice.
"""

from __future__ import annotations

from typing import Any

from services.scheduling.domain.plans import Report, State
from services.scheduling.handlers import disagreements, loop_words, plan_course, plans
from services.scheduling.handlers.plans import homes_of, open_until, page_link
from services.scheduling.store import loop_plans as store
from services.scheduling.store import people
from services.scheduling.web.loop_schemas import ReportIn, WordsIn
from services.scheduling.web.loop_view import plan_view
from services.scheduling.web.routes import api, local, name_of
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused

ACCEPT, DIFFER, REPORT = "plan-accept", "plan-differ", "plan-report"  # purposes, and their routes


@api.get("/plan/{token}", access=link("plan", single_use=False), page=True)
def my_plan(request: Request) -> Response:
    """The plan as this home reads it."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        plan = _plan(request, uow, request.link.resource)
        view = plan_view(
            uow, plan, language=request.link.language, page=request.locale, reader=request.person_id
        )
        buttons = _Buttons(request, uow, plan)
        for step in view["steps"]:
            step["differ_url"] = buttons.of(DIFFER, step["n"])
            step["report_url"] = buttons.report(step) if step["mine"] and view["active"] and view["accepted"] else None
        teacher = people.staff(uow.connection, [plan.staff_id]).get(plan.staff_id)
        student = people.students(uow.connection, [plan.student_id])[plan.student_id]
    return page(
        "scheduling/plans_home.html",
        request,
        title=request.t("plan.title"),
        plan=view,
        teacher=name_of(teacher),
        student=student.given_name,
        language=request.link.language,
        accept_url=buttons.of(ACCEPT) if not view["accepted"] and not view["over"] else None,
    )


@api.post("/plan-accept/{token}", access=link(ACCEPT), page=True)
def accept_plan(request: Request) -> Response:
    """Yes to this version."""
    with request.unit_of_work() as uow:
        plan, version, _ = _acted_on(request, uow)
        if plans.accept(uow, plan.plan_id, version, request.person_id, via="page") == "gone":
            raise link_refused()
        return _back(request, uow, plan)


@api.post("/plan-differ/{token}", access=link(DIFFER), body=WordsIn(), page=True)
def differ(request: Request) -> Response:
    """I see this step differently, in my own words."""
    with request.unit_of_work() as uow:
        plan, version, n = _acted_on(request, uow)
        if plan.version != version or plan.state not in (State.PROPOSED, State.ACTIVE):
            raise link_refused()
        language = loop_words.languages(uow, [request.person_id]).get(request.person_id, loop_words.SCHOOL_LANGUAGE)
        disagreements.open_one(
            uow,
            request.ports,
            plan,
            n,
            guardian_id=request.person_id,
            version=version,
            text=request.data["text"],
            language=language,
        )
        return _back(request, uow, plan)


@api.post("/plan-report/{token}", access=link(REPORT), body=ReportIn(), page=True)
def report(request: Request) -> Response:
    """Done, or too hard."""
    with request.unit_of_work() as uow:
        plan, version, n = _acted_on(request, uow)
        steps = {step.n: step for step in store.steps(uow.connection, plan.plan_id, version)}
        if n not in steps or steps[n].owner_id != request.person_id or plan.state != State.ACTIVE:
            raise link_refused()
        plan_course.report(uow, plan, version, n, person_id=request.person_id, what=Report(request.data["what"]))
        return _back(request, uow, plan)


class _Buttons:
    """The links of a page's buttons: each names what it does to which version (and step), and works once."""

    def __init__(self, request: Request, uow: UnitOfWork, plan: Any) -> None:
        assert request.link is not None
        self._request, self._uow, self._plan, self._link = request, uow, plan, request.link
        said = [row for row in store.reports(uow.connection, plan.plan_id, plan.version) if row.person_id == request.person_id]
        self._reports = {n: sum(row.n == n for row in said) for n in {row.n for row in said}}

    def of(self, purpose: str, n: int = 0, *, count: int = 0) -> str:
        plan = self._plan
        return local(
            self._request.ports.page_link(
                f"/scheduling/{purpose}",
                self._uow.district,
                self._request.person_id,
                purpose=purpose,
                resource=f"{plan.plan_id}|{plan.version}|{n}",
                expires_at=self._link.expires_at,
                language=self._link.language,
                school=plan.school_id,
                jti=f"{purpose}-{plan.plan_id}-{plan.version}-{n}-{self._request.person_id}-{count}",
            )
        )

    def report(self, step: dict[str, Any]) -> str:
        return self.of(REPORT, step["n"], count=self._reports.get(step["n"], 0))


def _acted_on(request: Request, uow: UnitOfWork) -> tuple[Any, int, int]:
    assert request.link is not None
    plan_id, version, n = request.link.resource.split("|")
    return _plan(request, uow, plan_id), int(version), int(n)


def _plan(request: Request, uow: UnitOfWork, plan_id: str) -> Any:
    """The plan, if its newest version was proposed to this guardian and policy still allows; one refusal for all else."""
    plan = store.by_id(uow.connection, [plan_id]).get(plan_id)
    if plan is None or request.person_id not in store.homes(uow.connection, plan_id, plan.version):
        raise link_refused()
    if request.person_id not in homes_of(uow, plan.student_id):
        raise link_refused()
    return plan


def _back(request: Request, uow: UnitOfWork, plan: Any) -> Response:
    """To the plan's page."""
    version = store.versions(uow.connection, [plan.plan_id])[plan.plan_id, plan.version]
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    language = request.link.language if request.link else loop_words.SCHOOL_LANGUAGE
    until = open_until(version, school)
    return redirect(local(page_link(uow, request.ports, plan, request.person_id, until=until, language=language)))
