"""Going on by code: from the paper, or from one telephone to another, without the link."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.surveys.domain.answers import western_digits
from services.surveys.domain.effects import Scope
from services.surveys.handlers.life import Refusal, by_code, open_assignment
from services.surveys.web.routes import api
from shared.web import Request, Response, not_found, page, public, redirect

ANYBODY = public("asks for a code and its PIN, which are proof enough; after five wrong ones the code rests")


class CodeAndPin(Schema):
    """As they stand on the paper, in any script's digits."""

    code = fields.Str(required=True, validate=validate.Length(1, 40))
    pin = fields.Str(required=True, validate=validate.Length(1, 12))


def _wrong(request: Request, errors: dict[str, list[str]]) -> Response:
    return _ask(request, fault=request.t("code.unknown"))


@api.get("/code/{of}", access=ANYBODY, page=True)
def code_page(request: Request) -> Response:
    """Where the code of a paper form, or of a form begun elsewhere, is typed."""
    _district(request)
    return _ask(request)


@api.post("/code/{of}", access=ANYBODY, body=CodeAndPin(), invalid=_wrong)
def open_by_code(request: Request) -> Response:
    """From code and PIN to the survey's own page."""
    district = _district(request)
    ports = request.ports
    with request.site.runtime.unit_of_work(request.api.service, district) as uow:
        pin = western_digits(request.data["pin"]).strip()
        found = by_code(uow, ports, western_digits(request.data["code"]), pin)
        opening = open_assignment(uow, found.assignment_id) if found.assignment_id else None
    # somebody whom an order keeps from all of these children learns no more than a stranger would
    if opening is not None and not opening.children and Scope.NO_SURVEYS not in opening.boundaries:
        opening = None
    if opening is None:
        # a code that rests says what a wrong one says: else who tries learns which codes there are
        over = found.refusal is Refusal.EXPIRED
        return _ask(request, fault=request.t("code.expired" if over else "code.unknown"))
    row = opening.assignment
    token = ports.survey_token(
        district,
        row.assignment_id,
        row.guardian_id,
        due_at=row.due_at,
        language=row.language,
        school=row.school_id,
    )
    return redirect(f"/surveys/s/{token}?lang={row.language}")


def _district(request: Request) -> str:
    """The district of the address; code and PIN are looked up in no other (Problem 404 for one that is not ours)."""
    district = str(request.params["of"])
    if district not in request.ports.districts:
        raise not_found("page")
    return district


def _ask(request: Request, *, fault: str = "") -> Response:
    return page("surveys/code.html", request, title=request.t("code.title"), status=422 if fault else 200, fault=fault)
