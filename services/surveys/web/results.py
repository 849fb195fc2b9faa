"""Results of surveys: what families answered and who was heard from, for the district, a school, a class; small groups hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain.definition import Survey, text_in
from services.surveys.domain.kinds import Privacy
from services.surveys.handlers import results as handlers
from services.surveys.results.exports import Format
from services.surveys.results.nonresponse import Trait
from services.surveys.results.report import ALL, blocks, means, overall, unheard
from services.surveys.schemas import ResultsQuery
from services.surveys.store import results as store
from services.surveys.store import roster
from services.surveys.web.access import staff_facts, subject_of
from services.surveys.web.results_seen import write_seen
from services.surveys.web.results_words import Wording
from services.surveys.web.routes import api
from shared.disclosure import LEAST
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Facts, Resource, ResourceKind, decide
from shared.web import Request, Response, not_found, page, redirect, staff

READERS = staff("teacher", "office", "principal", "administrator")


@dataclass(frozen=True)
class Scope:
    """What of a round this reader may see. `whole`: also all schools together (a class is whole for its teacher)."""

    survey_id: str
    round: str
    schools: Mapping[str, str]  # names by id
    whole: bool
    zone: ZoneInfo


def scope_of(uow: UnitOfWork, request: Request, survey_id: str, round_: str) -> Scope:
    """Asked of policy for every school or class that the round was put to (Problem 404 if none of them is the reader's)."""
    campaigns = store.campaigns_of(uow.connection, survey_id, round_)
    known = roster.schools(uow.connection, {row.school_id for row in campaigns})
    facts = staff_facts(uow, request)
    allowed = {row.school_id for row in campaigns if row.school_id in known and _may(request, facts, row)}
    if not allowed:
        raise not_found("results")
    names = {school: known[school].name for school in sorted(allowed)}
    whole = request.role == "administrator" or len({row.school_id for row in campaigns}) == 1
    return Scope(survey_id, round_, names, whole, ZoneInfo(known[min(allowed)].timezone))


def _may(request: Request, facts: Facts, campaign: Any) -> bool:
    kind, key = ResourceKind.SCHOOL, campaign.school_id
    if campaign.class_id is not None:
        kind, key = ResourceKind.CLASS, campaign.class_id
    elif request.role == "teacher":
        return False
    resource = Resource(kind, key, request.district, school=campaign.school_id)
    return decide(subject_of(request), Action.VIEW, resource, facts).allowed


@api.get("/results", access=READERS, page=True, nav="results.nav")
def results(request: Request) -> Response:
    """Surveys that were put to families this reader works with."""
    with request.unit_of_work() as uow:
        wanted = None if request.role == "administrator" else list(request.schools)
        facts = staff_facts(uow, request)
        campaigns = store.campaigns_by_round(uow.connection, wanted)
        rounds = [
            row
            for row in store.rounds(uow.connection, wanted)
            if any(_may(request, facts, campaign) for campaign in campaigns.get((row.survey_id, row.round), ()))
        ]
        titles = store.newest_titles(uow.connection, [(row.survey_id, row.round) for row in rounds])
    found = []
    for row in rounds:
        title = titles.get((row.survey_id, row.round))
        name = text_in(title, request.locale) if title else row.survey_id
        found.append({"path": f"{row.survey_id}/{row.round}", "title": name, "due_at": row.due_at})
    wording = Wording(request.t, request.locale, zone=ZoneInfo("UTC"))
    return page("surveys/results.html", request, title=request.t("results.nav"), rounds=found, wording=wording)


@api.get("/results/{survey_id}/{round}", access=READERS, query=ResultsQuery(), page=True)
def results_page(request: Request) -> Response:
    """Rates, funnel, who was not heard from, and every question's figures with n and margin."""
    survey_id, round_ = str(request.params["survey_id"]), str(request.params["round"])
    write_seen(request)
    with request.unit_of_work() as uow:
        scope = scope_of(uow, request, survey_id, round_)
        told = handlers.for_page(uow, survey_id, round_, as_of=request.query.get("as_of"))
    wording = Wording(request.t, request.locale, zone=scope.zone, names=scope.schools)
    path = f"/surveys/results/{survey_id}/{round_}"
    title = text_in(told.survey.title, request.locale) if told else request.t("results.nav")
    if told is None:
        return page(
            "surveys/results_round.html",
            request,
            title=title,
            told=None,
            wording=wording,
            least=LEAST,
            request_path=path,
        )
    chosen = _chosen(request, scope)
    context = _context(told.survey, told.content, scope, chosen, wording)
    return page(
        "surveys/results_round.html",
        request,
        title=title,
        told=told,
        scope=scope,
        chosen=chosen,
        formats=_formats(request, told.survey),
        wording=wording,
        request_path=path,
        least=told.content["least"],
        taken_at=wording.moment(told.taken_at),
        **context,
    )


def _chosen(request: Request, scope: Scope) -> str:
    """The school whose bars are drawn; 404 for one that is not the reader's."""
    wanted = str(request.query.get("school") or "")
    if wanted and wanted not in scope.schools:
        raise not_found("school")
    return wanted or (ALL if scope.whole else next(iter(scope.schools)))


def _context(survey: Survey, content: Mapping[str, Any], scope: Scope, chosen: str, wording: Wording) -> dict[str, Any]:
    """Of the whole round only to those who may see all of it; a school's reader sees their own rows."""
    answered, asked, said = overall(content)
    shown = blocks(survey, content, schools=scope.schools, whole=scope.whole)
    texts = {question.id: wording.text(question.text) for question in survey.questions}
    return {
        "content": content if scope.whole else None,
        "answered": answered,
        "asked": asked,
        "flag": said.value,
        "blocks": shown,
        "means": means(survey, content, schools=scope.schools, whole=scope.whole),
        "own": unheard(content, Trait.SCHOOL, only=scope.schools),
        "traits": {trait.value: unheard(content, trait) for trait in Trait} if scope.whole else {},
        "question": texts,
    }


def _formats(request: Request, survey: Survey) -> list[str]:
    """The formats in which this reader may take the responses themselves."""
    district = request.role == "administrator"
    return list(Format) if district or (request.role == "principal" and survey.identified is Privacy.IDENTIFIED) else []


@api.post("/results/{survey_id}/{round}/refresh", access=READERS)
def refresh_results(request: Request) -> Response:
    """Count anew, if enough have answered since."""
    survey_id, round_ = str(request.params["survey_id"]), str(request.params["round"])
    with request.unit_of_work() as uow:
        scope_of(uow, request, survey_id, round_)
        handlers.look(uow, survey_id, round_)
    return redirect(f"/surveys/results/{survey_id}/{round_}")
