"""The service's collection of routes, and what its handlers share."""

from __future__ import annotations

from datetime import date

from services.scheduling.handlers.permission import staff_may, staff_subject
from services.scheduling.store import people
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Api, Request, not_found, staff

api = Api("scheduling", prefix="/scheduling")

HOSTS = staff("teacher", "counselor", "principal")  # families meet them by appointment


def require(request: Request, uow: UnitOfWork, action: Action, student_id: str) -> None:
    """Go on if policy lets this member of staff; else 403, and the refusal in the audit log. 404: no such student."""
    student = people.students(uow.connection, [student_id]).get(student_id)
    if student is None:
        raise not_found("student")
    subject = staff_subject(request.person_id, district=request.district, role=request.role, schools=request.schools)
    on = today(uow, student.school_id)
    decision = staff_may(uow.connection, subject, action, student_id, on=on)
    request.require(decision, action=action.value, subject=student_id)


def today(uow: UnitOfWork, school_id: str) -> date:
    """Today at that school, or in UTC where its settings have not come yet."""
    school = people.schools(uow.connection, [school_id]).get(school_id)
    return school.today(uow.now) if school is not None else uow.now.date()


def local(link: str) -> str:
    """The path of a link of this cell's own."""
    return link[link.index("/scheduling/") :]


def name_of(row: object | None) -> str:
    return f"{row.given_name} {row.family_name}" if row is not None else ""  # type: ignore[attr-defined]
