"""A survey by telephone: where the provider's call goes on once notifications has greeted who picked up."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from services.surveys.handlers.voice_turns import Recording, Spoken, Turned, call_begun, call_turn
from services.surveys.web import voice_twiml
from services.surveys.web.routes import api
from services.surveys.web.voice_signed import TWILIO, field, optional
from shared.observability.metrics import CALLBACKS, CALLBACKS_REFUSED
from shared.web import Problem, Request, Response

TURN = "/surveys/voice/turn"
CHANNEL = "survey_call"
_VOICE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")
_RECORDING = re.compile(r"RE[0-9a-zA-Z]{1,62}")


@api.post("/voice/menu", access=TWILIO)
def voice_menu(request: Request) -> Response:
    """The first question that is open."""
    with request.unit_of_work() as uow:
        said = call_begun(uow, request.ports, _named(request, "assignment"), sid=field(request, "CallSid"))
    return _spoken(request, said)


@api.post("/voice/turn", access=TWILIO)
def voice_turn(request: Request) -> Response:
    """What was pressed or spoken; then the next question, or goodbye."""
    turn = _named(request, "turn")
    if not (turn.isascii() and turn.isdigit() and len(turn) < 6):
        raise Problem(400, "FIELD_WRONG", "turn is no number.", remedy="Call the address that was given.")
    with request.unit_of_work() as uow:
        said = call_turn(
            uow,
            request.ports,
            _named(request, "assignment"),
            sid=field(request, "CallSid"),
            turn=int(turn),
            keys="".join(key for key in optional(request, "Digits") if key in "0123456789*"),
            recording=_recording(request),
        )
    return _spoken(request, said)


def _spoken(request: Request, said: Spoken) -> Response:
    """TwiML; Problem 403, counted, for a turn of a call that is not on."""
    if said.turned is Turned.FOREIGN:
        CALLBACKS_REFUSED.labels("twilio").inc()
        raise Problem(403, "CALL_UNKNOWN", "This turn belongs to no call that is on.", remedy="Begin the call anew.")
    if said.turned is Turned.REPEATED:
        CALLBACKS.labels(CHANNEL, "repeated").inc()
    voice = _voice(request)
    if said.entry is None:
        return Response(200, voice_twiml.goodbye(said.lines, voice=voice), voice_twiml.MEDIA)
    named = {"district": request.district, "assignment": _named(request, "assignment"), "voice": voice}
    action = f"{request.ports.base_url.rstrip('/')}{TURN}?{urlencode({**named, 'turn': str(said.turn + 1)})}"
    return Response(200, voice_twiml.ask(said.lines, said.entry, voice=voice, action=action), voice_twiml.MEDIA)


def _named(request: Request, name: str) -> str:
    value: str | None = request.raw.get_param(name)
    if not value:
        raise Problem(400, "FIELD_MISSING", f"The address names no {name}.", remedy="Call the address that was given.")
    return value


def _voice(request: Request) -> str:
    """The voice that notifications has chosen; it stands in the signed address."""
    given: str = request.raw.get_param("voice") or ""
    return given if _VOICE.fullmatch(given) or given == "cmn-CN" else ""


def _recording(request: Request) -> Recording | None:
    sid, seconds = optional(request, "RecordingSid"), optional(request, "RecordingDuration") or "0"
    if not _RECORDING.fullmatch(sid) or not (seconds.isascii() and seconds.isdigit() and len(seconds) < 6):
        return None
    return Recording(sid, optional(request, "AccountSid"), int(seconds))
