"""Something to say to many: written, looked at in numbers, confirmed where the audience is unusual, and undone if it was wrong.

No JavaScript: the same form comes back with its preview above it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.domain.audience import Audience
from services.notifications.domain.consent import Purpose
from services.notifications.handlers import announcing, emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.emergency import Preview
from services.notifications.handlers.writing import Author
from services.notifications.store import emergency as store
from services.notifications.store import messages, people
from services.notifications.web.paper import language_name
from services.notifications.web.routes import api, author
from shared.ids import fingerprint
from shared.messaging.uow import UnitOfWork
from shared.web import Problem, Request, Response, json_response, page, redirect, staff

ANNOUNCERS = staff("teacher", "office", "principal", "administrator")
LEADS = frozenset({"office", "principal", "administrator"})
EXERCISE = "exercise"
KINDS = ("info", "ask", emergency.KIND, EXERCISE)
TEACHERS_KINDS = ("info", "ask")
HOURS = (1, 2, 4, 8, 24, 72, 168, 336)
LONGEST = 2000


class AnnounceQuery(Schema):
    corrects = fields.Str(load_default=None, validate=validate.Length(1, 64))


class AnnounceIn(Schema):
    """`listed`: student ids, one a line. `hours`: how long it is true. `confirm`: the number of guardians, typed."""

    kind = fields.Str(load_default="info", validate=validate.OneOf(KINDS))
    title = fields.Str(required=True, validate=validate.Length(1, 120))
    text = fields.Str(required=True, validate=validate.Length(1, LONGEST))
    purpose = fields.Str(
        load_default=Purpose.SCHOOL_MISSION.value,
        validate=validate.OneOf((Purpose.SCHOOL_MISSION.value, Purpose.OTHER.value)),
    )
    schools = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)
    grades = fields.List(fields.Str(validate=validate.Length(1, 16)), load_default=list)
    classes = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)
    listed = fields.Str(load_default="", validate=validate.Length(max=40_000))
    everyone = fields.Bool(load_default=False)
    hours = fields.Int(load_default=None, validate=validate.Range(1, 24 * 60))
    source_language = fields.Str(load_default=None, validate=validate.Length(min=2, max=35))
    confirm = fields.Str(load_default=None, validate=validate.Length(max=20))
    seen = fields.Str(load_default=None, validate=validate.Length(max=64), metadata={"description": "mark of the preview"})
    corrects = fields.Str(load_default=None, validate=validate.Length(1, 64))

    @validates_schema
    def somebody(self, data: Mapping[str, Any], **_: Any) -> None:
        if not (data.get("schools") or data.get("classes") or data.get("everyone") or str(data.get("listed") or "").strip()):
            raise ValidationError("announce.error.nobody", "schools")


class AnnouncedOut(Schema):
    message_id = fields.Str(required=True)
    guardians = fields.Int(required=True)


class Wrong(Exception):
    """What is wrong with a form beyond its schema: field → texts."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("announcement")
        self.errors = errors


def of_form(uow: UnitOfWork, data: Mapping[str, Any], who: Author, *, language: str) -> Announcement:
    """The announcement that a form asks for; `Wrong` names lines and fields."""
    students = _listed(uow, str(data["listed"] or ""))
    audience = Audience(
        schools=tuple(data["schools"]),
        grades=tuple(data["grades"]),
        classes=tuple(data["classes"]),
        students=students,
        everyone=data["everyone"],
    )
    allowed = KINDS if who.role in LEADS else TEACHERS_KINDS
    if data["kind"] not in allowed:
        raise Wrong({"kind": ["announce.error.kind"]})
    school = next(iter(audience.schools), None) or next(iter(who.schools), None)
    hours = data["hours"]
    return Announcement(
        kind=data["kind"],
        title=data["title"],
        text=data["text"],
        audience=audience,
        purpose=Purpose(data["purpose"]),
        school_id=school,
        source_language=data["source_language"] or language,
        expires_at=uow.now + timedelta(hours=hours) if hours else None,
        corrects=data["corrects"],
    )


def _listed(uow: UnitOfWork, text: str) -> tuple[str, ...]:
    """Student ids, one a line; an unknown one is named by its line, never by what it says."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    known = people.students(uow.connection, {line for _, line in lines})
    unknown = [str(number) for number, line in lines if line not in known]
    if unknown:
        raise Wrong({"listed": [f"announce.error.line|{', '.join(unknown[:20])}"]})
    return tuple(dict.fromkeys(line for _, line in lines))


def mark_of(what: Announcement, seen: Preview) -> str:
    """What somebody has seen before they press send: whom it is for, what kind it is, and how many that is now."""
    return fingerprint(json.dumps([what.kind, what.audience.as_json(), what.purpose.value, seen.guardians], sort_keys=True))


@api.get("/announce", access=ANNOUNCERS, query=AnnounceQuery(), page=True, nav="notifications.announce_nav")
def announce_page(request: Request) -> Response:
    """Whom, what, until when."""
    values: dict[str, Any] = {"kind": "info", "schools": list(request.schools[:1])}
    if request.role == "teacher":
        values["schools"] = []
    with request.unit_of_work() as uow:
        values |= _of_earlier(uow, request, request.query["corrects"])
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
        schools = store.all_schools(uow.connection)
        mine = schools if request.role == "administrator" else {key: schools[key] for key in request.schools if key in schools}
        member = people.staff(uow.connection, [request.person_id]).get(request.person_id)
        grades = store.grades(uow.connection, mine) if request.role in LEADS else []
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
    "/announce", access=ANNOUNCERS, body=AnnounceIn(), response=AnnouncedOut(), status=201, idempotent=True, invalid=_again
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
    message_id = emergency.exercise(uow, request.ports, author(request), replace(what, kind=emergency.KIND))
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
            emergency.ask_colleague(uow, author(request), what, given, seen)
    except Wrong as wrong:
        return _page(request, request.data, wrong.errors, status=422)
    return redirect("/notifications/emergency?asked=true")
