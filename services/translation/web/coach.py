"""The wording coach over HTTP: advice on a draft, and the way on for a writer who keeps to their words."""

from __future__ import annotations

from typing import Any

from services.translation.coach import Advice, Draft, NoteKind, check
from services.translation.coach.schemas import AdviceOut, CoachIn, KeptIn
from services.translation.handlers import coach as handlers
from services.translation.web.routes import api
from shared.ids import new_id
from shared.web import Request, Response, json_response, page, redirect, staff

WRITERS = staff("teacher", "aide", "counselor", "principal", "office", "administrator")
SEND = "/notifications/messages"


@api.post("/coach", access=WRITERS, body=CoachIn(), response=AdviceOut())
def coach(request: Request) -> Response:
    """What could be plainer or kinder in the draft. It goes out all the same if its writer wants."""
    data = request.data
    names, others = _names(data)
    draft = Draft(data["text"], NoteKind(data["kind"]), data["language"] or request.locale, names, others)
    advice = check(draft)
    text_id = new_id()
    with request.unit_of_work() as uow:
        handlers.flagged(uow, draft, advice, text_id=text_id, kept=False)
    if request.wants_html:
        return _page(request, draft, advice, text_id)
    return json_response(_out(advice) | {"text_id": text_id})


@api.post("/coach/{text_id}/kept", access=WRITERS, body=KeptIn())
def kept(request: Request) -> Response:
    """Log that the writer read the advice and sends the draft all the same; the browser posts it on to be sent."""
    data = request.data
    draft = Draft(data["text"], NoteKind(data["kind"]), request.locale)
    with request.unit_of_work() as uow:
        handlers.flagged(uow, draft, check(draft), text_id=str(request.params["text_id"]), kept=True)
    return redirect(SEND, status=307)  # 307: the same form, unlike 303


def _page(request: Request, draft: Draft, advice: Advice, text_id: str) -> Response:
    whole = [flag for flag in advice.flags if (flag.start, flag.end) == (0, len(draft.text))]
    passages = [(flag, draft.text[flag.start : flag.end]) for flag in advice.flags if flag not in whole]
    return page(
        "translation/coach.html",
        request,
        title=request.t("coach.title"),
        values=request.data,
        whole=whole,
        passages=passages,
        advice=advice,
        text_id=text_id,
        send=SEND,
    )


def _names(data: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The child's names and the others', as given or from the roster of the form."""
    names, others = list(data["names"]), list(data["others"])
    for line in data["roster"].splitlines():
        student_id, _, given = line.partition("=")
        if given.strip():
            (names if student_id == data["student_id"] else others).append(given.strip())
    return tuple(names), tuple(others)


def _out(advice: Advice) -> dict[str, Any]:
    return {
        "flags": advice.flags,
        "grade": advice.grade,
        "rare_share": advice.rare_share,
        "plain": advice.plain,
        "plain_grade": advice.plain_grade,
        "lessons": {str(kind): lesson for kind, lesson in advice.lessons.items()},
    }
