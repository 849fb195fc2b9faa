"""Calls from the SMS provider, each signed (X-Twilio-Signature); what is not signed by it changes nothing."""

from __future__ import annotations

from services.notifications.channels.sms import signed_by_us
from services.notifications.handlers import listening
from services.notifications.web.routes import api
from shared.web import Problem, Request, Response, provider

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def verify(request: Request) -> str | None:
    """The district that the signed address names, or the cell's only one; None where the signature does not hold."""
    fields = {name: values[-1] for name, values in (request.form or {}).items()}
    given = request.header("X-Twilio-Signature")
    ports = request.ports
    # behind a proxy the address that was called is not the one that arrives here: both are tried, both need the secret
    urls = (request.url, ports.base_url + request.raw.relative_uri)
    if not any(signed_by_us(ports.sms_token, url, fields, given) for url in urls):
        return None
    named = request.raw.get_param("district")
    if named is None and len(ports.districts) == 1:
        named = ports.districts[0]
    return named if named in ports.districts else None


SMS_PROVIDER = provider(verify)


@api.post("/webhooks/sms/inbound", access=SMS_PROVIDER)
def sms_inbound(request: Request) -> Response:
    """A text message from a family."""
    number, text, sid = (_field(request, name) for name in ("From", "Body", "MessageSid"))
    with request.unit_of_work() as uow:
        listening.sms_received(uow, request.ports, provider_id=sid, number=number, text=text)
    return Response(200, EMPTY, "application/xml")


@api.post("/webhooks/sms/status", access=SMS_PROVIDER)
def sms_status(request: Request) -> Response:
    """What became of a text message of ours; a status of something unknown is not an error worth a retry."""
    sid, status = _field(request, "MessageSid"), _field(request, "MessageStatus")
    error = (request.form or {}).get("ErrorCode", [""])[-1]
    with request.unit_of_work() as uow:
        listening.status_changed(
            uow,
            request.ports,
            delivery_id=request.raw.get_param("delivery") or "",
            provider_id=sid,
            status=status,
            error=int(error) if error.isdigit() else None,
        )
    return Response(200, EMPTY, "application/xml")


def _field(request: Request, name: str) -> str:
    values = (request.form or {}).get(name)
    if not values:
        raise Problem(400, "FIELD_MISSING", f"The field {name} is missing.", remedy="Send it as the provider's API does.")
    return str(values[-1])
