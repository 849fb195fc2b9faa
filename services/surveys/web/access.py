"""Who of the staff may: policy's answer, from the projection of the roster."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.surveys.store import roster
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Decision, Facts, Resource, Subject, SubjectKind, decide
from shared.web import Request
from shared.web.problems import invalid

OFFICE = ("office", "principal", "counselor", "administrator")


def subject_of(request: Request) -> Subject:
    return Subject(
        SubjectKind.STAFF,
        request.person_id,
        request.district,
        roles=frozenset({request.role}),
        schools=frozenset(request.schools),
    )


def school_of(request: Request) -> str:
    """The school of the address (`?school=`), else the caller's first; policy says whether it is theirs (Problem 422)."""
    school = request.query.get("school") or next(iter(request.schools), None)
    if school is None:
        raise invalid({"school": ["Name the school."]})
    return str(school)


def staff_facts(uow: UnitOfWork, request: Request, *, zone: str = "UTC") -> Facts:
    """What policy is told of a member of staff who asks about schools and classes: read once, decided on often."""
    taught, classes = roster.staff_facts(uow.connection, request.person_id)
    return Facts(
        on=request.now.astimezone(ZoneInfo(zone)).date(), restrictions=(), schools_of={}, taught=taught, classes=classes
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
