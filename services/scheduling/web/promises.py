"""Promises: made to a family, marked done, and the share of them a school keeps."""

from __future__ import annotations

from typing import Any

from services.scheduling.domain.schooldays import is_school_day
from services.scheduling.handlers import loop_words, promises
from services.scheduling.handlers.permission import may_invite
from services.scheduling.handlers.plans import homes_of
from services.scheduling.schemas import CommitmentIn, CommitmentOut, PromiseRateOut, PromisesQuery
from services.scheduling.store import commitments, people
from services.scheduling.web.routes import api, name_of, require, today
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, json_response, link, not_found, page, redirect, staff
from shared.web.problems import forbidden, invalid, link_refused

PROMISERS = staff("teacher", "counselor", "principal", "office")


@api.post("/commitments", access=PROMISERS, body=CommitmentIn(), response=CommitmentOut(), status=201, idempotent=True)
def post_commitment(request: Request) -> Response:
    """Promise something to the family of an own student by a school day; or keep what the guardian said to do by a day."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, data["student_id"])
        school_id = people.students(uow.connection, [data["student_id"]])[data["student_id"]].school_id
        on = today(uow, school_id)
        if data["due_on"] < on:
            raise invalid({"due_on": ["expected a day to come"]})
        holidays = people.schools(uow.connection, [school_id])[school_id].holidays
        if data["owner"] == promises.STAFF and not is_school_day(data["due_on"], holidays=holidays):
            raise invalid({"due_on": ["expected a school day: nobody is at school to keep it"]})
        known = people.known(uow.connection, [data["student_id"]])
        if not may_invite(known, data["guardian_id"], data["student_id"], district=uow.district, on=on).allowed:
            raise invalid({"guardian_id": ["expected a guardian of this student who hears from school"]})  # never why
        own = data["owner"] == promises.STAFF
        promise = promises.Promise(
            request.person_id if own else data["guardian_id"],
            data["student_id"],
            data["guardian_id"],
            school_id,
            data["due_on"],
            data["text"],
            owner_kind=data["owner"],
            staff_id=request.person_id,
        )
        commitment_id = promises.make(uow, promise)
    return json_response({"commitment_id": commitment_id}, then="/scheduling/promises")


@api.post("/commitments/{commitment_id}/done", access=PROMISERS, response=CommitmentOut())
def commitment_done(request: Request) -> Response:
    """An own promise is kept; somebody else's does not exist here. Saying so twice changes nothing."""
    commitment_id = str(request.params["commitment_id"])
    with request.unit_of_work() as uow:
        row = commitments.by_id(uow.connection, [commitment_id]).get(commitment_id)
        if row is None or row.owner_id != request.person_id:
            raise not_found("promise")
        promises.done(uow, commitment_id)
    return json_response({"commitment_id": commitment_id}, then="/scheduling/promises")


@api.get(
    "/promises",
    access=staff("teacher", "counselor", "principal", "office", "administrator"),
    query=PromisesQuery(),
    response=PromiseRateOut(),
    nav="promises.nav",
)
def promise_rate(request: Request) -> Response:
    """Own open promises (page) and the school's rate of promises kept."""
    school_id = request.query["school"] or next(iter(request.schools), None)
    if school_id is None or (school_id not in request.schools and request.role != "administrator"):
        if school_id is not None:
            request.audit("view", school_id, "denied", record_type="promise_rate", rule="not_own_school")
        raise forbidden("This is for the school's own staff.", rule="not_own_school")
    with request.unit_of_work() as uow:
        rate = commitments.rate(uow.connection, school_id)
        figures = {"school_id": school_id, "settled": rate.settled, "kept": rate.kept, "share": rate.share}
        if not request.wants_html:
            return json_response(figures)
        rows = commitments.of_owner(uow.connection, request.person_id)
        theirs = commitments.made_to_staff(uow.connection, request.person_id)
        students = people.students(uow.connection, (row.student_id for row in [*rows, *theirs]))
        guardians = people.guardians(uow.connection, (row.guardian_id for row in theirs))
        mine = [
            {
                "commitment_id": row.commitment_id,
                "text": row.text,
                "student": name_of(students.get(row.student_id)),
                "due": spoken_day(row.due_on, language=request.locale),
                "missed": row.state == "missed",
            }
            for row in rows
        ]
        homes = [
            {
                "text": row.text,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "due": spoken_day(row.due_on, language=request.locale),
            }
            for row in theirs
        ]
    title = request.t("promises.title")
    return page("scheduling/promises.html", request, title=title, promises=mine, homes=homes, rate=figures)


@api.get("/c/{token}", access=link(promises.KIND, single_use=False), page=True)
def my_promise(request: Request) -> Response:
    """A guardian's own promise, in their language, with a button that says it is done."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _mine(request, uow)
        text = loop_words.text_id(row.commitment_id)
        said = loop_words.read(uow, [text], request.link.language)[text]
        student = people.students(uow.connection, [row.student_id])[row.student_id]
    return page(
        "scheduling/loop_promise.html",
        request,
        title=request.t("promise.title"),
        said=said,
        student=student.given_name,
        due=spoken_day(row.due_on, language=request.locale),
        done=row.done_at is not None,
        token=request.params["token"],
    )


@api.post("/c/{token}", access=link(promises.KIND), page=True)
def my_promise_done(request: Request) -> Response:
    """It is done."""
    with request.unit_of_work() as uow:
        promises.done(uow, _mine(request, uow).commitment_id)
    return redirect(f"/scheduling/c/{request.params['token']}")


def _mine(request: Request, uow: UnitOfWork) -> Any:
    """The link's promise, if it is this guardian's own and policy still allows; one refusal for all else."""
    assert request.link is not None
    row = commitments.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.owner_id != request.person_id or row.guardian_id not in homes_of(uow, row.student_id):
        raise link_refused()
    return row
