"""Calls that the telephone provider has signed (X-Twilio-Signature); what it has not signed changes nothing and is counted."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from shared.observability.metrics import CALLBACKS_REFUSED
from shared.web import Problem, Request, provider


def verify(request: Request) -> str | None:
    """The district that the signed address names; None where the signature does not hold."""
    named = request.raw.get_param("district")
    district = named if named in request.ports.districts and _signed(request) else None
    if district is None:
        CALLBACKS_REFUSED.labels("twilio").inc()
    return district


def _signed(request: Request) -> bool:
    given = request.header("X-Twilio-Signature") or ""
    fields = {name: values[-1] for name, values in (request.form or {}).items()}
    tokens = {str(one["auth_token"]) for one in request.ports.telephones if one.get("auth_token")}
    # behind a proxy the address that was called is not the one that arrives here: both are tried, both need the secret
    addresses = (request.url, request.ports.base_url.rstrip("/") + request.raw.relative_uri)
    return any(hmac.compare_digest(signature(token, url, fields), given) for token in tokens for url in addresses)


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """HMAC-SHA1 of the address with every POST field, sorted by name, appended (Twilio's documentation, "Security")."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


TWILIO = provider(verify)


def field(request: Request, name: str) -> str:
    """One field of the call; Problem 400 that names it where it is missing."""
    value = optional(request, name)
    if not value:
        raise Problem(
            400, "FIELD_MISSING", f"The field {name} is missing.", remedy="Send it as the provider's API does."
        )
    return value


def optional(request: Request, name: str) -> str:
    values = (request.form or {}).get(name) or [""]
    return values[-1].replace("\0", "")[:200]
