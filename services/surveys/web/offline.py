"""Answering where the network comes and goes: the worker, and the page that says what is kept and what has gone."""

from __future__ import annotations

from services.surveys.web import browser
from services.surveys.web.routes import api
from shared.web import Request, Response, page, public


@api.get("/offline.js", access=public("a script without anybody's data"))
def offline_worker(request: Request) -> Response:
    """The service worker of the survey pages; its own path, since that bounds what it may serve."""
    return browser.file("offline.js").with_header("Cache-Control", "no-cache")


@api.get(
    "/offline", access=public("a page without anybody's data: what it lists is read on the telephone itself"), page=True
)
def offline_page(request: Request) -> Response:
    """What is shown without a network: kept on this telephone, and sent as soon as there is one."""
    return page("surveys/offline.html", request, title=request.t("offline.title"), script=browser.PAGE)
