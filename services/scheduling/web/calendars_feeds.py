"""The feed that calendar programs ask for, and a family's page about its own."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from secrets import token_urlsafe

from services.scheduling.handlers import calendars_feeds
from services.scheduling.web.routes import api, local
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused

CALENDAR = "text/calendar; charset=utf-8"
PAGE_LASTS = timedelta(days=30)


@api.get("/feeds/{token}.ics", access=link("feed", single_use=False))
def feed(request: Request) -> Response:
    """A person's meetings (RFC 5545), with an ETag. 410 once the feed is switched off or its owner has left."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        found = calendars_feeds.read(uow, request.link.resource)
    if found is None:
        raise link_refused()
    etag = f'"{found.etag}"'
    headers = (
        ("ETag", etag),
        ("Last-Modified", format_datetime(found.changed.replace(microsecond=0), usegmt=True)),
        ("Cache-Control", "private, no-cache"),
    )
    asked = [each.strip().removeprefix("W/") for each in (request.header("If-None-Match") or "").split(",")]
    if etag in asked or "*" in asked:
        return Response(304, b"", CALENDAR, headers)
    return Response(200, found.text.encode(), CALENDAR, headers)


@api.get("/m/{token}/calendar", access=link("meeting", single_use=False), page=True)
def to_own_calendar(request: Request) -> Response:
    """From a meeting to the page about all of the guardian's own."""
    return redirect(_page_path(request))


@api.get("/own-calendar/{token}", access=link("own_calendar", single_use=False), page=True)
def own_calendar(request: Request) -> Response:
    """The address of the guardian's feed; each button's link works once."""
    with request.unit_of_work() as uow:
        found = calendars_feeds.link_of(uow, request.ports, "guardian", request.person_id)
    title = request.t("calendars.feed")
    return page("scheduling/calendars_own.html", request, title=title, feed=found, change=_token(request, "change"))


@api.post("/own-calendar-renew/{token}", access=link("own_calendar_change"), page=True)
def renew_own(request: Request) -> Response:
    """A fresh address; the old one stops working."""
    with request.unit_of_work() as uow:
        calendars_feeds.renew(uow, request.ports, "guardian", request.person_id)
    return redirect(_page_path(request))


@api.post("/own-calendar-off/{token}", access=link("own_calendar_change"), page=True)
def switch_off_own(request: Request) -> Response:
    """No address works any more."""
    with request.unit_of_work() as uow:
        calendars_feeds.switch_off(uow, "guardian", request.person_id)
    return redirect(_page_path(request))


def _page_path(request: Request) -> str:
    return local(f"/scheduling/own-calendar/{_token(request, 'page')}")


def _token(request: Request, what: str) -> str:
    assert request.link is not None
    claims = request.link
    purpose = "own_calendar" if what == "page" else "own_calendar_change"
    token: str = request.ports.links.issue(
        claims.district,
        claims.subject_id,
        purpose=purpose,
        resource=what,
        expires_at=request.now + PAGE_LASTS,
        language=claims.language,
        school=claims.school,
        jti=f"c-{token_urlsafe(12)}",
    )
    return token
