"""Office hours as they happen: a family taps "call me", another comes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.scheduling.domain.windows import Slot
from services.scheduling.handlers import availability
from services.scheduling.handlers.fixing import Fixed, fix
from services.scheduling.ports import Ports
from services.scheduling.store import availability as store
from services.scheduling.store import meetings
from services.scheduling.store.availability_desk import add_walk_in
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

KIND = "office_hours"
PHONE = "phone"
REACH = timedelta(days=14)  # a call that is further away is no "call me": the page then says to ask for a time
TRIES = 3  # somebody else may be quicker; then the next time, and the one after it


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wants to be called, about whom, by whom."""

    guardian_id: str
    student_id: str
    staff_id: str
    school_id: str


def promised(uow: UnitOfWork, caller: Caller) -> Any | None:
    """The call that this family has coming: one at a time, so that a second tap changes nothing."""
    for row in meetings.of_students(uow.connection, [caller.student_id], uow.now):
        if (row.guardian_id, row.staff_id, row.kind, row.mode) == (caller.guardian_id, caller.staff_id, KIND, PHONE):
            return row
    return None


def next_call(uow: UnitOfWork, caller: Caller) -> Slot | None:
    """When a call could be soonest."""
    return next(_calls(uow, caller), None)


def call_me(uow: UnitOfWork, ports: Ports, caller: Caller) -> str | None:
    """Book the soonest call; returns the meeting, or None where there is no time or it may not be booked."""
    already = promised(uow, caller)
    if already is not None:
        return str(already.meeting_id)
    for slot, _ in zip(_calls(uow, caller), range(TRIES), strict=False):
        meeting_id = derived_id("call-me", caller.guardian_id, caller.student_id, caller.staff_id, slot.start.isoformat())
        fixed = Fixed(
            meeting_id=meeting_id,
            kind=KIND,
            guardian_id=caller.guardian_id,
            student_id=caller.student_id,
            staff_id=caller.staff_id,
            school_id=caller.school_id,
            start=slot.start,
            end=slot.end,
            mode=PHONE,
            before=slot.before,
            buffer=slot.after,
            source=KIND,
        )
        outcome = fix(uow, ports, [fixed])[meeting_id].outcome
        if outcome in ("booked", "unchanged"):
            return meeting_id
        if outcome != "taken":
            return None
    return None


def walked_in(uow: UnitOfWork, caller: Caller) -> str:
    """A family came by and was heard: on record, and in the contact ledger. Two taps within a minute are one visit."""
    minute = uow.now.replace(second=0, microsecond=0)
    ids = (caller.staff_id, caller.student_id, caller.guardian_id)
    walk_in_id = derived_id("walk-in", *ids, minute.isoformat())
    said = {
        "walk_in_id": walk_in_id,
        "staff_id": caller.staff_id,
        "student_id": caller.student_id,
        "guardian_id": caller.guardian_id,
        "school_id": caller.school_id,
        "at": uow.now,
    }
    if add_walk_in(uow.connection, said):
        uow.emit("scheduling.walk_in_logged", said, school=caller.school_id, subject=caller.student_id)
    return walk_in_id


def _calls(uow: UnitOfWork, caller: Caller) -> Iterator[Slot]:
    """Times for a call that are free on both sides, soonest first."""
    hours = store.office_hours(uow.connection, [caller.staff_id]).get(caller.staff_id)
    if hours is not None and PHONE not in hours.modes:
        return
    free = availability.free(uow, [caller.staff_id], uow.now, uow.now + REACH, kind="call_me")[caller.staff_id]
    _, home = store.busy(uow.connection, guardian_ids=[caller.guardian_id], since=uow.now)
    own = home.get(caller.guardian_id, [])
    yield from (slot for slot in free if not slot.evening and not any(slot.interval.overlaps(each) for each in own))
