"""What a guardian was asked before, and what they said: their own answers only, never the other home's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from services.surveys.domain.definition import text_in
from services.surveys.domain.given import Given, given_of
from services.surveys.handlers.life import survey_version
from services.surveys.handlers.reach import children_of
from services.surveys.ports import PREFERENCES
from services.surveys.store import pages, roster
from services.surveys.web.form import when
from services.surveys.web.form_said import said
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, page

ZONE = "UTC"


@api.get("/preferences/{token}/answers", access=link(PREFERENCES, single_use=False))
def own_answers(request: Request) -> Response:
    """Everything this guardian has answered, the latest first."""
    with request.unit_of_work() as uow:
        rows = pages.answered_by(uow.connection, request.person_id)
        back = f"/surveys/preferences/{request.params['token']}?lang={request.locale}"
        return answers_page(uow, request, rows, guardian_id=request.person_id, back=back)


def answers_page(uow: UnitOfWork, request: Request, rows: Sequence[Any], *, guardian_id: str, back: str) -> Response:
    """These answers (`pages.answered_by`), for the one who gave them.

    A child that an order keeps from the guardian by now is neither named nor told of.
    """
    surveys = {version: survey_version(uow, version) for version in dict.fromkeys(row.version for row in rows)}
    zones = roster.schools(uow.connection, {row.school_id for row in rows})
    theirs = _children(uow, guardian_id, zone=next((each.timezone for each in zones.values()), ZONE))
    names = roster.student_names(uow.connection, theirs)
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
        given = _of(given_of(row.content), theirs)
        if question is not None and given is not None:
            kept["answers"].append(
                {
                    "question": text_in(question.text, request.locale),
                    "answer": said(request, question, given, names=names),
                }
            )
    if request.wants_html:
        title = request.t("before.title")
        return page("surveys/before.html", request, title=title, surveys=list(found.values()), back=back)
    return json_response({"surveys": list(found.values())})


def _children(uow: UnitOfWork, guardian_id: str, *, zone: str) -> Collection[str]:
    family = next(iter(roster.families(uow.connection, [guardian_id])), None)
    return frozenset(children_of(uow, family, (), zone=zone)) if family else frozenset()


def _of(given: Given, theirs: Collection[str]) -> Given | None:
    """The answer without what it says of other children; None where nothing is left."""
    if given.about is not None and given.about not in theirs:
        return None
    if not given.children:
        return given
    kept = {child: each for child, each in given.children.items() if child in theirs}
    return replace(given, children=kept) if kept else None
