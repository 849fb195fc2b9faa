"""Rooms: entered by the office, found for a meeting, taken with it (`Fixed.room_id`)."""

from __future__ import annotations

from datetime import datetime

from services.scheduling.domain.bookings import Kind
from services.scheduling.domain.windows import Interval
from services.scheduling.handlers import resources
from services.scheduling.store import bookings_rooms as rooms
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork


def enter(uow: UnitOfWork, school_id: str, name: str, *, seats: int, step_free: bool, active: bool = True) -> str:
    """A room by its name; entering it again changes it. Returns its id."""
    room_id = derived_id("room", school_id, name.casefold())
    row = {"school_id": school_id, "name": name, "seats": seats, "step_free": step_free, "active": active}
    rooms.save(uow.connection, {"room_id": room_id, **row})
    return room_id


def find(
    uow: UnitOfWork, school_id: str, start: datetime, end: datetime, *, seats: int = 2, step_free: bool = False
) -> str | None:
    """The smallest room that is free then and large enough (and without steps where that is needed); None: there is none.

    Nothing is taken by looking: the meeting takes it, and may be refused where somebody was quicker.
    """
    fit = [
        room for room in rooms.of_school(uow.connection, school_id) if room.seats >= seats and (room.step_free or not step_free)
    ]
    busy = resources.busy(uow, {Kind.ROOM: [room.room_id for room in fit]}, since=start)
    wanted = Interval(start, end)
    for room in fit:
        if not any(wanted.overlaps(other) for other in busy.get((Kind.ROOM, room.room_id), ())):
            return str(room.room_id)
    return None
