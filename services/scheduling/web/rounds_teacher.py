"""A teacher's part in a round: whom they must see, when they are there, and afterwards their own list."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.rounds import State
from services.scheduling.handlers.rounds_publishing import itineraries
from services.scheduling.handlers.rounds_wishes import mark_musts
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.web.rounds_office import MINUTES, TeacherIn, save_teacher
from services.scheduling.web.rounds_words import evening_words, language_name
from services.scheduling.web.routes import HOSTS, api, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page


class MustsIn(Schema):
    """Students whose families the teacher must see; none: nobody in particular."""

    student_id = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)


class MarkedOut(Schema):
    marked = fields.Int()


@api.get("/my-rounds", access=HOSTS, page=True, nav="rounds.my_nav")
def my_rounds(request: Request) -> Response:
    """The rounds a teacher takes part in."""
    with request.unit_of_work() as uow:
        rows = store.rounds_of_teacher(uow.connection, request.person_id)
    shown = [row for row in rows if row["state"] != State.CALLED_OFF]
    return page("scheduling/rounds_mine.html", request, title=request.t("rounds.title"), rounds=shown)


@api.get("/my-rounds/{round_id}", access=HOSTS, page=True)
def my_part(request: Request) -> Response:
    """Before: must-sees and own times. After: the list of the evening."""
    with request.unit_of_work() as uow:
        row, mine = _part(request, uow)
        pupils = people.students_of(uow.connection, request.person_id)
        marked = {child for staff_id, child in store.musts(uow.connection, row["round_id"]) if staff_id == request.person_id}
        context: dict[str, Any] = {
            "round_id": row["round_id"],
            "state": row["state"],
            "pupils": [(each.student_id, name_of(each), each.student_id in marked) for each in pupils],
            "mine": mine,
            "windows": "\n".join(f"{each['on']} {each['start']}-{each['end']}" for each in mine["windows"] or ()),
            "minutes": MINUTES,
            "evenings": evening_words(row, {"windows": None}, language=request.locale),
            "list": _list(request, uow, row),
        }
    return page("scheduling/rounds_part.html", request, title=row["title"], **context)


@api.post("/my-rounds/{round_id}/musts", access=HOSTS, body=MustsIn(), response=MarkedOut())
def musts(request: Request) -> Response:
    """Whose families the teacher must see."""
    with request.unit_of_work() as uow:
        row, _ = _part(request, uow)
        mark_musts(uow, row, request.person_id, students=request.data["student_id"])
    return json_response({"marked": len(request.data["student_id"])}, then=f"/scheduling/my-rounds/{row['round_id']}")


@api.post("/my-rounds/{round_id}/times", access=HOSTS, body=TeacherIn(exclude=("staff_id",)), response=MarkedOut())
def times(request: Request) -> Response:
    """When the teacher is there, with breaks, and how long their meetings are."""
    with request.unit_of_work() as uow:
        row, _ = _part(request, uow)
        save_teacher(uow, row, request.person_id, data=request.data)
    return json_response({"marked": 0}, then=f"/scheduling/my-rounds/{row['round_id']}")


def _part(request: Request, uow: UnitOfWork) -> tuple[dict[str, Any], dict[str, Any]]:
    """A round in which the reader takes part; every other one does not exist here."""
    round_id = str(request.params["round_id"])
    row = store.by_id(uow.connection, [round_id]).get(round_id)
    mine = [each for each in store.teachers(uow.connection, round_id) if each["staff_id"] == request.person_id]
    if row is None or not mine:
        raise not_found("round")
    return row, mine[0]


def _list(request: Request, uow: UnitOfWork, row: dict[str, Any]) -> list[dict[str, str]]:
    """The teacher's booked meetings of the round, in order of time."""
    zone = people.schools(uow.connection, [row["school_id"]])[row["school_id"]].zone
    held = [
        (home_id, each)
        for home_id, trip in itineraries(uow, row).items()
        for each in trip
        if each["staff_id"] == request.person_id
    ]
    homes = store.homes(uow.connection, row["round_id"], {home_id for home_id, _ in held})
    guardians = people.guardians(uow.connection, {each["guardian_id"] for _, each in held})
    pupils = people.students(uow.connection, {child for _, each in held for child in each["students"]})
    return [
        {
            "when": spoken_time(each["start_at"], zone=zone, language=request.locale),
            "family": name_of(guardians.get(each["guardian_id"])),
            "students": ", ".join(pupils[child].given_name for child in each["students"] if child in pupils),
            "mode": each["mode"],
            "interpreter": language_name(homes[home_id]["language"], request.locale) if homes[home_id]["language"] else "",
            "dial_in": each["dial_in"] or "",
        }
        for home_id, each in sorted(held, key=lambda pair: pair[1]["start_at"])
    ]
