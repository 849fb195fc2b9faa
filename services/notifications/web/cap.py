"""Alerts for machines (CAP 1.2): the district's own as a feed, and the way in for those of others."""

from __future__ import annotations

from lxml import etree

from services.notifications.cap import CapError, read, write
from services.notifications.cap.read import LARGEST
from services.notifications.cap.words import MEDIA_TYPE
from services.notifications.handlers import alerts_in, alerts_out
from services.notifications.web.announce import ANNOUNCERS
from services.notifications.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import CAP_IN
from shared.web import Problem, Request, Response, json_response, link, not_found, provider

ATOM = "http://www.w3.org/2005/Atom"
BEARER = "Bearer "


def token_of(request: Request) -> str:
    given = request.header("Authorization") or ""
    return given.removeprefix(BEARER).strip() if given.startswith(BEARER) else ""


def verify(request: Request) -> str | None:
    """The district where some school's configuration knows the token; others are refused and counted."""
    districts: tuple[str, ...] = request.ports.districts
    named = request.raw.get_param("district") or (districts[0] if len(districts) == 1 else None)
    token = token_of(request)
    if named in districts and token:
        with request.site.runtime.unit_of_work("notifications", named) as uow:
            if alerts_in.senders_of(uow, token):
                return named
    CAP_IN.labels("unknown_sender").inc()
    return None


@api.post("/cap", access=provider(verify), max_body=LARGEST, media=MEDIA_TYPE, status=202)
def cap_in(request: Request) -> Response:
    """An alert from outside: kept once; what becomes of it is the configuration's and a person's decision."""
    try:
        alert = read(request.raw_body)
    except CapError as error:
        CAP_IN.labels("malformed").inc()
        raise Problem(422, error.code, error.message, detail=error.where, remedy=error.remedy) from None
    with request.unit_of_work() as uow:
        try:
            key, fate = alerts_in.take(uow, request.ports, alert, alerts_in.senders_of(uow, token_of(request)))
        except alerts_in.Refused as refused:
            status = 403 if refused.code == "CAP_SENDER" else 409
            raise Problem(status, refused.code, refused.message, detail=refused.where, remedy=refused.remedy) from None
    return json_response({"key": key, "became": fate.value}, status=202)


def _document(request: Request, uow: UnitOfWork) -> Response:
    alert = alerts_out.alert(uow, request.ports, str(request.params["identifier"]))
    if alert is None:
        raise not_found("alert")
    return Response(200, write(alert), MEDIA_TYPE)


@api.get("/cap/{identifier}.xml", access=ANNOUNCERS)
def cap_out(request: Request) -> Response:
    """One of the district's emergencies as CAP 1.2."""
    with request.unit_of_work() as uow:
        return _document(request, uow)


@api.get("/cap/feed/{token}/{identifier}.xml", access=link("cap", single_use=False))
def cap_of_feed(request: Request) -> Response:
    """The same, for whoever has the feed's address."""
    with request.unit_of_work() as uow:
        return _document(request, uow)


@api.get("/cap/feed/{token}", access=link("cap", single_use=False))
def cap_feed(request: Request) -> Response:
    """The last week's alerts as an Atom feed (RFC 4287)."""
    with request.unit_of_work() as uow:
        alerts = alerts_out.feed(uow, request.ports)
        district, now = uow.district, uow.now
    here = f"{request.ports.base_url}/notifications/cap/feed/{request.params['token']}"
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _put(root, "id", f"urn:homeroom:cap:{district}")
    _put(root, "title", f"{district}: alerts")
    _put(root, "updated", max((alert.sent for alert in alerts), default=now).isoformat())
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    _put(author, "name", alerts_out.sender(request.ports, district))
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=here)
    for alert in alerts:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        _put(entry, "id", f"urn:homeroom:cap:{district}:{alert.identifier}")
        _put(entry, "title", f"{alert.status} {alert.msg_type}: {alert.infos[0].headline if alert.infos else alert.note}")
        _put(entry, "updated", alert.sent.isoformat())
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type=MEDIA_TYPE, href=f"{here}/{alert.identifier}.xml")
        _put(entry, "summary", alert.infos[0].description if alert.infos else alert.note)
    body = bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    return Response(200, body, "application/atom+xml")


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text
