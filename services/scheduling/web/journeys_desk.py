"""Staff book for a family that is on the telephone: find the child, the guardian, a free time; the family is told as usual."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.windows import Slot
from services.scheduling.handlers import availability, booking
from services.scheduling.handlers.booking import Fixed
from services.scheduling.handlers.permission import may_invite
from services.scheduling.schemas import MODES
from services.scheduling.store import availability as hours_store
from services.scheduling.store import journeys_homes, people
from services.scheduling.web.routes import api, name_of, require, today
from services.scheduling.when import spoken_time
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, conflict, json_response, not_found, page, staff
from shared.web.problems import invalid

DESK = "/scheduling/desk"
BOOKERS = staff("teacher", "counselor", "principal", "office", "administrator")
KINDS = ("asked", "office_hours", "checkin", "welcome", "conference")
NOTICE = timedelta(minutes=30)  # the family is on the line: sooner than an offer by message could be
AHEAD = timedelta(days=28)
SHOWN = 12
_ID = validate.Length(min=1, max=255)


class DeskQuery(Schema):
    q = fields.Str(load_default="", validate=validate.Length(max=80))
    student = fields.Str(load_default=None, validate=_ID)
    staff = fields.Str(load_default=None, validate=_ID)
    kind = fields.Str(load_default="asked", validate=validate.OneOf(KINDS))
    booked = fields.Str(load_default=None, validate=_ID)


class DeskIn(Schema):
    """`start`: one of the free times, as an instant."""

    student_id = fields.Str(required=True, validate=_ID)
    guardian_id = fields.Str(required=True, validate=_ID)
    staff_id = fields.Str(required=True, validate=_ID)
    kind = fields.Str(load_default="asked", validate=validate.OneOf(KINDS))
    mode = fields.Str(required=True, validate=validate.OneOf(MODES))
    start = fields.AwareDateTime(required=True, default_timezone=UTC)


class DeskOut(Schema):
    meeting_id = fields.Str()
    start = fields.AwareDateTime()
    mode = fields.Str()


@api.get("/desk", access=BOOKERS, query=DeskQuery(), page=True, nav="desk.nav")
def desk(request: Request) -> Response:
    """Search, then choose: every step is a page of its own."""
    query = request.query
    with request.unit_of_work() as uow:
        context: dict[str, Any] = {"q": query["q"], "found": _found(request, uow), "student": None, "booked": query["booked"]}
        if query["student"]:
            require(request, uow, Action.VIEW, query["student"])
            context |= _choices(request, uow, query["student"])
    return page("scheduling/journeys_desk.html", request, title=request.t("desk.title"), **context)


@api.post("/desk", access=BOOKERS, body=DeskIn(), response=DeskOut(), status=201, idempotent=True)
def book_at_desk(request: Request) -> Response:
    """Book a free time for a guardian who may be invited; 409 where somebody has taken it meanwhile."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, data["student_id"])
        student = people.students(uow.connection, [data["student_id"]])[data["student_id"]]
        if data["staff_id"] not in {row.staff_id for row in _hosts(request, uow, student)}:
            raise invalid({"staff_id": ["expected somebody whom this child's family may meet"]})
        if data["guardian_id"] not in {link.guardian_id for link in _invitable(uow, student)}:
            raise invalid({"guardian_id": ["expected a guardian of this student who hears from school"]})  # never why
        slot = next((each for each in _slots(uow, data["staff_id"], data["kind"]) if each.start == data["start"]), None)
        if slot is None:
            raise conflict("This time is not free any more. Choose another one.")
        fixed = _fixed(uow, data, student.school_id, slot)
        result = booking.fix(uow, request.ports, [fixed])[fixed.meeting_id]
        if result.outcome not in ("booked", "unchanged"):
            raise conflict("This time is not free any more. Choose another one.")
    answer = {"meeting_id": fixed.meeting_id, "start": slot.start, "mode": data["mode"]}
    return json_response(answer, then=f"{DESK}?booked={fixed.meeting_id}&student={student.student_id}")


