"""Several apps on one port, by the first part of the path: embedded mode's one server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def mount(
    apps: Mapping[str, WSGIApplication], *, root: WSGIApplication | None = None, home: str = "/identity/sign-in"
) -> WSGIApplication:
    """Send `/surveys/…` to the app of prefix "/surveys"; everything else to `root` (default: the first app).

    Paths are passed on whole: an app registers its routes with its prefix, so that it is the same app alone. Who
    comes without a path is sent to `home`.
    """
    ordered = sorted(apps.items(), key=lambda item: -len(item[0]))
    otherwise: Any = root if root is not None else next(iter(apps.values()))

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in ("", "/"):
            start_response(
                "303 See Other", [("Location", home), ("Content-Type", "text/plain"), ("Content-Length", "0")]
            )
            return [b""]
        for prefix, app in ordered:
            if path == prefix or path.startswith(prefix + "/"):
                return app(environ, start_response)
        answered: Iterable[bytes] = otherwise(environ, start_response)
        return answered

    return serve
