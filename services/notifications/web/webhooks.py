"""Calls from the SMS provider: words from families, and what became of ours."""

from __future__ import annotations

from collections.abc import Mapping

from services.notifications.channels.sms.twilio import told
from services.notifications.domain.inbound import Inbound
from services.notifications.handlers import listening
from services.notifications.web import intake
from services.notifications.web.routes import api
from services.notifications.web.signed import TWILIO, field, fields_of
from shared.web import Request, Response

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
MOST_FILES = 10


@api.post("/webhooks/sms/inbound", access=TWILIO)
def sms_inbound(request: Request) -> Response:
    """A text message from a family; pictures that came along are named, not kept."""
    fields = fields_of(request)
    number, sid = field(fields, "From"), field(fields, "MessageSid")
    files = _files(fields)
    text = fields.get("Body", "") if files else field(fields, "Body")
    with request.unit_of_work() as uow:
        listening.received(uow, request.ports, Inbound("sms", sid, text, uow.now, sender=number, files=files))
    return Response(200, EMPTY, "application/xml")


@api.post("/webhooks/sms/status", access=TWILIO)
def sms_status(request: Request) -> Response:
    """What became of a text message of ours; a status of something unknown is not an error worth a retry."""
    fields = fields_of(request)
    sid, status = field(fields, "MessageSid"), field(fields, "MessageStatus")
    delivery_id = request.raw.get_param("delivery")
    word = told(sid, status, fields.get("ErrorCode"), at=request.now, delivery_id=delivery_id)
    if word is not None:
        intake.keep(request, [word])
    return Response(200, EMPTY, "application/xml")


def _files(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Kinds of the pictures and recordings of an MMS ("image/jpeg"): all that is kept of them."""
    count = fields.get("NumMedia", "0")
    many = min(int(count), MOST_FILES) if count.isascii() and count.isdigit() else 0
    return tuple(fields.get(f"MediaContentType{n}", "file") for n in range(many))
