"""From an access rule and a request to the caller, or to the refusal that helps most."""

from __future__ import annotations

from shared.identity import Kind, LinkRefused, Session
from shared.identity.csrf import same_origin
from shared.identity.sessions import COOKIE
from shared.identity.tables import is_used
from shared.web import problems
from shared.web.access import AnyOf, Guardian, Link, Provider, Public, Rule, Staff
from shared.web.body import CSRF_FIELD
from shared.web.problems import Problem
from shared.web.request import Caller, Request

_SAFE = frozenset({"GET", "HEAD"})


def authenticate(rule: Rule, request: Request) -> Caller:
    """Who asks; raises Problem 401, 403 or 410."""
    match rule:
        case Public():
            return _nobody(request)
        case Staff(roles):
            return _staff(request, roles)
        case Guardian():
            return _guardian(request)
        case Link(purpose, single_use):
            return _link(request, purpose, single_use=single_use)
        case Provider(verify):
            district = verify(request)
            if not district:
                raise problems.forbidden("The signature of this call does not hold.", rule="provider_signature")
            return Caller(district=district, role="provider")
        case AnyOf(rules):
            return _any(request, rules)


def session_of(request: Request) -> Session | None:
    """The valid session of the request's cookie, if any."""
    token = request.raw.cookies.get(COOKIE)
    return request.site.identity.sessions.read(token, request.now)


def _nobody(request: Request) -> Caller:
    """Public pages still greet who is signed in, but grant nothing by it."""
    session = session_of(request)
    if request.route.method not in _SAFE and not same_origin(
        request.header("Origin"), request.header("Referer"), host=request.host
    ):
        raise problems.form_refused()
    return Caller(session=session, language=session.language if session else None)


def _staff(request: Request, roles: frozenset[str]) -> Caller:
    session = _session(request)
    if session.kind is not Kind.STAFF or session.role not in roles:
        raise problems.forbidden("This page belongs to other roles.", rule="route_role")
    return _caller(session)


def _guardian(request: Request) -> Caller:
    session = _session(request)
    if session.kind is not Kind.GUARDIAN:
        raise problems.forbidden("This page belongs to guardians.", rule="route_role")
    return _caller(session)


def _session(request: Request) -> Session:
    session = session_of(request)
    if session is None:
        raise problems.unauthenticated()
    if request.route.method not in _SAFE:
        given = request.header("X-CSRF-Token") or (request.form or {}).get(CSRF_FIELD, [None])[-1]
        ours = same_origin(request.header("Origin"), request.header("Referer"), host=request.host)
        if not ours or not request.site.identity.csrf.holds(session.sid, given):
            raise problems.form_refused()
    return session


def _link(request: Request, purpose: str, *, single_use: bool) -> Caller:
    token = request.params.get("token")
    try:
        claims = request.site.identity.links.read(token or "", request.now, purpose=purpose)
    except LinkRefused:
        raise problems.link_refused() from None
    posting = request.route.method not in _SAFE
    if single_use and not posting:
        with request.site.runtime.unit_of_work(request.api.service, claims.district) as uow:
            if is_used(uow.connection, claims.jti):
                raise problems.link_refused()
    return Caller(
        district=claims.district,
        person_id=claims.subject_id,
        role="guardian",
        schools=(claims.school,) if claims.school else (),
        language=claims.language,
        link=claims,
        consumes=claims.jti if single_use and posting else None,
    )


def _any(request: Request, rules: tuple[Rule, ...]) -> Caller:
    refusals: list[Problem] = []
    for rule in rules:
        try:
            return authenticate(rule, request)
        except Problem as problem:
            refusals.append(problem)
    # a wrong role says more than "sign in", which says more than "this link is spent"
    raise min(refusals, key=lambda problem: {403: 0, 401: 1}.get(problem.status, 2))


def _caller(session: Session) -> Caller:
    return Caller(
        district=session.district,
        person_id=session.person_id,
        role=session.role,
        schools=session.schools,
        language=session.language,
        session=session,
    )
