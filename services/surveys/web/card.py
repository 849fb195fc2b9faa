"""The family's card: one screen for whoever works with the child, and the same for the guardian it is about (F05).

Facts and wishes only. There is no field for an opinion on a parent, here or anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from marshmallow import Schema, fields, validate

from services.surveys.domain.actions_barriers import Barrier, obeyed
from services.surveys.handlers import actions_barriers
from services.surveys.handlers.reach import children_of
from services.surveys.ports import PREFERENCES
from services.surveys.store import actions as store
from services.surveys.store import people, roster
from services.surveys.web.access import OFFICE, staff_decision
from services.surveys.web.form import when
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource
from shared.web import Request, Response, guardian, json_response, link, page, staff

CONTACTS = 5
INSIGHTS = 3
NAME, WORKED = "name", "worked"  # insights that stand apart on the card
HISTORY = 10


class LiftIn(Schema):
    lift = fields.Str(required=True, validate=validate.OneOf([each.value for each in Barrier]))


@api.get("/students/{student_id}/card", access=staff("teacher", *OFFICE))
def family_card(request: Request) -> Response:
    """A child's family on one screen, for those who work with the child."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        decision = staff_decision(uow, request, Action.VIEW, Resource.student(student_id, request.district))
        request.require(decision, action="view", subject=student_id, record_type="family_card")
        guardians = roster.guardians_of(uow.connection, student_id)
        child = _child(uow, request, student_id, guardians=None)
        names = roster.guardian_names(uow.connection, guardians)
        adults = _adults(uow, request, [each for each in guardians if each in names], names)
    if not request.wants_html:
        return json_response({"student_id": student_id, **child, "guardians": adults})
    title = request.t("card.title", student=child["student"])
    return page("surveys/card.html", request, title=title, child=child, adults=adults)


@api.get("/card/{token}", access=link(PREFERENCES, single_use=False), page=True)
def own_card_by_link(request: Request) -> Response:
    """What the school keeps about reaching this guardian, as staff see it."""
    return _own(request)


@api.get("/card", access=guardian(), page=True)
def own_card(request: Request) -> Response:
    """The same page for a guardian who has signed in."""
    return _own(request)


@api.post("/card/{token}", access=link(PREFERENCES, single_use=False), body=LiftIn())
def lift_by_link(request: Request) -> Response:
    """What stood in the way no longer does."""
    return _lift(request, f"/surveys/card/{request.params['token']}?lang={request.locale}&lifted=1")


@api.post("/card", access=guardian(), body=LiftIn())
def lift(request: Request) -> Response:
    """The same for a guardian who has signed in."""
    return _lift(request, "/surveys/card?lifted=1")


def _lift(request: Request, then: str) -> Response:
    with request.unit_of_work() as uow:
        actions_barriers.change(uow, {request.person_id: {request.data["lift"]: False}}, source="guardian")
    return json_response({"lifted": request.data["lift"]}, then=then)


def _own(request: Request) -> Response:
    guardian_id = request.person_id
    with request.unit_of_work() as uow:
        family = next(iter(roster.families(uow.connection, [guardian_id])), None)
        # a court's order about one child hides that child here, too
        allowed: Sequence[str] = children_of(uow, family, (), zone=_zone(uow, family)) if family else ()
        children = [_child(uow, request, student, guardians=[guardian_id], students=allowed) for student in allowed]
        adults = _adults(uow, request, [guardian_id], roster.guardian_names(uow.connection, [guardian_id]))
        changes = store.changes(uow.connection, guardian_id, limit=HISTORY)
        zone = _zone(uow, family)
    return page(
        "surveys/own_card.html",
        request,
        title=request.t("card.own_title"),
        children=children,
        adult=adults[0] if adults else None,
        changes=[(when(row.at, zone, request.locale), _changed(request, row)) for row in changes],
        lifted="lifted" in request.query,
    )


def _zone(uow: UnitOfWork, family: roster.Family | None) -> str:
    schools = roster.schools(uow.connection, {each.school_id for each in family.links}) if family else {}
    return next((school.timezone for school in schools.values()), "UTC")


def _changed(request: Request, row: Any) -> str:
    return ", ".join(request.t(f"prefs.{name}") for name in sorted(row.changes)) or request.t("prefs.title")


def _child(
    uow: UnitOfWork,
    request: Request,
    student_id: str,
    *,
    guardians: Collection[str] | None,
    students: Collection[str] | None = None,
) -> dict[str, Any]:
    """What is kept of a child's homes; with `guardians` only what these have said and had, of these `students`."""
    school_id = roster.student_schools(uow.connection, [student_id]).get(student_id, "")
    school = roster.schools(uow.connection, [school_id]).get(school_id)
    zone = school.timezone if school else "UTC"
    names = roster.guardian_names(uow.connection, guardians or roster.guardians_of(uow.connection, student_id))
    contacts = store.contacts(uow.connection, student_id, limit=CONTACTS, guardian_ids=guardians)
    told = store.insights(uow.connection, student_id, guardian_ids=guardians)
    seen = [row for row in told if row.category not in (NAME, WORKED)][:INSIGHTS]
    worked = [
        request.t(f"card.mode.{mode}") for mode in store.live_modes(uow.connection, student_id, guardian_ids=guardians)
    ]
    return {
        "student": roster.student_names(uow.connection, [student_id]).get(student_id, ""),
        "said_like": next(({"text": row.text, "language": row.language} for row in told if row.category == NAME), None),
        "worked": worked,
        "worked_said": [{"text": row.text, "language": row.language} for row in told if row.category == WORKED][:1],
        "contacts": [
            {
                "at": when(row.at, zone, request.locale),
                "mode": request.t(f"card.mode.{row.mode}"),
                "guardian": names.get(row.guardian_id, ""),
            }
            for row in contacts
        ],
        "insights": [{"text": row.text, "language": row.language} for row in seen],
        "siblings": [
            {"teacher": f"{row.given_name} {row.family_name}", "sibling": row.sibling}
            for row in store.taught_siblings(uow.connection, student_id, guardian_ids=guardians, students=students)
        ],
        "support": store.consented_needs(uow.connection, student_id, guardian_ids=guardians) > 0,
    }


def _adults(
    uow: UnitOfWork, request: Request, guardian_ids: Sequence[str], names: dict[str, str]
) -> list[dict[str, Any]]:
    barriers = store.standing(uow.connection, guardian_ids)
    limits = people.boundaries(uow.connection, guardian_ids)
    wishes = people.stated(uow.connection, guardian_ids)
    spoken = {family.guardian_id: family.language for family in roster.families(uow.connection, guardian_ids)}
    return [
        {
            "guardian": names[who],
            "language": language_name(wishes[who].language or spoken.get(who, "en"), request.locale),
            "reach": [
                request.t(f"channel.{each}") for each in obeyed(wishes[who], barriers.get(who, ())).channel_order
            ],
            "after": wishes[who].available_after,
            "barriers": [(each, request.t(f"barrier.{each}")) for each in barriers.get(who, ())],
            "boundaries": sorted(limits.get(who, ())),
        }
        for who in guardian_ids
    ]


def language_name(tag: str, reader: str) -> str:
    """A language's name for the reader; the tag itself where nobody has a name for it."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(reader.replace("-", "_")) or tag
    except (UnknownLocaleError, ValueError):
        return tag
