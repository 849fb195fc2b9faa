"""Rooms of the office's school: entered, changed, listed; a page for people, JSON for programs."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.scheduling.handlers import rooms
from services.scheduling.store import bookings_rooms as store
from services.scheduling.web.journeys_forms import notes, typed
from services.scheduling.web.routes import api
from shared.web import Request, Response, json_response, page, staff
from shared.web.problems import forbidden

OFFICE = staff("office", "principal")


class RoomIn(Schema):
    """A room by its name; the same name again changes it."""

    name = fields.Str(required=True, validate=validate.Length(min=1, max=80))
    seats = fields.Int(required=True, validate=validate.Range(1, 2000))
    step_free = fields.Bool(load_default=False)
    active = fields.Bool(load_default=True)


class RoomOut(Schema):
    room_id = fields.Str()
    name = fields.Str()
    seats = fields.Int()
    step_free = fields.Bool()


class RoomsOut(Schema):
    rooms = fields.List(fields.Nested(RoomOut))


@api.get("/rooms", access=OFFICE, response=RoomsOut(), nav="rooms.nav")
def listed(request: Request) -> Response:
    """Rooms in use, the smallest first."""
    return _listed(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _listed(request, errors)


def _listed(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        found = store.of_school(uow.connection, _school(request))
    if not request.wants_html:
        return json_response({"rooms": found})
    return page(
        "scheduling/rooms.html",
        request,
        title=request.t("rooms.nav"),
        status=422 if errors else 200,
        rooms=found,
        errors=notes(errors),
        typed=typed(request),
        saved="saved" in request.query,
    )


@api.post(
    "/rooms", access=OFFICE, body=RoomIn(), response=RoomOut(), status=201, idempotent=True, invalid=_again
)
def enter(request: Request) -> Response:
    """Enter a room, change it, or take it out of use."""
    data = request.data
    with request.unit_of_work() as uow:
        given = {"seats": data["seats"], "step_free": data["step_free"], "active": data["active"]}
        room_id = rooms.enter(uow, _school(request), data["name"], **given)
    return json_response({"room_id": room_id, **data}, then="/scheduling/rooms?saved=1")


def _school(request: Request) -> str:
    """The first of the caller's schools; who has none is refused."""
    if not request.schools:
        raise forbidden("This is for the school's own staff.", rule="not_own_school")
    return request.schools[0]
