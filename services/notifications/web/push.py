"""Switching a browser on and off for push: by the guardian's own link, with a button that appears where it can work."""

from __future__ import annotations

from pathlib import Path

from marshmallow import Schema, fields, validate

from services.notifications.handlers import pushing
from services.notifications.web.routes import api
from shared.web import Problem, Request, Response, link, public

STATIC = Path(__file__).resolve().parents[1] / "static"
SCRIPT = "text/javascript; charset=utf-8"
MINE = link("inbox", single_use=False)


class Keys(Schema):
    """RFC 8291 §2: the browser's public key and the shared secret, base64url."""

    p256dh = fields.Str(required=True, validate=validate.Length(80, 100))
    auth = fields.Str(required=True, validate=validate.Length(16, 40))


class SubscriptionIn(Schema):
    """What `PushManager.subscribe` gives."""

    endpoint = fields.Url(required=True, schemes={"http", "https"}, require_tld=False, validate=validate.Length(max=2000))
    keys = fields.Nested(Keys, required=True)
    expirationTime = fields.Raw(load_default=None)


class EndpointIn(Schema):
    endpoint = fields.Str(required=True, validate=validate.Length(1, 2000))


def script(name: str) -> Response:
    """One of our scripts."""
    return Response(200, (STATIC / name).read_bytes(), SCRIPT, (("Cache-Control", "no-cache"),))


@api.get("/push/worker.js", access=public("a script without anybody's data"))
def push_worker(request: Request) -> Response:
    """The service worker that shows a notice."""
    return script("push_worker.js").with_header("Service-Worker-Allowed", "/notifications/")


@api.get("/push/offer.js", access=public("a script without anybody's data"))
def push_offer(request: Request) -> Response:
    """Shows the button where the browser can be pushed to."""
    return script("push_offer.js")


@api.post("/push/subscriptions/{token}", access=MINE, body=SubscriptionIn())
def push_subscribe(request: Request) -> Response:
    """Keep this browser."""
    with request.unit_of_work() as uow:
        if not pushing.subscribe(uow, request.ports, request.person_id, request.data):
            raise Problem(
                422, "PUSH_SERVICE", "This push service is not one we call.", remedy="Use a current browser.", where="endpoint"
            )
    return Response(200, b"{}", "application/json")


@api.post("/push/subscriptions/{token}/off", access=MINE, body=EndpointIn())
def push_unsubscribe(request: Request) -> Response:
    """Forget this browser."""
    with request.unit_of_work() as uow:
        pushing.unsubscribe(uow, request.person_id, request.data["endpoint"])
    return Response(200, b"{}", "application/json")
