"""What a guardian reaches by link: their conversation with the school, calendar files, and the way to stop emails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.domain.inbound import Inbound
from services.notifications.domain.wording import fill
from services.notifications.handlers import concerns, listening, pushing
from services.notifications.handlers.rendering import school_zone, shown
from services.notifications.handlers.wishes import stop
from services.notifications.store import concerns as clocks
from services.notifications.store import messages, people, threads
from services.notifications.web import reaching, translated
from services.notifications.web.routes import api, on_the_clock, zone_for
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, SubjectKind, about_whom, decide
from shared.web import Request, Response, file_response, json_response, link, not_found, page

INBOX = translated.INBOX
LONGEST = 4000


class WordsIn(Schema):
    """Words for the school, or the wish to be called."""

    text = fields.Str(load_default="")
    call_back = fields.Str(load_default=None)

    @validates_schema
    def words(self, data: Mapping[str, Any], **_: Any) -> None:
        """Something, and not a book; what was written stays in the box."""
        if not str(data.get("text") or "").strip() and not data.get("call_back"):
            raise ValidationError("inbox.words_empty", "text")
        if len(data.get("text") or "") > LONGEST:
            raise ValidationError("inbox.words_long", "text")


class WordsOut(Schema):
    """What the words were taken for."""

    taken = fields.Str(required=True)


class ConcernWordIn(Schema):
    """The guardian's word on an answer to a concern of theirs: 1 it is answered, 2 not yet."""

    concern_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))
    answer = fields.Str(required=True, validate=validate.OneOf(("1", "2")))


@api.get("/inbox/{token}", access=INBOX, page=True)
def inbox(request: Request) -> Response:
    """The guardian's own conversation, newest first, each text with its original one tap away; and a box to write in."""
    return _inbox(request, {}, "")


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _inbox(request, errors, str(request.data.get("text") or ""))


def _inbox(request: Request, errors: dict[str, list[str]], text: str) -> Response:
    guardian = request.person_id
    with request.unit_of_work() as uow:
        sent = messages.inbox(uow.connection, guardian)
        schools = people.schools(uow.connection, (row["school_id"] for row in sent))
        open_ones = clocks.open_clocks(uow.connection, [guardian])
        children = {child for row in sent for child in row["students"]} | {row["student_id"] for row in open_ones}
        circle = people.circle(uow.connection, [guardian], children)
        rows = [
            (row, about)
            for row in sent
            if (about := _may_read(uow, guardian, row, circle, schools)) is not None
        ]
        own = threads.from_home(uow.connection, guardian)
        asked = [row for row in open_ones if row["answered_at"] is not None]
        names = people.students(uow.connection, {row["student_id"] for row in asked})
        zone = zone_for(uow, tuple(sorted(schools)))
        teachers = reaching.teachers(request, uow, guardian)
        made = translated.told(request, uow, [row for row, _ in rows], zone)
    letters = [
        {**_letter(request, row, schools.get(row["school_id"] or ""), about), **made[row["delivery_id"]]} for row, about in rows
    ]
    letters += [_words(request, row, zone) for row in own]
    return page(
        "notifications/inbox.html",
        request,
        title=request.t("notifications.inbox"),
        letters=sorted(letters, key=lambda letter: letter["at"], reverse=True),
        concerns=[
            (row["concern_id"], names[row["student_id"]]["given_name"]) for row in asked if row["student_id"] in names
        ],
        teachers=teachers,
        token=request.params["token"],
        errors=errors,
        text=text,
        said=request.query.get("said") or "",
        push_key=pushing.key_of(request.ports),
        push_token=request.params["token"],
    )


def _words(request: Request, row: Any, zone: Any) -> dict[str, Any]:
    """What the guardian wrote, as they wrote it."""
    return {
        "made": "",
        "ask": "",
        "at": row["received_at"],
        "when": on_the_clock(row["received_at"], zone, request.locale),
        "text": row["text"] or request.t("inbox.call_asked"),
        "language": row["language"] if row["text"] else request.locale,
        "original": "",
        "source": "",
        "own": True,
    }


@api.post("/inbox/{token}/words", access=INBOX, body=WordsIn(), response=WordsOut(), status=201, idempotent=True, invalid=_again)
def write_words(request: Request) -> Response:
    """Words from the page: in the same conversation as those by text message or email."""
    with request.unit_of_work() as uow:
        taken = listening.received(
            uow,
            request.ports,
            Inbound(
                channel="page",
                provider_id=new_id(),
                text=request.data["text"],
                at=uow.now,
                guardian_id=request.person_id,
                call_back=bool(request.data["call_back"]),
            ),
        )
    return json_response({"taken": taken}, then=f"/notifications/inbox/{request.params['token']}?said=words")


@api.post("/inbox/{token}/concerns", access=INBOX, body=ConcernWordIn(), response=WordsOut(), status=201)
def answer_concern(request: Request) -> Response:
    """Only the guardian closes their concern."""
    with request.unit_of_work() as uow:
        concerns.confirmed(
            uow,
            request.ports,
            request.data["concern_id"],
            request.person_id,
            text=request.data["answer"],
            via="page",
        )
    word = "answered" if request.data["answer"] == "1" else "not_yet"
    return json_response({"taken": word}, then=f"/notifications/inbox/{request.params['token']}?said={word}")


def _may_read(
    uow: UnitOfWork, guardian: str, row: Any, circle: people.Circle, schools: Any
) -> tuple[str, ...] | None:
    """The children that it may be shown to tell of; None: not to be shown. An order that came later also closes what was sent.

    An announcement then tells of the other children; words written about all of them are closed with one.
    """
    today = uow.now.astimezone(school_zone(schools.get(row["school_id"] or ""))).date()
    students = tuple(row["students"])
    about = about_whom(
        Subject(SubjectKind.GUARDIAN, guardian, uow.district),
        Action.VIEW,
        Resource.guardian(guardian, uow.district, students=students),
        circle.facts(guardian, today),
    )
    return about if about == students or (about and _announced(row)) else None


def _announced(row: Any) -> bool:
    """Whether its words are one text for all, with slots: of several messages in a digest they are not."""
    return "children" in row["params"] and row["reason"] != "digest"


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


def _letter(request: Request, row: Any, school: Any, about: tuple[str, ...]) -> dict[str, Any]:
    zone, name = school_zone(school), school["name"] if school else ""
    text = shown({**row, "body": None} if _announced(row) else row, school=name, students=about)
    if "children" in row["params"]:  # an announcement: its slots are filled the same way in every language
        original = shown({**row, "body": None, "text": row["original"]}, school=name, students=about)
    else:
        original = fill(row["original"] or "", row["params"], language=row["source_language"], zone=zone)
    return {
        "at": row["sent_at"],
        "own": False,
        "when": on_the_clock(row["sent_at"], zone, request.locale),
        "text": text,
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
