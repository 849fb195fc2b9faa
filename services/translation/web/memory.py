"""The memory for interpreters and the office: texts like this one, texts with these words, and taking one out."""

from __future__ import annotations

from typing import Any

from services.translation.domain.languages import name as language_name
from services.translation.domain.languages import normal
from services.translation.domain.memory import comparable, slotted
from services.translation.schemas_words import ForgottenOut, SearchOut, SearchQuery
from services.translation.store import memory as store
from services.translation.store.memory_near import NEAR
from services.translation.web.routes import api
from shared.web import Request, Response, json_response, not_found, page, staff

APPROVERS = staff("interpreter", "office")
READERS = staff("interpreter", "office", "administrator")
SEARCH = "/translation/memory/search"


@api.get("/memory/search", access=READERS, query=SearchQuery(), response=SearchOut())
def search(request: Request) -> Response:
    """Approved translations: of texts like this one (in one language), and in which these words stand (in any)."""
    asked, source, target = request.query["q"].strip(), normal(request.query["source"]), request.query["target"].strip()
    near: list[dict[str, Any]] = []
    containing: list[store.Row] = []
    if asked:
        with request.unit_of_work() as uow:
            if target:
                wanted = comparable(slotted(asked, names=(), source=source).masked)
                found = NEAR.nearest(uow.connection, wanted, source=source, target=target, limit=10)
                near = [{**match.row, "score": round(match.score, 1)} for match in found]
            containing = store.concordance(uow.connection, asked, target=target or None)
    if not request.wants_html:
        return json_response({"near": near, "containing": containing})
    return page(
        "translation/memory_search.html",
        request,
        title=request.t("search.title"),
        asked=asked,
        target=target,
        near=near,
        containing=[row for row in containing if row["key"] not in {each["key"] for each in near}],
        editor=request.role in APPROVERS.roles,
        name=lambda tag: language_name(tag, reader=request.locale),
    )


@api.post("/memory/{key}/forget", access=APPROVERS, response=ForgottenOut(), idempotent=True)
def forget(request: Request) -> Response:
    """Take a translation out: from now on its text goes its other ways again."""
    key = str(request.params["key"])
    with request.unit_of_work() as uow:
        if not store.forget(uow.connection, key):
            raise not_found("translation")
    request.audit("delete", key, "allowed", record_type="memory")
    return json_response({"key": key}, then=SEARCH)
