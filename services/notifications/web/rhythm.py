"""Welcome before day one, and who carries how much."""

from __future__ import annotations

from services.notifications.handlers.welcome import Welcomed, message_id, welcomed
from services.notifications.store import people
from services.notifications.store import rhythm as store
from services.notifications.web.routes import WRITERS, api, full_name
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, page, staff

BY_SCHOOL = frozenset({"office", "principal", "administrator"})
HELPERS = staff("principal", "administrator")


@api.get("/welcome", access=WRITERS, page=True)
def welcome_page(request: Request) -> Response:
    """How many families the welcome has reached: a teacher sees their own, the office each teacher's."""
    with request.unit_of_work() as uow:
        lines = _lines(uow, request)
    return page("notifications/welcome.html", request, title=request.t("notifications.welcome"), lines=lines)


def _lines(uow: UnitOfWork, request: Request) -> list[str]:
    newest = {row["school_id"]: row for row in reversed(store.welcomes(uow.connection, request.schools))}
    found = []
    for school_id, row in newest.items():
        if request.role in BY_SCHOOL:
            teachers = {each["staff_id"]: each for each in store.teachers_at(uow.connection, school_id)}
        else:
            teachers = dict(people.staff(uow.connection, [request.person_id]))
        for teacher_id, teacher in teachers.items():
            reached = welcomed(uow, message_id(school_id, row["term_id"], teacher_id))
            if reached.families:
                found.append(_line(request, full_name(teacher), reached))
    return found


def _line(request: Request, teacher: str, reached: Welcomed) -> str:
    return request.t(
        "welcome.line", teacher=teacher, reached=reached.reached, letter=reached.by_letter, families=reached.families
    )


@api.get("/load", access=HELPERS, page=True, nav="notifications.load")
def load_page(request: Request) -> Response:
    """By name, in bands: who could use a hand. There is no ranking, no sum and no other order."""
    with request.unit_of_work() as uow:
        rows = store.loads_at(uow.connection, request.schools)
    return page(
        "notifications/load.html",
        request,
        title=request.t("notifications.load"),
        rows=[
            (full_name(row), request.t(f"load.{row['band']}"), row["open_threads"], row["after_hours"]) for row in rows
        ],
    )
