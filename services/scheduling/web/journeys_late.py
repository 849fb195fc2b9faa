"""Late requests: a family asks by the link of an offer that is over; the teacher approves or declines."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.handlers import late
from services.scheduling.handlers.permission import may_book
from services.scheduling.schemas import MODES
from services.scheduling.store import journeys_late as store
from services.scheduling.store import offers as offer_store
from services.scheduling.store import people
from services.scheduling.web.routes import HOSTS, api, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, conflict, json_response, link, not_found, page, redirect
from shared.web.problems import link_refused

LATE = "/scheduling/late"


class LateIn(Schema):
    start = fields.AwareDateTime(required=True, default_timezone=UTC)
    mode = fields.Str(load_default=None, validate=validate.OneOf(MODES))


class LateOut(Schema):
    request_id = fields.Str()
    state = fields.Str()


@api.get("/ask-late/{token}", access=link("offer", single_use=False), page=True)
def ask_late(request: Request) -> Response:
    """Booking has closed: times to ask for, or what became of the request."""
    with request.unit_of_work() as uow:
        row = _offer(request, uow)
        waiting = store.open_of(uow.connection, row.guardian_id, row.student_id, row.staff_id)
        return page(
            "scheduling/journeys_ask_late.html", request, title=request.t("late.title"), **_context(request, uow, row, waiting)
        )


@api.post("/ask-late/{token}", access=link("offer"), body=LateIn(), page=True)
def asked_late(request: Request) -> Response:
    """Ask for one of the times; the teacher answers."""
    with request.unit_of_work() as uow:
        row = _offer(request, uow)
        if late.ask(uow, row, start=request.data["start"], mode=request.data["mode"]) is None:
            raise conflict("This time is not free any more. Go back and choose another one.")
    return redirect(f"/scheduling/ask-late/{request.params['token']}")


@api.get("/late", access=HOSTS, page=True)
def late_requests(request: Request) -> Response:
    """Own requests that wait for an answer."""
    with request.unit_of_work() as uow:
        rows = store.of_staff(uow.connection, request.person_id)
        students = people.students(uow.connection, (row.student_id for row in rows))
        guardians = people.guardians(uow.connection, (row.guardian_id for row in rows))
        schools = people.schools(uow.connection, (row.school_id for row in rows))
        asked = [
            {
                "request_id": row.request_id,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "when": spoken_time(row.start_at, zone=schools[row.school_id].zone, language=request.locale),
                "mode": row.mode,
            }
            for row in rows
        ]
    return page("scheduling/journeys_late.html", request, title=request.t("late.staff_title"), requests=asked)


@api.post("/late/{request_id}/approve", access=HOSTS, response=LateOut())
def approve(request: Request) -> Response:
    """The time is the family's; 409 where it has been taken, and the request waits for another answer."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        outcome = late.approve(uow, request.ports, row, by=request.person_id)
    if outcome == "taken":
        raise conflict("This time is not free any more. Decline it, or offer the family other times.")
    state = store.APPROVED if outcome == "booked" else store.WITHDRAWN
    return json_response({"request_id": row.request_id, "state": state}, then=LATE)


@api.post("/late/{request_id}/decline", access=HOSTS, response=LateOut())
def decline(request: Request) -> Response:
    """The family hears it kindly, and is asked for other times."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        late.decline(uow, row, by=request.person_id)
    return json_response({"request_id": row.request_id, "state": store.DECLINED}, then=LATE)


def _own(request: Request, uow: UnitOfWork) -> Any:
    row = store.by_id(uow.connection, str(request.params["request_id"]))
    if row is None or row.staff_id != request.person_id:
        raise not_found("request")
    return row


def _offer(request: Request, uow: UnitOfWork) -> Any:
    """The link's offer, over and not answered; one refusal for all else."""
    assert request.link is not None
    row = offer_store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.guardian_id != request.person_id or row.state != "expired":
        raise link_refused()
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    known = people.known(uow.connection, [row.student_id])
    on = school.today(uow.now)
    if not may_book(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed:
        raise link_refused()
    return row


def _context(request: Request, uow: UnitOfWork, row: Any, waiting: Any | None) -> dict[str, Any]:
    assert request.link is not None
    zone = people.schools(uow.connection, [row.school_id])[row.school_id].zone
    language = request.link.language
    free = [] if waiting is not None else late.times(uow, row.staff_id)
    asked = spoken_time(waiting.start_at, zone=zone, language=language) if waiting is not None else None
    return {
        "token": request.params["token"],
        "language": language,
        "asked": asked,
        "slots": [(slot.start.isoformat(), spoken_time(slot.start, zone=zone, language=language)) for slot in free],
        "modes": row.modes,
        "teacher": name_of(people.staff(uow.connection, [row.staff_id]).get(row.staff_id)),
        "student": people.students(uow.connection, [row.student_id])[row.student_id].given_name,
    }
