"""A counselor's lists: steps seen differently, with both sides' words; families who asked for support."""

from __future__ import annotations

from typing import Any

from services.scheduling.handlers import disagreements, loop_words, referrals
from services.scheduling.store import loop_plans, people
from services.scheduling.store import loop_said as store
from services.scheduling.store import offers as offer_store
from services.scheduling.web.loop_schemas import OutcomeIn, WordsIn
from services.scheduling.web.loop_view import disagreement_view
from services.scheduling.web.routes import api, name_of, require
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import forbidden

HELPERS = staff("counselor", "principal")
PARTIES = staff("teacher", "counselor", "principal")


@api.get("/disagreements", access=HELPERS, page=True, nav="differ.nav")
def disagreement_list(request: Request) -> Response:
    """The school's, open ones first: what each side says, the facts with their days, by when to meet."""
    with request.unit_of_work() as uow:
        rows = store.at_schools(uow.connection, request.schools)
        views = store.views(uow.connection, [row.disagreement_id for row in rows])
        read = loop_words.read(uow, {view.text_id for view in views}, request.locale)
        students = people.students(uow.connection, {row.student_id for row in rows})
        guardians = people.guardians(uow.connection, {row.guardian_id for row in rows})
        slots = offer_store.slots_of(uow.connection, {row.offer_id for row in rows if row.offer_id})
        schools = people.schools(uow.connection, {row.school_id for row in rows})
        cards = [
            disagreement_view(row, views, read, page=request.locale)
            | {
                "plan_id": row.plan_id,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "in_time": any(
                    schools[row.school_id].today(slot.start_at) <= row.meet_by for slot in slots.get(row.offer_id, {}).values()
                ),
            }
            for row in rows
        ]
    return page("scheduling/loop_disagreements.html", request, title=request.t("differ.title"), cards=cards)


@api.post("/disagreements/{disagreement_id}/words", access=PARTIES, body=WordsIn(), idempotent=True)
def school_words(request: Request) -> Response:
    """The school's side, beside the guardian's; what was said stays as it was said."""
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        disagreements.say_view(uow, row._mapping, request.data["text"], side="school", person_id=request.person_id)
    then = f"/scheduling/plans/{row.plan_id}" if request.role == "teacher" else "/scheduling/disagreements"
    return json_response({"disagreement_id": row.disagreement_id}, then=then)


@api.post("/disagreements/{disagreement_id}/close", access=HELPERS, body=OutcomeIn())
def close_disagreement(request: Request) -> Response:
    """Agreed, or agreed to differ: said by whoever mediates, after the meeting."""
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        disagreements.close(uow, row.disagreement_id, request.data["outcome"], by=request.person_id)
    answer = {"disagreement_id": row.disagreement_id, "outcome": request.data["outcome"]}
    return json_response(answer, then="/scheduling/disagreements")


def _open(request: Request, uow: UnitOfWork) -> Any:
    """One about a student whom policy lets one see; a teacher's must be about the own plan."""
    disagreement_id = str(request.params["disagreement_id"])
    row = store.disagreements(uow.connection, [disagreement_id]).get(disagreement_id)
    if row is None or row.state != store.OPEN:
        raise not_found("disagreement")
    require(request, uow, Action.EDIT, row.student_id)
    if request.role == "teacher" and loop_plans.by_id(uow.connection, [row.plan_id])[row.plan_id].staff_id != request.person_id:
        raise not_found("disagreement")
    return row


@api.get("/referrals", access=HELPERS, page=True, nav="referrals.nav")
def referral_list(request: Request) -> Response:
    """Families who asked for support and consented; the need is shown to counselors and the principal only."""
    with request.unit_of_work() as uow:
        rows = store.referrals(uow.connection, request.schools)
        schools = people.schools(uow.connection, {row.school_id for row in rows})
        students = people.students(uow.connection, {row.student_id for row in rows})
        guardians = people.guardians(uow.connection, {row.guardian_id for row in rows})
        cards = [
            {
                "referral_id": row.referral_id,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "need": row.need.replace("_", " "),
                "open": row.state == store.OPEN,
                "late": row.state == store.OPEN and row.due_at < uow.now,
                "due": spoken_day(schools[row.school_id].today(row.due_at), language=request.locale),
            }
            for row in rows
        ]
    for row in rows:
        request.audit("view", row.student_id, "allowed", record_type="referral")
    return page("scheduling/loop_referrals.html", request, title=request.t("referrals.title"), cards=cards)


@api.post("/referrals/{referral_id}/done", access=HELPERS)
def referral_done(request: Request) -> Response:
    """The family has been helped or put in touch."""
    referral_id = str(request.params["referral_id"])
    with request.unit_of_work() as uow:
        row = store.referral(uow.connection, referral_id)
        if row is None:
            raise not_found("referral")
        if row.school_id not in request.schools:
            request.audit("edit", row.student_id, "denied", record_type="referral", rule="not_own_school")
            raise forbidden("This is for the school's own staff.", rule="not_own_school")
        referrals.done(uow, referral_id)
    return json_response({"referral_id": referral_id, "state": "done"}, then="/scheduling/referrals")
