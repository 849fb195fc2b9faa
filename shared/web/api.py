"""The routes of one service, declared beside their handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from marshmallow import Schema

from shared.web.access import AnyOf, Guardian, Link, Provider, Public, Rule, Staff

if TYPE_CHECKING:
    from shared.web.request import Request
    from shared.web.response import Response

ROOT = Path(__file__).resolve().parents[2]
MAX_BODY = 64 * 1024

Handler = Callable[["Request"], "Response"]
InvalidForm = Callable[["Request", dict[str, list[str]]], "Response"]
_RULES = (Public, Staff, Guardian, Link, Provider, AnyOf)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. `path` includes the service's prefix; sizes in bytes."""

    method: str
    path: str
    handler: Handler
    access: Rule
    body: Schema | None
    query: Schema | None
    response: Schema | None
    status: int
    page: bool
    idempotent: bool
    invalid: InvalidForm | None
    max_body: int
    nav: str | None
    media: str | None = None

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or self.name.replace("_", " ")).strip().splitlines()[0]


class Api:
    """Collects a service's routes.

    `templates` and `locale` default to the folders beside the service's `web.py` (`services/<name>/templates`,
    `services/<name>/locale`); templates are named `"<name>/compose.html"`. `service` owns the transactions
    (default: the service of that name).
    """

    def __init__(
        self,
        name: str,
        *,
        prefix: str,
        service: str | None = None,
        templates: Path | None = None,
        locale: Path | None = None,
    ) -> None:
        if not prefix.startswith("/") or prefix.endswith("/"):
            raise ValueError(f"a prefix looks like /notifications, not {prefix!r}")
        home = ROOT / "services" / name
        self.name = name
        self.service = service or name
        self.prefix = prefix
        self.templates = templates or home / "templates"
        self.locale = locale or home / "locale"
        self.routes: list[Route] = []

    def get(
        self,
        path: str,
        *,
        access: Rule,
        query: Schema | None = None,
        response: Schema | None = None,
        page: bool = False,
        nav: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """A reading route. `page`: answers HTML only; `nav`: its label's key in the shell's menu for those it admits."""
        return self._route("GET", path, access=access, query=query, response=response, page=page, nav=nav)

    def post(
        self,
        path: str,
        *,
        access: Rule,
        body: Schema | None = None,
        response: Schema | None = None,
        status: int = 200,
        page: bool = False,
        idempotent: bool = False,
        invalid: InvalidForm | None = None,
        max_body: int = MAX_BODY,
        media: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """A writing route for JSON and forms alike; `media`: one more media type that it takes, as `request.raw_body`.

        `idempotent`: an Idempotency-Key header (or the form's hidden key) makes a repeat answer as the first did.
        `invalid`: shows the form again with its errors; without it a problem page lists them.
        """
        return self._route(
            "POST",
            path,
            access=access,
            body=body,
            response=response,
            status=status,
            page=page,
            idempotent=idempotent,
            invalid=invalid,
            max_body=max_body,
            media=media,
        )

    def put(
        self, path: str, *, access: Rule, body: Schema | None = None, response: Schema | None = None, status: int = 200
    ) -> Callable[[Handler], Handler]:
        return self._route("PUT", path, access=access, body=body, response=response, status=status)

    def delete(self, path: str, *, access: Rule, status: int = 204) -> Callable[[Handler], Handler]:
        return self._route("DELETE", path, access=access, status=status)

    def _route(
        self,
        method: str,
        path: str,
        *,
        access: Rule,
        body: Schema | None = None,
        query: Schema | None = None,
        response: Schema | None = None,
        status: int = 200,
        page: bool = False,
        idempotent: bool = False,
        invalid: InvalidForm | None = None,
        max_body: int = MAX_BODY,
        nav: str | None = None,
        media: str | None = None,
    ) -> Callable[[Handler], Handler]:
        if not isinstance(access, _RULES):
            raise TypeError(f"{method} {path} declares no access rule; use one of shared.web.access")
        if not path.startswith("/"):
            raise ValueError(f"a path starts with a slash: {path!r}")
        full = self.prefix + ("" if path == "/" else path)
        if any(route.method == method and route.path == full for route in self.routes):
            raise ValueError(f"{method} {full} is declared twice")
        if _wants_token(access) and "{token}" not in path:
            raise ValueError(f"{method} {full} is reached by a link: its path needs {{token}}")

        def declare(handler: Handler) -> Handler:
            self.routes.append(
                Route(
                    method,
                    full,
                    handler,
                    access,
                    body,
                    query,
                    response,
                    status,
                    page,
                    idempotent,
                    invalid,
                    max_body,
                    nav,
                    media,
                )
            )
            return handler

        return declare


def _wants_token(access: Rule) -> bool:
    return isinstance(access, Link)
