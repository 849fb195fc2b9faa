"""One request through its route: read, recognise, check, handle, answer."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import sqlalchemy.exc
import structlog

from shared.errors import HomeroomError
from shared.web import problems, templating
from shared.web.authenticate import authenticate
from shared.web.body import (
    FORM,
    MULTIPART,
    ONCE_FIELD,
    form_values,
    kept,
    load,
    parse_form,
    parse_json,
    parse_multipart,
)
from shared.web.i18n import SHELL_LOCALE, Translator, accepted, negotiate, spoken_by_shell
from shared.web.idempotency import Answer, Once, Repeated
from shared.web.problems import Problem, not_found
from shared.web.request import Request
from shared.web.response import HTML, PROBLEM, Response, encode_json, redirect

log = structlog.get_logger("web")
_WRITING = frozenset({"POST", "PUT", "DELETE"})


def answer(request: Request) -> Response:
    """The response to a request; never raises."""
    try:
        _read(request)
        choose_language(request)
        request.caller = authenticate(request.route.access, request)
        choose_language(request)
        return _handled(request)
    except Exception as error:
        return refusal(request, error)


def refusal(request: Request, error: Exception) -> Response:
    """An error as a problem document, or as a page for a browser."""
    problem = as_problem(error, request)
    if problem.status == 401 and request.wants_html and request.site.sign_in_path:
        # a form's address may not answer to GET, so only a page is come back to
        back = f"?next={quote(request.raw.relative_uri, safe='')}" if request.route.method == "GET" else ""
        return redirect(request.site.sign_in_path + back)
    if request.wants_html:
        html = templating.render(request, "problem.html", title=request.t(problem.title), problem=problem)
        return Response(problem.status, html.encode(), HTML, problem.headers)
    return Response(problem.status, encode_json(problem.body()), PROBLEM, problem.headers)


def as_problem(error: Exception, request: Request) -> Problem:
    """What to tell the caller about `error`; the log gets its type and place, never its text."""
    if isinstance(error, HomeroomError):
        return problems.from_error(error)
    if isinstance(error, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)):
        log.warning("store_unavailable", route=request.route.name, error=type(error).__name__)
        return problems.unavailable()
    log.error("unexpected", route=request.route.name, error=type(error).__name__, place=_place(error))
    return problems.unexpected()


def _handled(request: Request) -> Response:
    try:
        errors = _check(request)
        if errors is not None and request.route.invalid is not None:
            return replace(request.route.invalid(request, errors), status=422)
        response = request.route.handler(request)
        request.consume_link()
        finished = _finished(request, response)
        request.finish(_to_remember(finished))
    except Repeated as repeated:
        request.abandon(repeated)
        return _again(repeated.answer)
    except Exception as error:
        request.abandon(error)
        request.write_audit()  # a refusal is logged although its handler was rolled back
        raise
    request.write_audit()
    return finished


def _read(request: Request) -> None:
    if request.route.method not in _WRITING:
        return
    limit = request.route.max_body
    too_large = Problem(
        413, "TOO_LARGE", "The request is too large.", remedy=f"Send at most {limit // 1024} kB.", where="body"
    )
    if (request.raw.content_length or 0) > limit:
        raise too_large
    request.raw_body = request.raw.bounded_stream.read(limit + 1)
    if len(request.raw_body) > limit:
        raise too_large
    media_type = (request.raw.content_type or "").partition(";")[0].strip().lower()
    if media_type == FORM:
        request.form = parse_form(request.raw_body)
    elif media_type == MULTIPART and request.route.media == MULTIPART and request.route.body is not None:
        request.form = parse_multipart(request.raw_body, request.raw.content_type or "")
    elif request.raw_body and not _taken(media_type, request):
        raise Problem(
            415, "MEDIA_TYPE", "This kind of content is not taken here.", remedy="Send JSON or an urlencoded form."
        )


def _taken(media_type: str, request: Request) -> bool:
    return media_type in ("application/json", request.route.media) or media_type.endswith("+json")


def choose_language(request: Request) -> None:
    """The one asked for in the address, the person's own, the browser's; among those that the shell speaks."""
    asked = request.raw.get_param("lang")
    wanted = [asked, request.caller.language, *accepted(request.header("Accept-Language"))]
    locale = negotiate(wanted, spoken_by_shell())
    request.translator = Translator.of(locale, (request.api.locale, SHELL_LOCALE))


def _check(request: Request) -> dict[str, list[str]] | None:
    """Validate what came in; returns the errors of a form that its route wants to show again."""
    route = request.route
    if not all(kept(value) for value in request.params.values() if isinstance(value, str)):
        raise not_found()
    if route.query is not None:
        request.query = load(route.query, {name: value for name, value in request.raw.params.items() if name != "lang"})
    given = request.header("Idempotency-Key") or (request.form or {}).get(ONCE_FIELD, [None])[-1]
    if route.idempotent and given:
        scope = (route.method, request.raw.path, request.caller.person_id or request.role)
        request.once = Once.of(given, scope=scope, body=_without_hidden(request))
    if route.body is None:
        return None
    if request.form is None:
        request.data = load(route.body, parse_json(request.raw_body))
        return None
    request.data = form_values(request.form, route.body)
    try:
        request.data = load(route.body, request.data)
    except Problem as problem:
        if route.invalid is None:
            raise
        return problem.errors
    return None


def _without_hidden(request: Request) -> bytes:
    """What a repeat must have in common with the first: a form's CSRF token may differ, its answers may not."""
    if request.form is None:
        return request.raw_body
    return encode_json({name: given for name, given in sorted(request.form.items()) if not name.startswith("_")})


def _finished(request: Request, response: Response) -> Response:
    """Fill in the status, dump the data, send a browser's form post onwards."""
    if response.then is not None and request.is_form:
        return replace(redirect(response.then), headers=(*redirect(response.then).headers, *response.headers))
    status = response.status or request.route.status
    if response.data is None:
        return replace(response, status=status)
    schema = request.route.response
    data = schema.dump(response.data) if schema is not None and status < 300 else response.data
    return replace(response, status=status, body=encode_json(data), data=None)


def _to_remember(response: Response) -> Answer:
    location = dict(response.headers).get("Location")
    return Answer(response.status or 200, response.body.decode("utf-8", "replace"), response.media_type, location)


def _again(kept: Answer) -> Response:
    headers: tuple[tuple[str, str], ...] = (("Idempotency-Replayed", "true"),)
    if kept.location is not None:
        headers += (("Location", kept.location),)
    return Response(kept.status, kept.body.encode(), kept.media_type, headers)


def _place(error: Exception) -> str:
    """Where it happened: file name, line and function of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}:{code.co_name}"
