"""In a family's inbox: its children's teachers, when they can be reached, and the way to "call me" (scheduling's page)."""

from __future__ import annotations

from typing import Any

from services.notifications.domain.wording import fill, hours
from services.notifications.handlers.rendering import school_zone
from services.notifications.store import conversation, people
from services.notifications.web.routes import full_name
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, SubjectKind, decide
from shared.web import Request

CALL_ME = "/scheduling/hours"
MOST = 12  # on one page: siblings at a secondary school have many teachers, those with the fewest students come first


def teachers(request: Request, uow: UnitOfWork, guardian_id: str) -> list[dict[str, Any]]:
    """Name, child, hours and link of each teacher with hours, for children about whom this guardian may meet the school."""
    children = people.students(uow.connection, [child for _, child in people.children_of(uow.connection, [guardian_id])])
    circle = people.circle(uow.connection, [guardian_id], children)
    schools = people.schools(uow.connection, {row["school_id"] for row in children.values()})
    subject = Subject(SubjectKind.GUARDIAN, guardian_id, uow.district)
    allowed = [
        child
        for child, row in children.items()
        if decide(
            subject,
            Action.BOOK,
            Resource.student(child, uow.district),
            circle.facts(guardian_id, uow.now.astimezone(school_zone(schools.get(row["school_id"]))).date()),
        ).allowed
    ]
    taught = people.teachers_of(uow.connection, allowed)
    pairs = [(child, teacher) for child in allowed for teacher in taught.get(child, ())]
    cards = conversation.cards(uow.connection, {teacher for _, teacher in pairs})
    names = people.staff(uow.connection, cards)
    return [
        {
            "teacher": full_name(names[teacher]),
            "child": children[child]["given_name"],
            "hours": _hours(request, cards[teacher]["windows"], schools.get(children[child]["school_id"])),
            "link": request.ports.link(
                CALL_ME,
                uow.district,
                guardian_id,
                purpose="hours",
                now=uow.now,
                resource=f"{child}|{teacher}",
                language=request.link.language if request.link is not None else request.locale,
            ),
        }
        for child, teacher in pairs
        if teacher in cards and cards[teacher]["windows"] and teacher in names
    ][:MOST]


def _hours(request: Request, windows: list[dict[str, str]], school: people.Row | None) -> str:
    return fill("{hours}", {"hours": hours(windows)}, language=request.locale, zone=school_zone(school))
