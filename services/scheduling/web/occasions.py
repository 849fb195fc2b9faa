"""Occasions for families on the staff's pages: planned as a draft, published when what it clashes with was seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.observances import KEYS
from services.scheduling.handlers import occasions
from services.scheduling.handlers.occasions import Planned
from services.scheduling.handlers.occasions_telling import DRAFT
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from services.scheduling.web import occasions_view as view
from services.scheduling.web.journeys_forms import notes, typed
from services.scheduling.web.routes import api
from shared.contracts.said_by_scheduling.occasions import KINDS
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import conflict, forbidden, invalid

OCCASIONS = "/scheduling/occasions"
READERS = staff("teacher", "counselor", "principal", "office", "administrator")
MAKERS = staff("principal", "office", "administrator")
_MAKERS = ("principal", "office", "administrator")
MOST_PLACES = 2000
NOTHING = "nothing"  # is celebrated


class OccasionIn(Schema):
    """Times are the school's wall clock; no `capacity`: whoever comes is welcome. `shares`: what is celebrated."""

    kind = fields.Str(required=True, validate=validate.OneOf(KINDS))
    title = fields.Str(load_default="", validate=validate.Length(max=120))
    about = fields.Str(load_default="", validate=validate.Length(max=2000))
    on = fields.Date(required=True)
    begins = fields.Time(required=True)
    ends = fields.Time(required=True)
    venue = fields.Str(load_default="", validate=validate.Length(max=120))
    online = fields.Bool(load_default=False)
    capacity = fields.Int(load_default=None, allow_none=True, validate=validate.Range(1, MOST_PLACES))
    child_care = fields.Bool(load_default=False)
    interpreters = fields.Str(load_default="", validate=validate.Regexp(r"[A-Za-z0-9, -]{0,200}\Z"))
    shares = fields.Str(load_default=NOTHING, validate=validate.OneOf((NOTHING, *KEYS)))


class SchoolQuery(Schema):
    """One of the reader's schools, where something is to be planned; without it the first."""

    school = fields.Str(load_default=None, validate=validate.Length(1, 255))


class ClashOut(Schema):
    """`families`: null for a group so small that a number would point at it."""

    observance = fields.Str()
    starts_on = fields.Date()
    ends_on = fields.Date()
    estimated = fields.Bool()
    families = fields.Int(allow_none=True)


class OccasionOut(Schema):
    """`clashes`: what families asked to keep free, to be looked at before it is published."""

    occasion_id = fields.Str()
    state = fields.Str()
    clashes = fields.List(fields.Nested(ClashOut))


class AcknowledgedIn(Schema):
    observance = fields.Str(required=True, validate=validate.OneOf(KEYS))
    on = fields.Date(required=True)


class AcknowledgedOut(Schema):
    acknowledged = fields.Int()


