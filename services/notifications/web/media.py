"""Photos of a class and children's own work: kept, tagged, sent once every tagged child's family has agreed."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from services.notifications.domain.media import LARGEST, Unreadable
from services.notifications.handlers import media
from services.notifications.handlers.media import WORK, Outcome, Picture
from services.notifications.schemas import MediaIn, MediaOut, TagIn
from services.notifications.store import briefs, people
from services.notifications.web.routes import api, author, full_name
from shared.messaging.uow import UnitOfWork
from shared.web import Problem, Request, Response, json_response, not_found, page, redirect, staff

TEACHERS = staff("teacher", "aide")
MEDIA = "/notifications/media"
LARGEST_BODY = LARGEST * 4 // 3 + 64 * 1024  # base64, and the form around it


@api.get("/media", access=TEACHERS, page=True)
def media_page(request: Request) -> Response:
    """The reader's own pictures, who is on them, and what keeps one from going."""
    return _page(request, {}, {})


def _page(request: Request, values: dict[str, Any], errors: dict[str, list[str]], told: str = "") -> Response:
    with request.unit_of_work() as uow:
        taught = {row["student_id"]: full_name(row) for row in people.taught_by(uow.connection, request.person_id)}
        rows = briefs.media_of(uow.connection, request.person_id)
        tags = briefs.tags_of(uow.connection, (row["media_id"] for row in rows))
        classes = _classes(uow, request)
    return page(
        "notifications/media.html",
        request,
        title=request.t("notifications.media"),
        kinds=[(kind, request.t(f"media.kind.{kind}")) for kind in (media.PHOTO, WORK)],
        classes=[(name, name) for name in classes],
        students=list(taught.items()),
        pictures=[
            {**row, "tags": [(child, taught.get(child, child)) for child in tags.get(row["media_id"], [])]}
            for row in rows
        ],
        values=values,
        errors=errors,
        told=told,
    )


def _classes(uow: UnitOfWork, request: Request) -> list[str]:
    member = people.staff(uow.connection, [request.person_id]).get(request.person_id)
    return list(member["class_ids"]) if member else []


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, {name: value for name, value in request.data.items() if name != "content"}, errors)


@api.post(
    "/media",
    access=TEACHERS,
    body=MediaIn(),
    response=MediaOut(),
    status=201,
    invalid=_again,
    max_body=LARGEST_BODY,
    media="multipart/form-data",
)
def media_kept(request: Request) -> Response:
    """Keep a picture without its metadata; it is not sent yet."""
    data = request.data
    with request.unit_of_work() as uow:
        taught = {row["student_id"] for row in people.taught_by(uow.connection, request.person_id)}
        school_id = people.school_of_class(uow.connection, data["class_id"])
        if data["class_id"] not in _classes(uow, request) or school_id is None:
            raise not_found("class")
        if not set(data["tagged"]) <= taught:
            raise not_found("student")
        picture = Picture(
            data["kind"], data["caption"], _content(data["content"]), data["class_id"], tuple(data["tagged"])
        )
        try:
            media_id = media.keep(uow, author(request), picture, school_id=school_id)
        except Unreadable as error:
            raise Problem(
                422, "PICTURE_UNREADABLE", "This is not a picture we can read.",
                remedy=f"Send a whole JPEG or PNG file: {error}.", where="content",
            ) from None  # fmt: skip
    return json_response({"media_id": media_id, "blocked": [], "homes": 0}, then=MEDIA)


def _content(given: str) -> bytes:
    try:
        content = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(
            422,
            "PICTURE_UNREADABLE",
            "The picture is not base64.",
            remedy="Encode the file as base64.",
            where="content",
        ) from None
    if len(content) > LARGEST:
        raise Problem(
            413, "PICTURE_TOO_LARGE", "The picture is too large.", remedy=f"Send at most {LARGEST // 1024} kB.",
            where="content",
        )  # fmt: skip
    return content


def _own(uow: UnitOfWork, request: Request) -> people.Row:
    row = briefs.media(uow.connection, str(request.params["media_id"]))
    if row is None or row["owner_id"] != request.person_id or row["message_id"] is not None:
        raise not_found("picture")
    return row


@api.post("/media/{media_id}/untag", access=TEACHERS, body=TagIn())
def media_untagged(request: Request) -> Response:
    """This child is not on it (any more)."""
    with request.unit_of_work() as uow:
        media.untag(uow, _own(uow, request)["media_id"], request.data["student_id"])
    return redirect(MEDIA)


@api.post("/media/{media_id}/send", access=TEACHERS, response=MediaOut())
def media_sent(request: Request) -> Response:
    """To the homes, unless a tagged child's family has not agreed: then it says for whom, and waits."""
    with request.unit_of_work() as uow:
        row = _own(uow, request)
        outcome = media.send(uow, request.ports, row)
        known = people.students(uow.connection, outcome.blocked)
    if request.is_form:
        return _page(request, {}, {}, _told(request, row, outcome, [full_name(child) for child in known.values()]))
    return json_response(
        {"media_id": row["media_id"], "blocked": list(outcome.blocked), "homes": outcome.homes},
        status=409 if outcome.blocked else 200,
    )


def _told(request: Request, row: people.Row, outcome: Outcome, blocked: list[str]) -> str:
    if not outcome.blocked:
        return request.t("media.sent", homes=outcome.homes)
    return request.t("media.blocked_work" if row["kind"] == WORK else "media.blocked", students=", ".join(blocked))
