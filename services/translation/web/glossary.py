"""The district's own words: what each is called, what it must not be called, and where they contradict each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.translation.domain.glossary import PartOfSpeech, Term
from services.translation.domain.glossary_conflicts import Conflict, conflicts
from services.translation.domain.languages import name as language_name
from services.translation.domain.languages import normal
from services.translation.schemas_words import GlossaryOut, GlossaryQuery, SavedOut, TermIn
from services.translation.store import glossary as store
from services.translation.web.routes import api
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import invalid

APPROVERS = staff("interpreter", "office")
READERS = staff("interpreter", "office", "administrator")
PLACE = "/translation/glossary"


@api.get("/glossary", access=READERS, query=GlossaryQuery(), response=GlossaryOut(), nav="nav.glossary")
def glossary(request: Request) -> Response:
    """Every term with who changed it, what contradicts what, and a form for one more."""
    target = request.query["target"].strip()
    if request.wants_html:
        return _page(request, {}, {}, target=target)
    with request.unit_of_work() as uow:
        rows = store.rows(uow.connection, language=target or None)
    found = conflicts(map(store.as_term, rows))
    return json_response({"terms": rows, "conflicts": [_told(each) for each in found]})


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    """The form as it was filled in; what is wrong with one word of a list is said at the list."""
    return _page(request, {name.partition(".")[0]: texts for name, texts in errors.items()}, request.data)


@api.post(
    "/glossary", access=APPROVERS, body=TermIn(), response=SavedOut(), status=201, idempotent=True, invalid=_again
)
def save(request: Request) -> Response:
    """Put a term in, or change what it is called; refused where it would contradict another."""
    data = request.data
    term = Term(
        data["term"],
        data["translation"],
        normal(data["target"]),
        normal(data["source"]),
        PartOfSpeech(data["part_of_speech"]),
        tuple(data["forms"]),
        tuple(data["translation_forms"]),
        tuple(data["forbidden"]),
        data["case_sensitive"],
        tuple(data["near"]),
        data["note"],
    )
    with request.unit_of_work() as uow:
        others = [other for other in store.terms(uow.connection) if other.id != term.id]
        before = {str(each) for each in conflicts(others)}
        new = [each for each in conflicts([*others, term]) if str(each) not in before]
        if new:
            errors = {"translation": [request.t(f"glossary.conflict.{each.kind}") for each in new]}
            if request.is_form:
                return replace(_again(request, errors), status=422)
            raise invalid(errors)
        store.save(uow.connection, [term], origin="page", by=request.person_id, now=uow.now)
    return json_response({"term_id": term.id}, then=PLACE)


@api.post("/glossary/{term_id}/remove", access=APPROVERS, response=SavedOut(), idempotent=True)
def remove(request: Request) -> Response:
    """Take a term out."""
    term_id = str(request.params["term_id"])
    with request.unit_of_work() as uow:
        if not store.remove(uow.connection, [term_id]):
            raise not_found("term")
    return json_response({"term_id": term_id}, then=PLACE)


def _page(request: Request, errors: dict[str, list[str]], given: dict[str, Any], *, target: str = "") -> Response:
    with request.unit_of_work() as uow:
        everything = store.rows(uow.connection)
    found = conflicts(map(store.as_term, everything))
    targets = sorted({row["target_language"] for row in everything})
    return page(
        "translation/glossary.html",
        request,
        title=request.t("glossary.title"),
        rows=[row for row in everything if not target or row["target_language"] == normal(target)],
        conflicts=found,
        targets=targets,
        target=target,
        errors=errors,
        given=given,
        parts=[(str(part), request.t(f"glossary.part.{part or 'unknown'}")) for part in PartOfSpeech],
        editor=request.role in APPROVERS.roles,
        name=lambda tag: language_name(tag, reader=request.locale),
    )


def _told(conflict: Conflict) -> dict[str, Any]:
    return {"kind": str(conflict.kind), "terms": [f"{term.term} → {term.translation}" for term in conflict.terms]}
