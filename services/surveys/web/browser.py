"""The scripts of a guardian's pages: each loads after the page stands, and the page works the same without it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Question
from services.surveys.expressions import browser as conditions
from services.surveys.handlers.life import Opening
from services.surveys.web.form_fields import in_order
from services.surveys.web.routes import api
from shared.web import Request, Response, not_found, public

FOLDER = Path(__file__).resolve().parents[1] / "browser"
SCRIPT = "text/javascript; charset=utf-8"
_FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))} | {"conditions.js": conditions.code()}


def address(name: str) -> str:
    """Where a script lies; a new content has a new address, so browsers may keep it for a year."""
    return f"/surveys/browser/{name}?v={hashlib.sha256(_FILES[name]).hexdigest()[:12]}"


PAGE = address("page.js")
CONDITIONS = address("conditions.js")


def file(name: str) -> Response:
    """A script, with no word yet on how long it may be kept."""
    return Response(200, _FILES[name], SCRIPT)


@api.get("/browser/{name}", access=public("scripts without anybody's data"))
def script(request: Request) -> Response:
    """A script of the pages."""
    name = str(request.params["name"])
    if name not in _FILES:
        raise not_found("file")
    return file(name).with_header("Cache-Control", "public, max-age=31536000, immutable")


def rules_of(opening: Opening, here: Sequence[Question], answers: Answers) -> str:
    """The conditions of a page's questions as JSON, for `conditions.js`; empty where nothing on it depends on anything."""
    if not any(question.visible_if or question.required_if or question.constraint for question in here):
        return ""
    children = [child for child, _ in in_order(opening.children)]
    ids = {question.id for question in here}
    found = conditions.rules(opening.survey, opening.today, here=ids, answers=answers, children=children)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if found else ""
