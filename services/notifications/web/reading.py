"""That a guardian has read their page: a button, and where scripts run, the page being looked at for a moment.

The GET alone says nothing: mail scanners open every link.
"""

from __future__ import annotations

from services.notifications.handlers import reading
from services.notifications.web.push import script
from services.notifications.web.routes import api
from shared.web import Request, Response, link, public, redirect


@api.get("/inbox/read.js", access=public("a script without anybody's data"))
def read_script(request: Request) -> Response:
    """Says so once the page has been on the screen for a moment."""
    return script("read.js")


@api.post("/inbox/{token}/read", access=link("inbox", single_use=False))
def page_read(request: Request) -> Response:
    """What the page shows has been read."""
    with request.unit_of_work() as uow:
        reading.read_page(uow, request.ports, request.person_id)
    return redirect(f"/notifications/inbox/{request.params['token']}?said=read")
