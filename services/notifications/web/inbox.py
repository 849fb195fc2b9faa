"""What a guardian reaches by link: their messages, calendar files, and the way to stop emails."""

from __future__ import annotations

from typing import Any

from services.notifications.domain.wording import fill
from services.notifications.handlers import pushing
from services.notifications.handlers.rendering import school_zone, shown
from services.notifications.handlers.wishes import stop
from services.notifications.store import messages, people
from services.notifications.web.routes import api, on_the_clock
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, SubjectKind, decide
from shared.web import Request, Response, file_response, link, not_found, page


@api.get("/inbox/{token}", access=link("inbox", single_use=False), page=True)
def inbox(request: Request) -> Response:
    """The guardian's own messages, newest first, each with its original one tap away."""
    with request.unit_of_work() as uow:
        sent = messages.inbox(uow.connection, request.person_id)
        schools = people.schools(uow.connection, (row["school_id"] for row in sent))
        circle = people.circle(uow.connection, [request.person_id], {child for row in sent for child in row["students"]})
        rows = [row for row in sent if _may_read(uow, request.person_id, row, circle, schools)]
    return page(
        "notifications/inbox.html",
        request,
        title=request.t("notifications.inbox"),
        letters=[_letter(request, row, schools.get(row["school_id"] or "")) for row in rows],
        push_key=pushing.key_of(request.ports),
        push_token=request.params["token"],
    )


def _may_read(uow: UnitOfWork, guardian: str, row: Any, circle: people.Circle, schools: Any) -> bool:
    """A restriction that came later also closes what was sent before."""
    today = uow.now.astimezone(school_zone(schools.get(row["school_id"] or ""))).date()
    return decide(
        Subject(SubjectKind.GUARDIAN, guardian, uow.district),
        Action.VIEW,
        Resource.guardian(guardian, uow.district, students=tuple(row["students"])),
        circle.facts(guardian, today),
    ).allowed


def _may_still_have(uow: UnitOfWork, row: messages.Row) -> bool:
    """Whether it could be sent today: a restriction that came later closes its link."""
    if row["recipient_kind"] != "guardian":
        return True
    guardian, students = row["recipient_id"], tuple(row["students"])
    school = people.schools(uow.connection, [row["school_id"]]).get(row["school_id"] or "")
    return decide(
        Subject.system("notifications", uow.district),
        Action.CONTACT,
        Resource.guardian(guardian, uow.district, students=students),
        people.circle(uow.connection, [guardian], students).facts(guardian, uow.now.astimezone(school_zone(school)).date()),
    ).allowed


def _letter(request: Request, row: Any, school: Any) -> dict[str, str]:
    zone = school_zone(school)
    original = fill(row["original"] or "", row["params"], language=row["source_language"], zone=zone)
    return {
        "when": on_the_clock(row["sent_at"], zone, request.locale),
        "text": shown(row, school=school["name"] if school else ""),
        "language": row["language"],
        "original": original if row["source_language"] != row["language"] else "",
        "source": row["source_language"],
    }


@api.get("/calendar/{token}", access=link("calendar", single_use=False))
def calendar_file(request: Request) -> Response:
    """The meeting's calendar file (RFC 5545)."""
    claims = request.link
    file_id = claims.resource if claims else ""
    with request.unit_of_work() as uow:
        sent = messages.with_file(uow.connection, file_id, request.person_id)
        found = messages.calendar_files(uow.connection, [file_id]).get(file_id)
        if sent is None or found is None or not _may_still_have(uow, sent):
            raise not_found("file")
    return file_response(found["ics"].encode(), media_type="text/calendar; charset=utf-8", filename="meeting.ics")


@api.get("/stop/{token}", access=link("stop", single_use=False), page=True)
def stop_page(request: Request) -> Response:
    """A button, since mail scanners open every link."""
    return page("notifications/stop.html", request, title=request.t("notifications.stop"))


@api.post("/stop/{token}", access=link("stop", single_use=False), media="multipart/form-data")
def stop_emails(request: Request) -> Response:
    """One click ends emails, emergencies excepted (RFC 8058: no sign-in, no redirect)."""
    with request.unit_of_work() as uow:
        stop(uow, [request.person_id], "email", source="one_click")
    return page("notifications/stopped.html", request, title=request.t("notifications.stopped"))
