"""A teacher's office hours as a family sees them, and "call me": one tap, and the soonest free time is theirs."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.handlers import announce, office_hours
from services.scheduling.handlers.office_hours import Caller
from services.scheduling.handlers.permission import may_book
from services.scheduling.store import availability, meetings, people
from services.scheduling.web.availability_week import hours_in_words
from services.scheduling.web.routes import api, local, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused

HOLDER = link("hours", single_use=False)  # a tap books one call, and a second tap leads to the same


@api.get("/hours/{token}", access=HOLDER, page=True)
def hours_for_family(request: Request) -> Response:
    """When the teacher can be reached, and the soonest call; the link's resource is "<student>|<staff>"."""
    with request.unit_of_work() as uow:
        caller, student, teacher = _caller(request, uow)
        school = people.schools(uow.connection, [caller.school_id])[caller.school_id]
        hours = availability.office_hours(uow.connection, [caller.staff_id]).get(caller.staff_id)
        coming = office_hours.promised(uow, caller)
        soonest = None if coming is not None else office_hours.next_call(uow, caller)
        zone, language = _zone(uow, caller, school), _language(request)
        return page(
            "scheduling/hours.html",
            request,
            title=request.t("call.title", teacher=name_of(teacher)),
            student=student.given_name,
            language=language,
            hours=hours_in_words(hours.windows if hours is not None else [], language),
            soonest=spoken_time(soonest.start, zone=zone, language=language) if soonest is not None else None,
            coming=spoken_time(coming.start_at, zone=zone, language=language) if coming is not None else None,
            meeting=_path(uow, request, coming) if coming is not None else None,
            missed=request.query.get("missed") == "1",
            token=request.params["token"],
        )


@api.post("/hours/{token}/call", access=HOLDER, page=True)
def call_me(request: Request) -> Response:
    """The soonest call is booked and confirmed; where there is none any more the page says so."""
    with request.unit_of_work() as uow:
        caller, _, _ = _caller(request, uow)
        meeting_id = office_hours.call_me(uow, request.ports, caller)
        if meeting_id is not None:
            return redirect(_path(uow, request, meetings.by_id(uow.connection, [meeting_id])[meeting_id]))
    return redirect(f"/scheduling/hours/{request.params['token']}?missed=1")


def _caller(request: Request, uow: UnitOfWork) -> tuple[Caller, Any, Any]:
    """Who holds the link, if policy still lets them meet this teacher about this child; one refusal for all else."""
    assert request.link is not None
    student_id, _, staff_id = request.link.resource.partition("|")
    student = people.students(uow.connection, [student_id]).get(student_id)
    teacher = people.staff(uow.connection, [staff_id]).get(staff_id)
    if student is None or teacher is None or staff_id not in student.teacher_ids:
        raise link_refused()
    school = people.schools(uow.connection, [student.school_id]).get(student.school_id)
    known = people.known(uow.connection, [student_id])
    if school is None or not may_book(
        known, request.person_id, student_id, district=uow.district, on=school.today(uow.now)
    ).allowed:
        raise link_refused()
    return Caller(request.person_id, student_id, staff_id, student.school_id), student, teacher


def _zone(uow: UnitOfWork, caller: Caller, school: people.School) -> ZoneInfo:
    said = availability.preferences(uow.connection, [caller.guardian_id]).get(caller.guardian_id)
    return ZoneInfo(said.timezone) if said is not None and said.timezone else school.zone


def _language(request: Request) -> str:
    return request.link.language if request.link is not None else "en"


def _path(uow: UnitOfWork, request: Request, row: Any) -> str:
    return local(announce.link(uow, request.ports, dict(row._mapping), language=_language(request)))
