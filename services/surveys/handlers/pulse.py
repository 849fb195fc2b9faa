"""The pulse of a school: three questions near the end of each term, told once as a whole and never again (F49)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any

from services.surveys.domain import pulse
from services.surveys.domain.calendar import GRACE, SEND_AT, at_local, next_school_day
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.given import given_of, scalar
from services.surveys.domain.kinds import NUMERIC, Privacy, QuestionType
from services.surveys.handlers import campaigns as planning
from services.surveys.handlers.actions_asking import threshold
from services.surveys.store import campaigns, roster
from services.surveys.store import polls as store
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

SURVEY = "trust_pulse"
DAYS_BEFORE_END = 28  # of a term
OPEN_DAYS = 12
REMIND_BEFORE = timedelta(days=4)
CLOSES = time(17, 0)
AFTER = timedelta(seconds=1)  # an answer at the very end of the grace counts
STARTED_BY = "pulse"


def plan(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """Each term's pulse of the schools that have one; what has begun keeps its days."""
    for school in roster.schools(uow.connection, set(school_ids)).values():
        wanted = (school.settings.get("surveys") or {}).get("pulse")
        if wanted is None:
            continue
        for term in school.terms:
            found = _campaign(school, term, wanted)
            if found["send_at"] > uow.now:
                planning.plan(uow, found)
                # late answers count, so it is counted when the last may have come; counting twice would tell of them
                uow.schedule("pulse_score", found["campaign_id"], found["due_at"] + GRACE + AFTER, {"term": term["id"]})


def _campaign(school: roster.School, term: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    ends_on = date.fromisoformat(str(term["ends_on"]))
    begin = ends_on - timedelta(days=wanted.get("days_before_end", DAYS_BEFORE_END) + 1)
    send_on = next_school_day(begin, terms=school.terms, holidays=school.holidays)
    last = send_on + timedelta(days=wanted.get("open_days", OPEN_DAYS) - 1)
    due_at = at_local(next_school_day(last, terms=school.terms, holidays=school.holidays), CLOSES, school.timezone)
    started = str(term["starts_on"])
    return {
        "campaign_id": derived_id("pulse", school.id, str(term["id"]), started),
        "survey_id": wanted.get("survey", SURVEY),
        "round": f"{term['id']}:{started}",
        "school_id": school.id,
        "class_id": None,
        "send_at": at_local(send_on, SEND_AT, school.timezone),
        "remind_at": due_at - REMIND_BEFORE,
        "due_at": due_at,
        "started_by": STARTED_BY,
    }


def pulse_score(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Mean, margin and n of each item, and the needs in their order, each home once; of too few homes nothing."""
    for item in items:
        campaign = store.campaign(uow.connection, item.key)
        version = store.version_asked(uow.connection, item.key)
        if campaign is None or version is None:
            continue
        survey = survey_of(campaigns.contents(uow.connection, [version])[version])
        last = campaign.due_at + timedelta(days=survey.grace_days)
        if uow.now <= last:  # the survey gives longer than most, or the deadline was put off
            uow.schedule("pulse_score", item.key, last + AFTER, dict(item.data))
            continue
        school = roster.schools(uow.connection, [campaign.school_id]).get(campaign.school_id)
        rows = _scores(uow, survey, item.key, least=threshold(school))
        who = {"campaign_id": item.key, "school_id": campaign.school_id, "term": str(item.data.get("term", campaign.round))}
        store.save_scores(uow.connection, [{**who, **row, "at": uow.now} for row in rows])
        for row in rows:
            uow.emit("surveys.pulse_scored", {**who, **row}, school=campaign.school_id)


def _scores(uow: UnitOfWork, survey: Survey, campaign_id: str, *, least: int) -> list[dict[str, Any]]:
    asked = store.invited(uow.connection, campaign_id)
    invited = len(asked)
    if survey.identified is Privacy.ANONYMOUS:  # whose home an answer is from nobody knows: so many cover `least` homes surely
        invited, least = sum(asked), least * max(asked, default=1)
    answers: dict[str, list[Any]] = {}
    for row in store.answers_of(uow.connection, campaign_id):
        question = survey.question(row.question_id)
        if question is not None and (value := scalar(question, given_of(row.content))) is not None:
            answers.setdefault(question.id, []).append(value)
    rows: list[dict[str, Any]] = []
    for question in survey.questions:
        values, told = answers.get(question.id, []), dict[str, Any]()
        if question.type in NUMERIC:
            found = pulse.score([float(value) for value in values], invited=invited, threshold=least)
            told = {"mean": found.mean, "margin": found.margin, "n": found.n, "suppressed": found.suppressed, "ranked": []}
        elif question.type is QuestionType.MULTI:
            small = len(values) < least
            ranked = [] if small else pulse.ranked(values, threshold=least)
            told = {"mean": None, "margin": None, "n": None if small else len(values), "suppressed": small, "ranked": ranked}
        else:
            continue
        rows.append({"item": question.id, "invited": invited, **told})
    return rows
