"""A service's Falcon app from its declared routes; what is not declared does not exist."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import falcon

from shared.clock import Clock
from shared.identity import Identity
from shared.observability import metrics as measured
from shared.observability.health import Health
from shared.observability.trace import continuing
from shared.web import problems
from shared.web.access import public
from shared.web.api import Api, Route
from shared.web.dispatch import answer, choose_language, refusal
from shared.web.headers import add_headers, compressed
from shared.web.nav import NavItem, nav_of
from shared.web.openapi import openapi_document
from shared.web.request import Request
from shared.web.response import Response, encode_json, file_response
from shared.web.runtime import Runtime, Site
from shared.web.templating import ASSETS

SIGN_IN = "/identity/sign-in"
_ASSET_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}


def build_app(
    api: Api,
    *,
    runtime: Runtime,
    ports: Any,
    clock: Clock,
    identity: Identity,
    mode: str,
    nav: Sequence[NavItem] | None = None,
    health: Health | None = None,
    sign_in_path: str | None = SIGN_IN,
) -> falcon.App[Any, Any]:
    """The WSGI app of one service.

    `nav`: the whole site's menu where one process serves several services (default: this service's own).
    `health`: the process's own checks behind /livez and /readyz. `sign_in_path`: where browsers without a session are
    sent (None: a problem page).
    """
    menu = tuple(nav) if nav is not None else nav_of([api])
    site = Site(api, runtime, ports, clock, identity, mode, menu, sign_in_path)
    app: falcon.App[Any, Any] = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_form_urlencoded = False
    by_path: dict[str, dict[str, Route]] = {}
    for route in [*api.routes, *_own_routes(api, health or Health(api.name))]:
        by_path.setdefault(route.path, {})[route.method] = route
    for path, routes in by_path.items():
        app.add_route(path, _Endpoint(routes, site))
    app.add_error_handler(falcon.HTTPError, _framework_error(site))
    return app


class _Endpoint:
    """Falcon's idea of a resource: `on_get`, `on_post` … for the methods that are declared, and no others."""

    def __init__(self, routes: dict[str, Route], site: Site) -> None:
        for method, route in routes.items():
            setattr(self, f"on_{method.lower()}", _responder(route, site))


def _responder(route: Route, site: Site) -> Callable[..., None]:
    def respond(req: falcon.Request, resp: falcon.Response, **params: Any) -> None:
        began = measured.timed(measured.REQUEST_SECONDS, service=site.api.name, route=route.name)
        with continuing(req.get_header("traceparent")), began:
            response = answer(Request(req, route, params, site=site))
            _send(response, req, resp, secure=site.identity.sessions.secure)
        measured.REQUESTS.labels(service=site.api.name, route=route.name, status=str(response.status)).inc()

    return respond


def _send(response: Response, req: falcon.Request, resp: falcon.Response, *, secure: bool) -> None:
    resp.status = falcon.code_to_http_status(response.status or 200)
    for name, value in response.headers:
        resp.append_header(name, value)
    if response.status not in (204, 304):  # RFC 9110 §8.3: a type is of content
        resp.content_type = response.media_type
    if response.file is not None:
        length = response.file.seek(0, os.SEEK_END)
        response.file.seek(0)
        resp.set_stream(response.file, length)
    else:
        resp.data = compressed(response.body, req, resp, media_type=response.media_type)
    add_headers(resp, media_type=response.media_type, secure=secure)


def _own_routes(api: Api, health: Health) -> list[Route]:
    """Probes, metrics, the API's description and the stylesheet."""
    own = Api("web", prefix="/web")
    operators = public("operators' probes and scrapers; ids of nobody; bound to the internal network")
    readers = public("describes the interface, holds no data")

    @own.get("/livez", access=operators)
    def livez(request: Request) -> Response:
        """The process runs."""
        status, body = health.livez()
        return Response(status, encode_json(body), "application/json")

    @own.get("/readyz", access=operators)
    def ready(request: Request) -> Response:
        """The process can do its work."""
        status, body = health.readyz()
        return Response(status, encode_json(body), "application/json")

    @own.get("/metrics", access=operators)
    def metrics(request: Request) -> Response:
        """Prometheus text."""
        text, media_type = measured.exposition()
        return Response(200, text, media_type)

    @own.get("/openapi.json", access=readers)
    def description(request: Request) -> Response:
        """OpenAPI 3.1 of the declared routes."""
        return Response(200, encode_json(openapi_document(api)), "application/json")

    @own.get("/assets/{name}", access=public("the stylesheet"))
    def asset(request: Request) -> Response:
        """A file of the shell."""
        name = str(request.params["name"])
        if name not in {path.name for path in ASSETS.iterdir()}:
            raise problems.not_found("file")
        kind = _ASSET_TYPES[name.rpartition(".")[2]]
        response = file_response((ASSETS / name).read_bytes(), media_type=kind)
        return response.with_header("Cache-Control", "public, max-age=31536000, immutable")

    at_root = {"/web/livez", "/web/readyz", "/web/metrics"}
    return [
        replace(route, path=("" if route.path in at_root else api.prefix) + route.path.removeprefix("/web"))
        for route in own.routes
    ]


def _framework_error(site: Site) -> Callable[..., None]:
    """Falcon's own refusals (no such path, wrong method) in our shape."""
    nowhere = replace(_own_routes(site.api, Health(site.api.name))[0], page=False)

    def handle(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, Any]) -> None:
        request = Request(req, nowhere, {}, site=site)
        choose_language(request)
        response = refusal(request, problems.from_status(error.status_code))
        for name, value in dict(error.headers or {}).items():
            response = response.with_header(name, value)
        _send(response, req, resp, secure=site.identity.sessions.secure)

    return handle
