"""The weekly brief of a class and a school's newsletter: written any day, kept whatever the length, out on their day."""

from __future__ import annotations

from services.notifications.handlers import brief
from services.notifications.schemas import BriefIn, BriefQuery
from services.notifications.store import people
from services.notifications.web.routes import api, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, not_found, page, staff

TEACHERS = staff("teacher", "aide")
OFFICE = staff("office", "principal")


@api.get("/brief", access=TEACHERS, query=BriefQuery(), page=True, nav="notifications.brief")
def brief_page(request: Request) -> Response:
    """This week's text of one of the reader's classes."""
    return _page(request, request.query["class_id"], None, None)


@api.post("/brief", access=TEACHERS, body=BriefIn())
def brief_written(request: Request) -> Response:
    """Keep it; with `ready` it goes on its day, unless it is too long: then it says by how much, and keeps it too."""
    class_id = request.data["class_id"]
    with request.unit_of_work() as uow:
        if class_id not in _classes(uow, request):
            raise not_found("class")
        written = _write(uow, request, class_id)
    return _page(request, class_id, written, request.data["text"])


@api.get("/newsletter", access=OFFICE, page=True, nav="notifications.newsletter")
def newsletter_page(request: Request) -> Response:
    """The words before the month's days, which list themselves."""
    return _page(request, None, None, None)


@api.post("/newsletter", access=OFFICE, body=BriefIn())
def newsletter_written(request: Request) -> Response:
    """Keep the office's words for the next newsletter; with `ready` they go with it."""
    with request.unit_of_work() as uow:
        written = _write(uow, request, None)
    return _page(request, None, written, request.data["text"])


def _write(uow: UnitOfWork, request: Request, class_id: str | None) -> brief.Written:
    school_id = _school(uow, request, class_id)
    if school_id is None:
        raise not_found("school")
    session = request.session
    return brief.write(
        uow,
        staff_id=request.person_id,
        school_id=school_id,
        class_id=class_id,
        text=request.data["text"],
        language=session.language if session and session.language else "en",
        send=bool(request.data["ready"]),
    )


def _classes(uow: UnitOfWork, request: Request) -> list[str]:
    member = people.staff(uow.connection, [request.person_id]).get(request.person_id)
    return list(member["class_ids"]) if member else []


def _school(uow: UnitOfWork, request: Request, class_id: str | None) -> str | None:
    found = people.school_of_class(uow.connection, class_id) if class_id else None
    return found or next(iter(request.schools), None)


def _page(request: Request, class_id: str | None, written: brief.Written | None, text: str | None) -> Response:
    newsletter = request.route.path.endswith("/newsletter")
    with request.unit_of_work() as uow:
        classes = [] if newsletter else _classes(uow, request)
        chosen = None if newsletter else class_id if class_id in classes else next(iter(classes), None)
        school_id = _school(uow, request, chosen)
        found = brief.this_week(uow, school_id=school_id, class_id=chosen) if school_id else None
        zone = zone_for(uow, request.schools)
    when = on_the_clock(found.publish_at, zone, request.locale) if found else ""
    over = written.length if written is not None and written.length.over else None
    return page(
        "notifications/brief.html",
        request,
        title=request.t("notifications.newsletter" if newsletter else "notifications.brief"),
        newsletter=newsletter,
        classes=[(name, name) for name in classes],
        chosen=chosen,
        text=text if text is not None else found.text if found else "",
        state=found.state if found else "",
        when=when,
        limit=found.limit if found else 0,
        over=request.t("brief.over", words=over.words, over=over.over) if over else "",
        words=request.t("brief.words", words=written.length.words, limit=written.length.limit) if written else "",
    )
