"""What handlers return."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from shared.web import templating

if TYPE_CHECKING:
    from shared.web.request import Request

HTML = "text/html; charset=utf-8"
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Response:
    """A finished answer. `data` (JSON) is dumped by the route's response schema; `then` is where a form post goes.

    `file` stands in place of `body` where that would be long: it is read in pieces, and closed when it has been sent.
    """

    status: int | None = None
    body: bytes = b""
    media_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    data: Any = None
    then: str | None = None
    file: IO[bytes] | None = None

    def with_header(self, name: str, value: str) -> Response:
        """A copy with one more header; the same name may come several times (Set-Cookie)."""
        return replace(self, headers=(*self.headers, (name, value)))


def page(template: str, request: Request, *, title: str, status: int = 200, **context: Any) -> Response:
    """A page of ours inside the shell, in the reader's language. `template` is named `"<service>/<file>.html"`."""
    html = templating.render(request, template, title=title, **context)
    return Response(status=status, body=html.encode(), media_type=HTML)


def json_response(
    data: Any, *, status: int | None = None, then: str | None = None, headers: Sequence[tuple[str, str]] = ()
) -> Response:
    """JSON for programs; a browser that posted a form is sent to `then` instead (303). Default status: the route's."""
    return Response(status=status, media_type=JSON, data=data, then=then, headers=tuple(headers))


def redirect(location: str, *, status: int = 303) -> Response:
    """Go to a path of this site; another site's address is refused with ValueError (no open redirects)."""
    return Response(status=status, headers=(("Location", local_path(location)),))


def no_content() -> Response:
    return Response(status=204)


def file_response(body: bytes | IO[bytes], *, media_type: str, filename: str | None = None) -> Response:
    """A document; with `filename` the browser saves it (an .ics, a PDF). An open file (seekable) is sent from its start."""
    headers: tuple[tuple[str, str], ...] = ()
    if filename is not None:
        safe = "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in filename)
        headers = (("Content-Disposition", f'attachment; filename="{safe}"'),)
    if isinstance(body, bytes):
        return Response(status=200, body=body, media_type=media_type, headers=headers)
    return Response(status=200, file=body, media_type=media_type, headers=headers)


_BLANK = re.compile(r"[\x00-\x20]")


def local_path(location: str) -> str:
    """`location` if it is a path of this site, else ValueError."""
    if not location.startswith("/") or location.startswith(("//", "/\\")) or _BLANK.search(location):
        raise ValueError("a redirect goes to a path of this site")
    return location


def encode_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
