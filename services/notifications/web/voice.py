"""The provider's calls while a telephone call is on: what to say, which key was pressed, how it ended."""

from __future__ import annotations

from urllib.parse import urlencode

from services.notifications.channels import twiml
from services.notifications.channels.voice import NOT_TAKEN
from services.notifications.handlers import calling
from services.notifications.store import messages
from services.notifications.web.routes import api
from services.notifications.web.signed import TWILIO, field, fields_of
from shared.web import Problem, Request, Response

PRESSED = "/notifications/webhooks/voice/pressed"


@api.post("/webhooks/voice/answer", access=TWILIO)
def call_answered(request: Request) -> Response:
    """Somebody, or a machine, has picked up."""
    fields, (delivery, number) = fields_of(request), _which(request)
    with request.unit_of_work() as uow:
        said = calling.answered(uow, request.ports, delivery, number, by=fields.get("AnsweredBy", "human"))
    return _spoken(_talk(request, said))


@api.post("/webhooks/voice/pressed", access=TWILIO)
def key_pressed(request: Request) -> Response:
    """1: heard; 9: a person is to call; anything else: once more."""
    fields, (delivery, number) = fields_of(request), _which(request)
    key, sid = fields.get("Digits", ""), field(fields, "CallSid")
    with request.unit_of_work() as uow:
        thanks = calling.pressed(uow, request.ports, delivery, key=key, sid=sid)
        if thanks is None:
            said = calling.answered(uow, request.ports, delivery, number, by="human")
            return _spoken(_talk(request, said))
        row = messages.delivery(uow.connection, delivery)
    language = row["language"] if row is not None else "en"
    return _spoken(twiml.goodbye(calling.word(thanks, language), language))


@api.post("/webhooks/voice/ended", access=TWILIO)
def call_ended(request: Request) -> Response:
    """How it ended; news of calls that are under way changes nothing."""
    fields, (delivery, number) = fields_of(request), _which(request)
    sid, status, seconds = field(fields, "CallSid"), field(fields, "CallStatus"), fields.get("CallDuration", "0")
    if status == "completed" or status in NOT_TAKEN:
        lasted = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 8 else 0
        with request.unit_of_work() as uow:
            calling.ended(uow, request.ports, delivery, number, sid=sid, status=status, seconds=lasted)
    return Response(204)


def _talk(request: Request, said: tuple[twiml.Script, bool] | None) -> bytes:
    if said is None:
        return twiml.goodbye()
    script, machine = said
    if machine:
        return twiml.leave(script)
    query = {name: request.raw.get_param(name) or "" for name in ("district", "delivery", "try")}
    return twiml.talk(script, action=f"{request.ports.base_url}{PRESSED}?{urlencode(query)}")


def _which(request: Request) -> tuple[str, int]:
    """Delivery and call, from the signed address."""
    delivery, number = request.raw.get_param("delivery"), request.raw.get_param("try") or "1"
    if not delivery or not (number.isascii() and number.isdigit() and len(number) < 6):
        raise Problem(400, "FIELD_MISSING", "The address names no call.", remedy="Call the address that was given.")
    return delivery, int(number)


def _spoken(script: bytes) -> Response:
    return Response(200, script, twiml.MEDIA)
