"""Coming in: the demo's people, a guardian's link, and signing out."""

from __future__ import annotations

from itertools import groupby

from marshmallow import Schema, fields

from shared.identity import Kind
from shared.identity.demo import SamplePerson
from shared.web.access import link, public
from shared.web.api import Api
from shared.web.problems import not_found
from shared.web.request import Request
from shared.web.response import Response, local_path, page, redirect

ENTER = "enter"
HOME = "/"


class SignInAs(Schema):
    """Which sample person to be, and where to go then."""

    person_id = fields.Str(required=True)
    next = fields.Str(load_default=None)


def signin_api(*, service: str, guardian_home: str = HOME) -> Api:
    """Routes under /identity; used links are kept in `service`'s database.

    A guardian's link of purpose "enter" opens a session and goes to its `resource` path.
    """
    api = Api("identity", prefix="/identity", service=service)

    @api.get("/sign-in", access=public("where people without a session come in"), page=True)
    def sign_in_page(request: Request) -> Response:
        """Choose a sample person (demo), or be told how to come in."""
        demo = request.site.identity.demo
        people: list[tuple[str, list[SamplePerson]]] = []
        if demo is not None:
            ordered = sorted(demo.people(), key=lambda person: person.role)
            people = [(role, list(group)) for role, group in groupby(ordered, key=lambda person: person.role)]
        return page(
            "sign_in.html",
            request,
            title=request.t("signin.title"),
            people=people,
            next=_safe(request.query.get("next")),
        )

    @api.post("/sign-in", access=public("the demo's sign-in; answers 404 outside demo mode"), body=SignInAs())
    def sign_in(request: Request) -> Response:
        """Become a sample person: demo mode only."""
        demo = request.site.identity.demo
        person = demo.find(request.data["person_id"]) if demo is not None else None
        if person is None:
            raise not_found()
        session = request.site.identity.sessions.start(
            person.kind,
            request.now,
            district=person.district,
            person_id=person.person_id,
            role=person.role,
            schools=person.schools,
            language=person.language,
        )
        cookie = request.site.identity.sessions.cookie(session)
        return redirect(_safe(request.data["next"]) or person.home).with_header("Set-Cookie", cookie)

    @api.get("/enter/{token}", access=link(ENTER), page=True)
    def enter_page(request: Request) -> Response:
        """A button: mail scanners fetch links, people press buttons."""
        return page("enter.html", request, title=request.t("enter.title"))

    @api.post("/enter/{token}", access=link(ENTER))
    def enter(request: Request) -> Response:
        """Use the link up and start the guardian's session."""
        claims = request.link
        assert claims is not None  # the access rule is `link`
        session = request.site.identity.sessions.start(
            Kind.GUARDIAN,
            request.now,
            district=claims.district,
            person_id=claims.subject_id,
            role="guardian",
            schools=(claims.school,) if claims.school else (),
            language=claims.language,
        )
        cookie = request.site.identity.sessions.cookie(session)
        return redirect(_safe(claims.resource) or guardian_home).with_header("Set-Cookie", cookie)

    @api.post("/sign-out", access=public("ending a session needs none"))
    def sign_out(request: Request) -> Response:
        """Drop the session."""
        return redirect("/identity/sign-in").with_header("Set-Cookie", request.site.identity.sessions.cookie(None))

    return api


def _safe(location: str | None) -> str | None:
    """A path of this site, or nothing: `next` comes from the address bar."""
    try:
        return local_path(location) if location else None
    except ValueError:
        return None
