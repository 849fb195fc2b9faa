"""Pages and JSON for interpreters and the office: where a text came from, what is approved, what waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.translation.catalogue import load
from services.translation.catalogue.examples import examples
from services.translation.catalogue.load import SOURCE
from services.translation.domain.languages import name as language_name
from services.translation.domain.languages import normal
from services.translation.domain.memory import NotTheSame
from services.translation.handlers import review as reviewing
from services.translation.handlers import texts as handlers
from services.translation.schemas import ApprovalIn, ApprovalOut, ProvenanceOut, SignaturesIn, SignaturesOut
from services.translation.store import review as reviews
from services.translation.store import texts as store
from services.translation.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, conflict, forbidden, json_response, not_found, page, staff
from shared.web.problems import invalid

APPROVERS = staff("interpreter", "office")
READERS = staff("interpreter", "office", "administrator")
# an interpreter reads texts of every school: they are a district's few, and each reading is in the audit log
_OF_ALL_SCHOOLS = frozenset({"interpreter", "administrator"})


@api.get("/texts/{text_id}", access=READERS, response=ProvenanceOut())
def text(request: Request) -> Response:
    """A text, its versions in every language, and where each came from."""
    with request.unit_of_work() as uow:
        found = _readable(request, uow, str(request.params["text_id"]))
        versions = store.versions_of(uow.connection, found["text_id"], found["content_version"])
        steps = reviews.steps_of(uow.connection, found["text_id"])
    if request.wants_html:
        title = request.t("text.title")
        approver = request.role in APPROVERS.roles
        return page(
            "translation/text.html",
            request,
            title=title,
            text=found,
            versions=versions,
            steps=steps,
            approver=approver,
            name=_name(request),
        )
    return json_response({**found, "versions": versions, "steps": steps})


@api.get("/memory", access=READERS, page=True, nav="nav.translation")
def memory(request: Request) -> Response:
    """What waits for a person, what is approved, and a form to approve a translation."""
    return _memory_page(request, {}, {})


def _memory_page(request: Request, errors: dict[str, list[str]], given: dict[str, Any]) -> Response:
    with request.unit_of_work() as uow:
        waiting = store.waiting_reviews(uow.connection, schools=_schools(request))
        entries = store.memory_page(uow.connection)
        signed = store.signatures(uow.connection)
    for review in waiting:
        request.audit("view", review["text_id"], "allowed", record_type="text")
    catalogue = load()
    drafts = {
        language: sum(1 for wording in wordings.values() if not wording.approval(signed))
        for language, wordings in catalogue.wordings.items()
        if language != SOURCE
    }
    return page(
        "translation/memory.html",
        request,
        title=request.t("memory.title"),
        waiting=waiting,
        entries=entries,
        drafts=drafts,
        errors=errors,
        given=given,
        name=_name(request),
    )


def _memory_again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _memory_page(request, errors, request.data)


@api.post(
    "/memory",
    access=APPROVERS,
    body=ApprovalIn(),
    response=ApprovalOut(),
    status=201,
    idempotent=True,
    invalid=_memory_again,
)
def approve(request: Request) -> Response:
    """Approve a translation: from now on this text goes out with it, for every child and date."""
    data = request.data
    with request.unit_of_work() as uow:
        source, names, text = normal(data["source"]), tuple(data["names"]), data["text"]
        if data["text_id"]:
            found = _readable(request, uow, data["text_id"])
            source, text, names = found["source_language"], found["text"], (*found["names"], *names)
        if not text:
            raise invalid({"text": ["Give the text, or the text_id of a message."]})
        if not reviewing.rules(uow).may_approve(request.person_id, source, data["target"]):
            raise forbidden("The district names others as readers of this language.", rule="reader")
        try:
            key = handlers.approve(
                uow,
                handlers.Approval(text, data["translation"], source, normal(data["target"]), names),
                by=request.person_id,
                text_id=data["text_id"],
            )
        except NotTheSame as missing:
            raise invalid({"translation": [f"Something of the text is missing here: {missing}."]}) from None
        except reviewing.ReviewRefused as refused:
            raise conflict(
                "Somebody else is reading it, or has read it.",
                code=f"REVIEW_{refused.code.upper()}",
                remedy="Look at the queue of texts to read.",
            ) from None
    return json_response({"key": key, "approved_by": request.person_id}, then="/translation/memory")


@api.get("/catalogue/{language}", access=READERS, page=True)
def catalogue(request: Request) -> Response:
    """The system's own messages in one language beside the English, and who has signed which."""
    language = str(request.params["language"])
    wordings = load().wordings.get(language)
    if wordings is None:
        raise not_found("language")
    with request.unit_of_work() as uow:
        signed = store.signatures(uow.connection)
    rows = [
        {
            "wording": wording,
            "english": load().wordings[SOURCE][key].text,
            "approved_by": wording.approval(signed),
            "examples": examples(wording),
        }
        for key, wording in wordings.items()
    ]
    title = request.t("catalogue.title", language=_name(request)(language))
    return page("translation/catalogue.html", request, title=title, language=language, rows=rows)


@api.post(
    "/catalogue/{language}/signatures", access=APPROVERS, body=SignaturesIn(), response=SignaturesOut(), idempotent=True
)
def sign(request: Request) -> Response:
    """Sign wordings of the catalogue; they then go out without the mark of the machine."""
    language = str(request.params["language"])
    wordings = load().wordings.get(language)
    if wordings is None:
        raise not_found("language")
    asked = [item.partition("@")[::2] for item in request.data["wordings"]]
    if any(key not in wordings or wordings[key].version != version for key, version in asked):
        raise conflict(
            "The wording has changed since it was shown.",
            code="WORDING_CHANGED",
            remedy="Read the new wording and sign again.",
        )
    with request.unit_of_work() as uow:
        if not reviewing.rules(uow).may_approve(request.person_id, SOURCE, language):
            raise forbidden("The district names others as readers of this language.", rule="reader")
        handlers.sign(uow, [wordings[key] for key, _ in asked], by=request.person_id)
    return json_response({"signed": len(asked)}, then=f"/translation/catalogue/{language}")


def _name(request: Request) -> Callable[[str], str]:
    """Languages as the caller calls them."""
    return lambda tag: language_name(tag, reader=request.locale)


def _schools(request: Request) -> tuple[str, ...] | None:
    """Whose texts the caller may read; None: every school's."""
    return None if request.role in _OF_ALL_SCHOOLS else request.schools


def _readable(request: Request, uow: UnitOfWork, text_id: str) -> dict[str, Any]:
    """The text, with the reading in the audit log; 404 if there is none, 403 if it is another school's."""
    found = store.text(uow.connection, text_id)
    if found is None:
        raise not_found("text")
    schools = _schools(request)
    allowed = schools is None or found["school_id"] in schools
    request.audit("view", text_id, "allowed" if allowed else "denied", record_type="text", rule="own_school")
    if not allowed:
        raise forbidden("This text is another school's.", rule="own_school")
    return dict(found)
