"""/livez, /readyz and /metrics of a process that has no pages."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.observability.health import Health


def probe_app(health: Health) -> WSGIApplication:
    """A WSGI app for operators; holds no data of anybody."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [generate_latest()]
        answers = {"/livez": health.livez, "/readyz": health.readyz}
        if path not in answers:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"not found"]
        status, body = answers[path]()
        start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", "application/json")])
        return [orjson.dumps(body)]

    return app
