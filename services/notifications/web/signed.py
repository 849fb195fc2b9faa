"""Calls that Twilio has signed (X-Twilio-Signature), a form or JSON; what it has not signed changes nothing and is counted."""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.notifications.channels.twilio import signed_by_us
from shared.observability.metrics import CALLBACKS_REFUSED
from shared.web import Problem, Request, provider

SIGNS_WITH = "auth_token"


def verify(request: Request) -> str | None:
    """The district that the signed address names, or the cell's only one; None where the signature does not hold."""
    district = _district(request) if _signed(request) else None
    if district is None:
        CALLBACKS_REFUSED.labels("twilio").inc()
    return district


def _signed(request: Request) -> bool:
    ports = request.ports
    given = request.header("X-Twilio-Signature")
    fields = {name: values[-1] for name, values in (request.form or {}).items()}
    raw = request.raw_body if request.form is None and request.raw_body else None
    # behind a proxy the address that was called is not the one that arrives here: both are tried, both need the secret
    urls = (request.url, ports.base_url + request.raw.relative_uri)
    tokens = {*ports.secrets("sms", SIGNS_WITH), *ports.secrets("voice", SIGNS_WITH)}
    return any(signed_by_us(token, url, fields, given, raw=raw) for token in tokens for url in urls)


def _district(request: Request) -> str | None:
    districts: tuple[str, ...] = request.ports.districts
    named: str | None = request.raw.get_param("district")
    if named is None and len(districts) == 1:
        named = districts[0]
    return named if named in districts else None


TWILIO = provider(verify)


def fields_of(request: Request) -> Mapping[str, str]:
    """What the call says, field by field; raises Problem 400 for JSON that is no object."""
    if request.form is not None:
        return {name: _plain(values[-1]) for name, values in request.form.items()}
    try:
        told = json.loads(request.raw_body or b"{}")
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Problem(400, "JSON_NOT_OBJECT", "The body is not a JSON object.", remedy="Send an object: {…}.")
    return {str(name): _plain(str(value)) for name, value in told.items() if value is not None}


def field(fields: Mapping[str, str], name: str) -> str:
    """Raises Problem 400 that names the field."""
    if not fields.get(name):
        raise Problem(400, "FIELD_MISSING", f"The field {name} is missing.", remedy="Send it as the provider's API does.")
    return fields[name]


def _plain(text: str) -> str:
    """PostgreSQL keeps every character but this one."""
    return text.replace("\0", "")
