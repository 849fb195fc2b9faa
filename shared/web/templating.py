"""Pages from Jinja2 templates: escaped always, strict about undefined names, inside one shell."""

from __future__ import annotations

import functools
import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from shared.web.i18n import SHELL_LOCALE, Translator, direction
from shared.web.nav import NavItem, shown_to

if TYPE_CHECKING:
    from shared.web.api import Api
    from shared.web.request import Request

HERE = Path(__file__).parent
ASSETS = HERE / "assets"


@functools.cache
def _environment(api: Api) -> jinja2.Environment:
    """`shell.html` and friends from here, `"<service>/x.html"` from the service's own folder."""
    loader = jinja2.ChoiceLoader(
        [
            jinja2.PrefixLoader({api.name: jinja2.FileSystemLoader(api.templates)}),
            jinja2.FileSystemLoader(HERE / "templates"),
        ]
    )
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a look at every file for every page; who edits one starts anew
    )
    environment.globals["direction"] = direction
    return environment


@functools.cache
def asset_version(name: str) -> str:
    """A short hash of an asset, so that browsers may keep it for a year."""
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]


def _label(request: Request, item: NavItem) -> str:
    """A menu entry is in its own service's words, on whichever service's page it stands."""
    return Translator.of(request.locale, (item.locale, SHELL_LOCALE)).text(item.label)


def render(request: Request, template: str, *, title: str, **context: Any) -> str:
    """The page's HTML. Templates see `request`, `t`, `title`, `csrf`, `once`, `nav`, `asset` and the context."""
    session = request.session
    csrf = request.site.identity.csrf.token(session.sid) if session else ""
    return (
        _environment(request.api)
        .get_template(template)
        .render(
            request=request,
            t=request.t,
            title=title,
            lang=request.locale,
            dir=request.translator.dir,
            session=session,
            csrf=csrf,
            once=secrets.token_urlsafe(12),
            nav=[(_label(request, item), item.path) for item in shown_to(request.site.nav, session)],
            asset=lambda name: f"{request.api.prefix}/assets/{name}?v={asset_version(name)}",
            mode=request.site.mode,
            sign_in_path=request.site.sign_in_path,
            **context,
        )
    )