@api.get("/occasions", access=READERS, query=SchoolQuery(), page=True, nav="occasions.nav")
def list_occasions(request: Request) -> Response:
    """What is planned at the reader's schools; a teacher's own reminders of what families keep."""
    return _list(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _list(request, errors)


@api.post("/occasions", access=MAKERS, body=OccasionIn(), response=OccasionOut(), status=201, idempotent=True, invalid=_again)
def plan_occasion(request: Request) -> Response:
    """Keep a draft; nobody is told before it is published."""
    with request.unit_of_work() as uow:
        school = _school(request, uow)
        planned = _planned(request)
        if wrong := occasions.faults(planned, school.zone, uow.now):
            if request.is_form:
                return replace(_list(request, wrong), status=422)
            raise invalid(wrong)
        occasion_id = occasions.write(uow, school, planned, by=request.person_id)
        row = store.by_id(uow.connection, [occasion_id])[occasion_id]
        answer = _answer(uow, row)
    return json_response(answer, then=f"{OCCASIONS}/{occasion_id}")


@api.get("/occasions/{occasion_id}/edit", access=MAKERS, page=True)
def edit_draft(request: Request) -> Response:
    """A draft as it was written down, to be written anew."""
    with request.unit_of_work() as uow:
        row = _draft(request, uow)
    return _edit(request, row.occasion_id, _as_typed(row))


def _typed_again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _edit(request, str(request.params["occasion_id"]), typed(request), errors)


@api.post("/occasions/{occasion_id}", access=MAKERS, body=OccasionIn(), response=OccasionOut(), invalid=_typed_again)
def rewrite_draft(request: Request) -> Response:
    """Write a draft anew, whole; 409 once it is published: families know of it then."""
    with request.unit_of_work() as uow:
        row = _draft(request, uow)
        school, planned = people.schools(uow.connection, [row.school_id])[row.school_id], _planned(request)
        if wrong := occasions.faults(planned, school.zone, uow.now):
            if request.is_form:
                return replace(_typed_again(request, wrong), status=422)
            raise invalid(wrong)
        occasions.write(uow, school, planned, by=row.made_by, occasion_id=row.occasion_id)
        answer = _answer(uow, own(request, uow))
    return json_response(answer, then=f"{OCCASIONS}/{row.occasion_id}")


@api.get("/occasions/{occasion_id}", access=READERS, response=OccasionOut())
def one_occasion(request: Request) -> Response:
    """What it is, what it clashes with, how many came."""
    with request.unit_of_work() as uow:
        row = own(request, uow)
        answer = _answer(uow, row)
        if not request.wants_html:
            return json_response(answer)
        context = view.staff_page(request, uow, row)
    return page("scheduling/occasions_one.html", request, may_make=request.role in _MAKERS, **context)


@api.post("/occasions/{occasion_id}/publish", access=MAKERS, response=OccasionOut())
def publish(request: Request) -> Response:
    """Fix a draft: families are told in time. 409 where it is none any more."""
    with request.unit_of_work() as uow:
        row = own(request, uow)
        if not occasions.publish(uow, request.ports, row.occasion_id):
            raise conflict(
                "This is not a draft of a day to come.", code="NOT_A_DRAFT", remedy="Look at it again, or plan a new one."
            )
        answer = _answer(uow, own(request, uow))
    return json_response(answer, then=f"{OCCASIONS}/{row.occasion_id}")


@api.post("/occasions/{occasion_id}/call-off", access=MAKERS, response=OccasionOut())
def call_off(request: Request) -> Response:
    """It will not be; who was invited is told. Saying so twice changes nothing."""
    with request.unit_of_work() as uow:
        row = own(request, uow)
        occasions.cancel(uow, request.ports, [row.occasion_id], by=request.person_id)
        answer = _answer(uow, own(request, uow))
    return json_response(answer, then=f"{OCCASIONS}/{row.occasion_id}")


@api.post("/greetings", access=READERS, body=AcknowledgedIn(), response=AcknowledgedOut())
def acknowledge(request: Request) -> Response:
    """A teacher has said a kind word about a day that families keep."""
    with request.unit_of_work() as uow:
        said = {"staff_id": request.person_id, "observance": request.data["observance"], "on": request.data["on"]}
        done = store.acknowledge(uow.connection, said["staff_id"], said["observance"], said["on"], uow.now)
        if done:
            uow.emit("scheduling.greeting_said", said, subject=request.person_id)
    return json_response({"acknowledged": done}, then=OCCASIONS)


def own(request: Request, uow: UnitOfWork) -> Any:
    """An occasion of the reader's schools; drafts are for those who make them. 404 for all else."""
    occasion_id = str(request.params["occasion_id"])
    row = store.by_id(uow.connection, [occasion_id]).get(occasion_id)
    if row is None or row.school_id not in _schools(request, uow):
        raise not_found("occasion")
    if row.state == DRAFT and request.role not in _MAKERS:
        raise not_found("occasion")
    return row


def _draft(request: Request, uow: UnitOfWork) -> Any:
    row = own(request, uow)
    if row.state != DRAFT:
        raise conflict("This is not a draft.", code="NOT_A_DRAFT", remedy="Call it off, and plan a new one.")
    return row


def _as_typed(row: Any) -> dict[str, str]:
    """A draft as its form would hold it."""
    text = {name: getattr(row, name) for name in ("kind", "title", "about", "venue", "begins", "ends", "shares", "capacity")}
    ticked = {name: "true" if getattr(row, name) else "" for name in ("online", "child_care")}
    held = {**text, "on": row.on.isoformat(), "interpreters": ", ".join(row.interpreters)}
    return {**ticked, **{name: "" if value is None else str(value) for name, value in held.items()}}


def _edit(
    request: Request, occasion_id: str, held: Mapping[str, str], errors: dict[str, list[str]] | None = None
) -> Response:
    return page(
        "scheduling/occasions_edit.html",
        request,
        title=request.t("occasion.edit"),
        occasion_id=occasion_id,
        typed=defaultdict(str, held),
        errors=notes(errors),
        **_choices(request),
    )


def _choices(request: Request) -> dict[str, Any]:
    return {
        "kinds": [(kind, request.t(f"occasion.kind.{kind}")) for kind in KINDS],
        "observances": [
            (NOTHING, request.t("occasion.f.shares_none")),
            *((key, request.t(f"observance.{key}")) for key in KEYS),
        ],
    }


def _schools(request: Request, uow: UnitOfWork) -> list[str]:
    """Of an administrator of the district: all of them."""
    return store.all_schools(uow.connection) if request.role == "administrator" else list(request.schools)


def _school(request: Request, uow: UnitOfWork) -> people.School:
    theirs = _schools(request, uow)
    wanted = str(request.query.get("school") or next(iter(theirs), ""))
    found = people.schools(uow.connection, [wanted]).get(wanted) if wanted in theirs else None
    if found is None:
        raise forbidden("This is for a school's own staff.", rule="not_own_school")
    return found


def _planned(request: Request) -> Planned:
    tags = request.data["interpreters"].replace(",", " ").split()
    shares = request.data["shares"]
    return Planned(
        **{
            **request.data,
            "interpreters": tuple(dict.fromkeys(tags)),
            "shares": None if shares == NOTHING else shares,
        }
    )


def _answer(uow: UnitOfWork, row: Any) -> dict[str, Any]:
    found = occasions.clashes(uow, row.on, row.school_id) if row.state == DRAFT else []
    return {
        "occasion_id": row.occasion_id,
        "state": row.state,
        "clashes": [
            {
                "observance": each.observance.key,
                "starts_on": each.observance.starts_on,
                "ends_on": each.observance.ends_on,
                "estimated": each.observance.estimated,
                "families": each.families,
            }
            for each in found
        ],
    }


def _list(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        schools = people.schools(uow.connection, _schools(request, uow))
        makes = request.role in _MAKERS
        since = min((each.today(uow.now) for each in schools.values()), default=uow.now.date())
        rows = [
            row
            for row in store.of_schools(uow.connection, list(schools), since=since)
            if makes or row.state != DRAFT
        ]
        chosen = _school(request, uow).school_id if schools else ""
        greetings = store.greetings(uow.connection, request.person_id, since=since)
    return page(
        "scheduling/occasions_list.html",
        request,
        title=request.t("occasions.title"),
        occasions=[view.card(request, row, schools[row.school_id]) for row in rows],
        greetings=[view.greeting(request, each) for each in greetings],
        may_make=makes and bool(schools),
        schools=sorted(((key, each.name) for key, each in schools.items()), key=lambda pair: pair[1]),
        school=chosen,
        typed=typed(request),
        errors=notes(errors),
        **_choices(request),
    )
