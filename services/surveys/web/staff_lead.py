"""Starting a survey: choose it, see it in every language and way, say whom and until when, put it out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import INCLUDE, Schema, fields, validate

from services.surveys.domain.definition import Survey, text_in
from services.surveys.domain.edits import Edit, classify
from services.surveys.domain.kinds import Mode, QuestionType
from services.surveys.domain.sms import question_text, segments
from services.surveys.handlers.life import survey_version
from services.surveys.schemas import CampaignIn
from services.surveys.store import pages, roster
from services.surveys.web.access import OFFICE, school_of, staff_decision
from services.surveys.web.campaigns import begin
from services.surveys.web.form import autonyms
from services.surveys.web.form_fields import fields_of, words_of
from services.surveys.web.lead_checks import day_warnings, unspoken
from services.surveys.web.routes import api
from services.surveys.words import skip_label
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, page, redirect, staff

LEADS = staff("teacher", *OFFICE)
START = "/surveys/start"
SHOWN = (Mode.WEB, Mode.SMS, Mode.VOICE)  # paper is previewed as the PDF it is


class PreviewQuery(Schema):
    """`mode` and `language` of the preview."""

    mode = fields.Str(load_default=Mode.WEB, validate=validate.OneOf(SHOWN))
    language = fields.Str(load_default="en", validate=validate.Length(2, 20))
    school = fields.Str(validate=validate.Length(1, 255))


class StartIn(CampaignIn):
    """The campaign's own fields, and whether the warnings were read."""

    class Meta:
        unknown = INCLUDE

    survey = fields.Str(load_default="")
    read = fields.Bool(load_default=False)


@api.get("/start", access=LEADS, page=True, nav="lead.title")
def choose_survey(request: Request) -> Response:
    """Every survey of the district, shipped or its own; one whose file is faulty says what is wrong with it."""
    found = []
    for name in request.ports.library.names(request.district):
        try:
            survey = request.ports.library.find(request.district, name).survey
        except HomeroomError as fault:
            found.append({"name": name, "title": name, "fault": fault.message})
            continue
        asked = [question for question in survey.questions if question.type is not QuestionType.NOTE]
        found.append(
            {
                "name": name,
                "title": text_in(survey.title, request.locale),
                "fault": "",
                "size": request.t("lead.size", questions=len(asked), languages=len(survey.languages)),
            }
        )
    return page("surveys/start.html", request, title=request.t("lead.title"), surveys=found)


@api.get("/start/{survey}", access=LEADS, query=PreviewQuery(), page=True)
def preview(request: Request) -> Response:
    """The survey as families will meet it, and the form that puts it out."""
    return _page(request)


def _wrong(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, faults=sorted(errors))


@api.post("/start/{survey}", access=LEADS, body=StartIn(), invalid=_wrong, idempotent=True)
def put_out(request: Request) -> Response:
    """Start the campaign; a day that speaks against itself is shown once more before."""
    wanted = {**request.data, "survey": str(request.params["survey"])}
    with request.unit_of_work() as uow:
        if not wanted["read"] and (warnings := _warnings(uow, request, wanted["due_at"].date())):
            return _page(request, warnings=warnings)
        begin(uow, request, wanted)
    return redirect("/surveys/assignments")


def _warnings(uow: UnitOfWork, request: Request, day: Any) -> list[str]:
    school = roster.schools(uow.connection, [school_of(request)]).get(school_of(request))
    if school is None:
        return []
    today = request.now.astimezone(ZoneInfo(school.timezone)).date()
    found = day_warnings(day, today=today, terms=school.terms, holidays=school.holidays)
    return [request.t(f"lead.warn.{each}") for each in found]


def _page(request: Request, *, faults: list[str] | None = None, warnings: list[str] | None = None) -> Response:
    name, school_id = str(request.params["survey"]), school_of(request)
    survey: Survey = request.ports.library.find(request.district, name, school_id).survey
    language = request.query.get("language", "en")
    language = language if language in survey.languages else "en"
    mode = Mode(request.query.get("mode", Mode.WEB))
    with request.unit_of_work() as uow:
        resource = Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
        whole = staff_decision(uow, request, Action.SURVEY, resource).allowed
        school = roster.schools(uow.connection, [school_id]).get(school_id)
        _, classes = roster.staff_facts(uow.connection, request.person_id)
        offered = sorted(classes) if not whole else pages.classes_of(uow.connection, school_id)
        families = pages.languages_of(uow.connection, school_id) if whole else {}
        running = pages.running_version(uow.connection, school_id, name) if whole else None
        edit = None
        if running is not None and running.version != survey.version:
            edit = classify(survey_version(uow, running.version), survey)
    due = request.now.astimezone(ZoneInfo(school.timezone if school else "UTC")) + timedelta(days=10)
    given = {key: values[-1] for key, values in (request.form or {}).items()}
    return page(
        "surveys/preview.html",
        request,
        title=text_in(survey.title, request.locale),
        status=422 if faults or warnings else 200,
        name=name,
        survey=survey,
        language=language,
        way=mode.value,
        modes=[(each.value, request.t(f"lead.mode.{each}")) for each in SHOWN if each in survey.modes],
        languages=autonyms(survey.languages),
        intro=text_in(survey.intro, language),
        questions=fields_of(survey.questions, {}, language, words=words_of(request)),
        texts=_texts(survey, language, mode),
        quotas=[(quota.id, quota.most) for quota in survey.quotas],
        privacy=request.t(f"lead.privacy.{survey.identified}"),
        whole=whole,
        classes=[(each, each) for each in offered],
        due_at=given.get("due_at") or due.strftime("%Y-%m-%dT17:00"),
        class_id=given.get("class_id", ""),
        warnings=warnings or [],
        faults=faults or [],
        missing=unspoken(survey.languages, families),
        edit=_edit(request, survey, edit) if edit is not None and running is not None else None,
        open_now=running.number if running is not None else 0,
    )


def _texts(survey: Survey, language: str, mode: Mode) -> list[tuple[str, int]]:
    """What is sent or spoken, and in how many parts the network sends it."""
    asked = [question for question in survey.questions if question.type is not QuestionType.NOTE]
    if mode is Mode.VOICE:
        return [(text_in(question.spoken, language), 0) for question in asked]
    if mode is not Mode.SMS:
        return []
    skip = skip_label(language)
    texts = [
        question_text(question, language, position=place, total=len(asked), skip=skip)
        for place, question in enumerate(asked, 1)
    ]
    return [(text, segments(text)) for text in texts]


def _edit(request: Request, survey: Survey, edit: Edit) -> dict[str, Any]:
    """What a change of the file does to those who are answering now."""
    return {
        "says": request.t(f"lead.edit.{edit.kind}"),
        "changes": [
            (
                text_in(question.text, request.locale)
                if (question := survey.question(change.question or ""))
                else change.question or "",
                change.what,
                request.t(f"lead.kind.{change.kind}"),
            )
            for change in edit.changes
        ],
    }