def _found(request: Request, uow: UnitOfWork) -> list[dict[str, str]]:
    words = request.query["q"].strip()
    if not words:
        return []
    schools = request.schools if request.role != "administrator" else journeys_homes.all_schools(uow.connection)
    rows = journeys_homes.find_students(uow.connection, schools, words)
    if request.role == "teacher":
        mine = set(journeys_homes.taught_by(uow.connection, request.person_id))
        rows = [row for row in rows if row.student_id in mine]
    return [{"student_id": row.student_id, "name": name_of(row), "grade": row.grade or ""} for row in rows]


def _choices(request: Request, uow: UnitOfWork, student_id: str) -> dict[str, Any]:
    student = people.students(uow.connection, [student_id]).get(student_id)
    if student is None:
        raise not_found("student")
    hosts = _hosts(request, uow, student)
    wanted = request.query["staff"] or (hosts[0].staff_id if hosts else "")
    host = next((row for row in hosts if row.staff_id == wanted), hosts[0] if hosts else None)
    links = _invitable(uow, student)
    guardians = people.guardians(uow.connection, [link.guardian_id for link in links])
    zone = people.schools(uow.connection, [student.school_id])[student.school_id].zone
    free = _slots(uow, host.staff_id, request.query["kind"])[:SHOWN] if host is not None else []
    preferences = hours_store.preferences(uow.connection, guardians)
    return {
        "student": {"student_id": student_id, "name": name_of(student)},
        "hosts": [(row.staff_id, name_of(row)) for row in hosts],
        "host": host.staff_id if host is not None else None,
        "kind": request.query["kind"],
        "kinds": [(kind, request.t(f"kind.{kind}")) for kind in KINDS],
        "guardians": [
            (link.guardian_id, f"{name_of(guardians.get(link.guardian_id))} ({link.relationship})") for link in links
        ],
        "wishes": [_wish(request, name_of(guardians[each]), row) for each, row in preferences.items()],
        "slots": [
            (slot.start.isoformat(), spoken_time(slot.start, zone=zone, language=request.locale)) for slot in free
        ],
        "modes": [(mode, request.t(f"mode.{mode}")) for mode in request.ports.modes(list(MODES))],
    }


def _wish(request: Request, name: str, row: Any) -> str:
    """What the guardian has said about meeting, for whoever is on the line."""
    said = [request.t(f"mode.{row.live_mode}")] if row.live_mode else []
    said += [request.t("desk.after", time=row.available_after)] if row.available_after else []
    return f"{name}: {', '.join(said)}" if said else ""


def _hosts(request: Request, uow: UnitOfWork, student: Any) -> list[Any]:
    """A teacher books for themself; the office for everybody at the child's school, the child's own teachers first."""
    if request.role == "teacher":
        return list(people.staff(uow.connection, [request.person_id]).values())
    rows = journeys_homes.staff_of_school(uow.connection, student.school_id)
    return sorted(rows, key=lambda row: (row.staff_id not in student.teacher_ids, name_of(row)))


def _invitable(uow: UnitOfWork, student: Any) -> list[Any]:
    known = people.known(uow.connection, [student.student_id])
    on = today(uow, student.school_id)
    return [
        link
        for link in people.links_of(uow.connection, [student.student_id])
        if may_invite(known, link.guardian_id, student.student_id, district=uow.district, on=on).allowed
    ]


def _slots(uow: UnitOfWork, staff_id: str, kind: str) -> list[Slot]:
    start = uow.now + NOTICE
    free: list[Slot] = availability.free(uow, [staff_id], start, start + AHEAD, kind=kind)[staff_id]
    return free


def _fixed(uow: UnitOfWork, data: dict[str, Any], school_id: str, slot: Slot) -> Fixed:
    hours = hours_store.office_hours(uow.connection, [data["staff_id"]]).get(data["staff_id"])
    return Fixed(
        meeting_id=new_id(),
        kind=data["kind"],
        guardian_id=data["guardian_id"],
        student_id=data["student_id"],
        staff_id=data["staff_id"],
        school_id=school_id,
        start=slot.start,
        end=slot.end,
        mode=data["mode"],
        buffer=timedelta(minutes=hours.buffer_minutes if hours is not None else 0),
        source="staff",
    )
