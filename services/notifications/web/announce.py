"""Something to say to many: written, looked at in numbers, confirmed where the audience is unusual, and undone if it was wrong.

No JavaScript: the same form comes back with its preview above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields, validate

from services.notifications.domain.audience import Audience
from services.notifications.handlers import announcing, approving, drills, emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.emergency import Preview
from services.notifications.store import broadcasts, messages, people
from services.notifications.web.announcement import (
    EXERCISE,
    KINDS,
    LEADS,
    PREPARED,
    TEACHERS_KINDS,
    AnnounceIn,
    Wrong,
    english,
    mark_of,
    of_form,
)
from services.notifications.web.paper import language_name
from services.notifications.web.routes import api, author
from shared.messaging.uow import UnitOfWork
from shared.web import Problem, Request, Response, json_response, page, redirect, staff

ANNOUNCERS = staff("teacher", "office", "principal", "administrator")
HOURS = (1, 2, 4, 8, 24, 72, 168, 336)


class AnnounceQuery(Schema):
    corrects = fields.Str(load_default=None, validate=validate.Length(1, 64))
    prepared = fields.Str(load_default=None, validate=validate.OneOf(PREPARED))


class AnnouncedOut(Schema):
    message_id = fields.Str(required=True)
    guardians = fields.Int(required=True)


@api.get("/announce", access=ANNOUNCERS, query=AnnounceQuery(), page=True, nav="notifications.announce_nav")
def announce_page(request: Request) -> Response:
    """Whom, what, until when."""
    values: dict[str, Any] = {"kind": "info", "schools": list(request.schools[:1])}
    if request.role == "teacher":
        values["schools"] = []
    with request.unit_of_work() as uow:
        values |= _of_earlier(uow, request, request.query["corrects"])
    prepared = request.query["prepared"]
    if prepared and request.role in LEADS:
        title = request.t(f"announce.prepared.{prepared}")
        values |= {"kind": emergency.KIND, "prepared": prepared, "title": title, "text": english(prepared)}
    return _page(request, values, {})


def _of_earlier(uow: UnitOfWork, request: Request, message_id: str | None) -> dict[str, Any]:
    """An update goes to whom the first message was for; only its own sender or an office starts from it."""
    message = messages.messages(uow.connection, [message_id]).get(message_id) if message_id else None
    if message is None or message["audience"] is None or request.role not in LEADS:
        return {}
    audience = Audience.from_json(message["audience"])
    return {
        "corrects": message_id,
        "kind": message["kind"],
        "title": message["title"],
        "schools": list(audience.schools),
        "grades": list(audience.grades),
        "classes": list(audience.classes),
        "listed": "\n".join(audience.students),
        "everyone": audience.everyone,
    }


def _page(
    request: Request,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    *,
    seen: Preview | None = None,
    mark: str = "",
    status: int = 200,
) -> Response:
    with request.unit_of_work() as uow:
        schools = broadcasts.all_schools(uow.connection)
        mine = (
            schools
            if request.role == "administrator"
            else {key: schools[key] for key in request.schools if key in schools}
        )
        member = people.staff(uow.connection, [request.person_id]).get(request.person_id)
        grades = broadcasts.grades(uow.connection, mine) if request.role in LEADS else []
    kinds = KINDS if request.role in LEADS else TEACHERS_KINDS
    return page(
        "notifications/announce.html",
        request,
        title=request.t("notifications.announce"),
        status=status,
        values=values,
        errors={name: [_said(request, text) for text in texts] for name, texts in errors.items()},
        leads=request.role in LEADS,
        administrator=request.role == "administrator",
        prepared=[(name, request.t(f"announce.prepared.{name}")) for name in PREPARED],
        kinds=[(kind, request.t(f"announce.kind.{kind}")) for kind in kinds],
        purposes=[(name, request.t(f"announce.purpose.{name}")) for name in ("school_mission", "other")],
        schools=sorted(mine.items(), key=lambda one: one[1]),
        grades=[(grade, grade) for grade in grades],
        classes=[(name, name) for name in (member["class_ids"] if member else [])],
        hours=[(str(hours), request.t("announce.hours", count=hours)) for hours in HOURS],
        seen=_shown(request, seen) if seen is not None else None,
        mark=mark,
    )


def _said(request: Request, text: str) -> str:
    key, _, lines = text.partition("|")
    return request.t(key, lines=lines) if lines else request.t(key)


def _shown(request: Request, seen: Preview) -> dict[str, Any]:
    return {
        "guardians": seen.guardians,
        "languages": [
            (language_name(language, request.locale), count)
            for language, count in sorted(seen.languages.items(), key=lambda one: (-one[1], one[0]))
        ],
        "ways": [(request.t(f"announce.way.{name}"), count) for name, count in seen.ways.items()],
        "unusual": request.t(f"announce.unusual.{seen.unusual.value}", count=seen.guardians) if seen.unusual else "",
        "undo": seen.limits.undo_seconds,
    }


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, dict(request.data), errors)


def _asked(request: Request, uow: UnitOfWork) -> tuple[Announcement, Preview]:
    """What the form asks for, allowed to this author, and what it comes to."""
    session = request.session
    what = of_form(uow, request.data, author(request), language=session.language if session else "en")
    safety = what.kind == emergency.KIND
    decision = announcing.may_announce(uow, author(request), what.audience, safety=safety)
    request.require(decision, action="contact", subject=what.school_id or "", record_type="school")
    seen = emergency.preview(uow, author(request), what)
    if seen.guardians == 0 and what.kind != EXERCISE:
        raise Wrong({"schools": ["announce.error.nobody"]})
    return what, seen


@api.post("/announce/preview", access=ANNOUNCERS, body=AnnounceIn(), page=True, invalid=_again)
def announce_preview(request: Request) -> Response:
    """How many it would reach, by which ways and in which languages; nothing goes."""
    try:
        with request.unit_of_work() as uow:
            what, seen = _asked(request, uow)
    except Wrong as wrong:
        return _page(request, request.data, wrong.errors, status=422)
    return _page(request, request.data, {}, seen=seen, mark=mark_of(what, seen))


@api.post(
    "/announce",
    access=ANNOUNCERS,
    body=AnnounceIn(),
    response=AnnouncedOut(),
    status=201,
    idempotent=True,
    invalid=_again,
)
def announce(request: Request) -> Response:
    """Send it: after a look at the numbers, and with the number typed where the audience is unusual."""
    try:
        with request.unit_of_work() as uow:
            what, seen = _asked(request, uow)
            if what.kind == EXERCISE:
                return _drill(request, uow, what)
            mark = mark_of(what, seen)
            if request.is_form and request.data["seen"] != mark:
                return _page(request, request.data, {}, seen=seen, mark=mark, status=422)
            if not emergency.may_confirm(seen, request.data["confirm"]):
                return _unconfirmed(request, seen, mark)
            how = "typed" if seen.unusual else None
            message_id = emergency.send(uow, request.ports, author(request), what, confirmed=how)
    except Wrong as wrong:
        return _page(request, request.data, wrong.errors, status=422)
    return json_response(
        {"message_id": message_id, "guardians": seen.guardians}, then=f"/notifications/emergency/{message_id}"
    )


def _drill(request: Request, uow: UnitOfWork, what: Announcement) -> Response:
    message_id = drills.exercise(uow, request.ports, author(request), replace(what, kind=emergency.KIND))
    return json_response({"message_id": message_id, "guardians": 0}, then=f"/notifications/emergency/{message_id}")


def _unconfirmed(request: Request, seen: Preview, mark: str) -> Response:
    if not request.is_form:
        raise Problem(
            409,
            "AUDIENCE_UNUSUAL",
            f"This goes to {seen.guardians} guardians, far more than usual for this sender.",
            remedy="Send the number of guardians as `confirm`, or have somebody else approve it.",
            where="confirm",
        )
    errors = {"confirm": ["announce.error.confirm"]} if request.data["confirm"] else {}
    return _page(request, request.data, errors, seen=seen, mark=mark, status=422)


@api.post("/announce/ask", access=ANNOUNCERS, body=AnnounceIn(), page=True, idempotent=True, invalid=_again)
def announce_ask(request: Request) -> Response:
    """An unusual audience: somebody else says yes within half an hour, or it does not go. Not for emergencies."""
    try:
        with request.unit_of_work() as uow:
            what, seen = _asked(request, uow)
            if what.kind in (emergency.KIND, EXERCISE) or seen.unusual is None:
                return _page(request, request.data, {}, seen=seen, mark=mark_of(what, seen), status=422)
            given = {name: value for name, value in request.data.items() if name not in ("confirm", "seen")}
            given["source_language"] = what.source_language
            approving.ask_colleague(uow, author(request), what, given, seen)
    except Wrong as wrong:
        return _page(request, request.data, wrong.errors, status=422)
    return redirect("/notifications/emergency?asked=true")
