"""Voice notes over HTTP: the sound itself, and the page where a person records what no voice can say."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any

from services.translation.domain.languages import name as language_name
from services.translation.handlers import voice as handlers
from services.translation.schemas_voice import LARGEST, NoteOut, RecordingIn, RecordingOut
from services.translation.store import voice as store
from services.translation.voice import MOST_SECONDS, ToolFailed
from services.translation.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, conflict, forbidden, json_response, link, not_found, page, public, staff
from shared.web.problems import invalid

# whose voice a family may hear for the school: a teacher's texts of other classes are nobody's to open here
RECORDERS = staff("interpreter", "office")
_OF_ALL_SCHOOLS = frozenset({"interpreter"})
LISTENERS = link(handlers.PURPOSE, single_use=False)
QUEUE = "/translation/voice"
SCRIPT = Path(__file__).parent.parent / "static" / "record.js"
_RANGE = re.compile(r"\Abytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)
_REFUSED = ("too_long", "too_short", "not_audio")


@api.get("/audio/{token}", access=LISTENERS)
def audio(request: Request) -> Response:
    """A recording as telephones and browsers play it. The link is the right to hear it: providers fetch it too."""
    row = _sound(request)
    return _part(request, bytes(row["phone"]), row["phone_type"])


@api.get("/audio/{token}/opus", access=LISTENERS)
def opus(request: Request) -> Response:
    """The same for messengers, a third of the size; the telephone's where this machine makes no Opus."""
    row = _sound(request)
    if row["opus"] is None:
        return _part(request, bytes(row["phone"]), row["phone_type"])
    return _part(request, bytes(row["opus"]), "audio/ogg; codecs=opus")


@api.get("/voice/record.js", access=public("a script without anybody's data"))
def script(request: Request) -> Response:
    """Records in the browser, and turns what a telephone recorded into WAV before it is sent."""
    return Response(200, SCRIPT.read_bytes(), "text/javascript; charset=utf-8", (("Cache-Control", "no-cache"),))


@api.get("/voice", access=RECORDERS, page=True, nav="nav.voice")
def queue(request: Request) -> Response:
    """What waits for a person's voice, the oldest first."""
    schools = None if request.role in _OF_ALL_SCHOOLS else request.schools
    with request.unit_of_work() as uow:
        rows = store.waiting(uow.connection, schools=schools)
    for row in rows:
        request.audit("view", row["text_id"], "allowed", record_type="text")
    if not request.wants_html:
        return json_response({"waiting": rows})
    return page(
        "translation/voice_queue.html", request, title=request.t("voice.title"), waiting=rows, name=_name(request)
    )


@api.get("/voice/{text_id}/{version}/{language}", access=RECORDERS, response=NoteOut())
def note(request: Request) -> Response:
    """One text, to be read aloud and recorded."""
    return _page(request, {})


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, errors)


@api.post(
    "/voice/{text_id}/{version}/{language}",
    access=RECORDERS,
    body=RecordingIn(),
    response=RecordingOut(),
    status=201,
    invalid=_again,
    max_body=LARGEST * 4 // 3 + 64 * 1024,
    media="multipart/form-data",
)
def record(request: Request) -> Response:
    """Keep a person's recording: from now on the families of that language hear it."""
    with request.unit_of_work() as uow:
        row = _readable(request, uow)
    try:
        content = base64.b64decode(request.data["recording"], validate=True)
        if len(content) > LARGEST:
            raise ToolFailed("too_long")
        sound = request.ports.offload(
            request.ports.speaker.recorded, content, request.data["transcript"] or row["text"]
        )
    except (binascii.Error, ValueError, ToolFailed) as error:
        reason = error.reason if isinstance(error, ToolFailed) and error.reason in _REFUSED else "not_audio"
        said = {"recording": [request.t(f"voice.{reason}", seconds=MOST_SECONDS)]}
        if request.wants_html:
            return _page(request, said)
        raise invalid(said) from None
    asked_at = request.data["asked_at"] or row["asked_at"]
    with request.unit_of_work() as uow:
        try:
            seconds = handlers.recorded(
                uow, request.ports, store.key_of(row), sound, by=request.person_id, asked_at=asked_at
            )
        except LookupError:
            remedy = "Read it again, and record it as it stands now."
            raise conflict("The text has changed since it was shown.", code="TEXT_CHANGED", remedy=remedy) from None
    request.audit("record", row["text_id"], "allowed", record_type="text")
    return json_response({"seconds": seconds}, then=QUEUE)


def _page(request: Request, errors: dict[str, list[str]]) -> Response:
    with request.unit_of_work() as uow:
        row = _readable(request, uow)
    if not request.wants_html:
        return json_response(dict(row))
    shown = page(
        "translation/voice_note.html",
        request,
        title=request.t("voice.record_title", language=_name(request)(row["language"])),
        note=row,
        name=_name(request),
        errors=errors,
        most=MOST_SECONDS,
        status=422 if errors else 200,
    )
    return shown.with_header("Permissions-Policy", "camera=(), microphone=(self), geolocation=(), interest-cohort=()")


def _readable(request: Request, uow: UnitOfWork) -> store.Row:
    """The note, with the reading in the audit log; 404 if there is none, 403 if it is another school's."""
    version = str(request.params["version"])
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
    key = (str(request.params["text_id"]), number, str(request.params["language"]))
    row = store.note(uow.connection, key)
    if row is None:
        raise not_found("text")
    allowed = request.role in _OF_ALL_SCHOOLS or row["school_id"] in request.schools
    request.audit("view", key[0], "allowed" if allowed else "denied", record_type="text", rule="own_school")
    if not allowed:
        raise forbidden("This text is another school's.", rule="own_school")
    return row


def _sound(request: Request) -> store.Row:
    with request.unit_of_work() as uow:
        row = store.audio(uow.connection, request.link.resource if request.link else "")
    if row is None:
        raise not_found("recording")
    return row


def _part(request: Request, content: bytes, media_type: str) -> Response:
    """The whole, or the bytes that were asked for (RFC 9110 section 14): without these no iPhone plays a recording."""
    headers = (("Accept-Ranges", "bytes"), ("Cache-Control", "private, max-age=3600"))
    asked = _RANGE.match(request.raw.get_header("Range") or "")
    if asked is None or not any(asked.groups()):
        return Response(200, content, media_type, headers)
    first, last = asked.groups()
    size = len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Response(416, b"", media_type, (*headers, ("Content-Range", f"bytes */{size}")))
    return Response(
        206, content[start : end + 1], media_type, (*headers, ("Content-Range", f"bytes {start}-{end}/{size}"))
    )


def _name(request: Request) -> Any:
    """Languages as the caller calls them."""
    return lambda tag: language_name(tag, reader=request.locale)
