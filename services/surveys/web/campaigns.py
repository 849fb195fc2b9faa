"""A survey put to the families of one's own class, or of one's school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain.lint import Calendar
from services.surveys.handlers import campaigns as planning
from services.surveys.schemas import CampaignIn, CampaignOut
from services.surveys.store import roster
from services.surveys.web.access import OFFICE, school_of, staff_decision
from services.surveys.web.routes import api
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, conflict, json_response, not_found, staff

REMIND_BEFORE = timedelta(days=3)
REMIND_AFTER = timedelta(days=1)


@api.post(
    "/campaigns",
    access=staff("teacher", *OFFICE),
    body=CampaignIn(),
    response=CampaignOut(),
    status=201,
    idempotent=True,
)
def start_campaign(request: Request) -> Response:
    """Put a survey to the families of one's own class, or of one's school."""
    with request.unit_of_work() as uow:
        campaign = begin(uow, request, request.data)
    return json_response({**campaign, "survey": campaign["survey_id"], "school": campaign["school_id"]})


def begin(uow: UnitOfWork, request: Request, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Plan the campaign that was asked for, if policy lets the caller (Problem 403, 404, 409, 422)."""
    school_id, resource = audience(uow, request)
    school = roster.schools(uow.connection, [school_id]).get(school_id)
    decision = staff_decision(uow, request, Action.SURVEY, resource, zone=school.timezone if school else "UTC")
    request.require(decision, action="start_survey", subject=resource.id, record_type=resource.kind.value)
    if school is None:
        raise not_found("school")
    days = Calendar(school.terms, school.holidays)
    request.ports.library.find(request.district, wanted["survey"], school_id, calendar=days)
    due_at = wanted["due_at"]
    due_at = (due_at if due_at.tzinfo else due_at.replace(tzinfo=ZoneInfo(school.timezone))).astimezone(UTC)
    if due_at <= request.now:
        raise conflict("The day to answer by has passed.", code="DUE_IN_PAST", remedy="Choose a later day.")
    remind_at = due_at - REMIND_BEFORE
    campaign = {
        "campaign_id": (campaign_id := new_id()),
        "survey_id": wanted["survey"],
        "round": campaign_id,
        "school_id": school_id,
        "class_id": wanted.get("class_id"),
        "send_at": request.now,
        "remind_at": remind_at if remind_at > request.now + REMIND_AFTER else None,
        "due_at": due_at,
        "started_by": request.person_id,
    }
    planning.plan(uow, campaign)
    return campaign


def audience(uow: UnitOfWork, request: Request) -> tuple[str, Resource]:
    """Whose families: a school of the caller's, or a class with its school taken from the roster."""
    class_id = request.data.get("class_id")
    if class_id is None:
        school_id = school_of(request)
        return school_id, Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
    schools: Sequence[str] = request.schools or list(roster.schools(uow.connection))
    students = roster.class_students(uow.connection, class_id, school_ids=schools)
    if not students:
        # a class elsewhere and a class that is not look alike; policy refuses and the refusal is kept
        return next(iter(schools), ""), Resource(ResourceKind.CLASS, class_id, request.district, school=None)
    school_id = next(iter(students.values()))
    return school_id, Resource(ResourceKind.CLASS, class_id, request.district, school=school_id)
