"""What a guardian was asked before, and what they said: their own answers only, never the other home's."""

from __future__ import annotations

from typing import Any

from services.surveys.domain.definition import text_in
from services.surveys.domain.given import given_of
from services.surveys.handlers.life import survey_version
from services.surveys.ports import PREFERENCES
from services.surveys.store import pages, roster
from services.surveys.web.form import when
from services.surveys.web.form_said import said
from services.surveys.web.routes import api
from shared.web import Request, Response, json_response, link, page

ZONE = "UTC"


@api.get("/preferences/{token}/answers", access=link(PREFERENCES, single_use=False))
def own_answers(request: Request) -> Response:
    """Everything this guardian has answered, the latest first."""
    guardian_id = request.person_id
    with request.unit_of_work() as uow:
        rows = pages.answered_by(uow.connection, guardian_id)
        surveys = {version: survey_version(uow, version) for version in dict.fromkeys(row.version for row in rows)}
        children = {given for row in rows for given in (row.content.get("children") or {})}
        names = roster.student_names(uow.connection, children)
        zones = roster.schools(uow.connection, {row.school_id for row in rows})
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        survey = surveys[row.version]
        question = survey.question(row.question_id)
        school = zones.get(row.school_id)
        kept = found.setdefault(
            row.assignment_id,
            {
                "survey": text_in(survey.title, request.locale),
                "at": when(row.submitted_at, school.timezone if school else ZONE, request.locale),
                "via": request.t(f"via.{row.via}"),
                "answers": [],
            },
        )
        if question is not None:
            kept["answers"].append(
                {
                    "question": text_in(question.text, request.locale),
                    "answer": said(request, question, given_of(row.content), names=names),
                }
            )
    if request.wants_html:
        title = request.t("before.title")
        back = f"/surveys/preferences/{request.params['token']}?lang={request.locale}"
        return page("surveys/before.html", request, title=title, surveys=list(found.values()), back=back)
    return json_response({"surveys": list(found.values())})
