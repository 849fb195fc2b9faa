"""After booking has closed: a family asks for a private time, its teacher approves, and the time is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.windows import Slot
from services.scheduling.handlers import availability, booking
from services.scheduling.handlers.booking import Fixed
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import availability as hours_store
from services.scheduling.store import journeys_late as store
from services.scheduling.store import people
from shared.ids import derived_id, new_id
from shared.messaging.uow import UnitOfWork

NOTICE = timedelta(hours=12)  # a private time asked for at night is not wanted the same morning
HORIZON = timedelta(days=21)
SHOWN = 8


def times(uow: UnitOfWork, staff_id: str) -> list[Slot]:
    """What a family may ask for: the teacher's next free times, also those after the booking window."""
    start = uow.now + NOTICE
    found: Sequence[Slot] = availability.free(uow, [staff_id], start, start + HORIZON, kind="late")[staff_id]
    return list(found)[:SHOWN]


def ask(uow: UnitOfWork, offer: Any, *, start: datetime, mode: str | None) -> str | None:
    """The family of an offer asks for this time; returns the request, or None where the time is not free (any more).

    A family has one open request with a teacher: asking again changes nothing, the first one is answered.
    """
    already = store.open_of(uow.connection, offer.guardian_id, offer.student_id, offer.staff_id)
    if already is not None:
        return str(already.request_id)
    slot = next((each for each in times(uow, offer.staff_id) if each.start == start), None)
    if slot is None:
        return None
    request_id = new_id()
    row = {
        "request_id": request_id,
        "kind": offer.kind,
        "student_id": offer.student_id,
        "guardian_id": offer.guardian_id,
        "staff_id": offer.staff_id,
        "school_id": offer.school_id,
        "start_at": slot.start,
        "end_at": slot.end,
        "mode": mode if mode in offer.modes else offer.modes[0],
        "state": store.ASKED,
        "asked_at": uow.now,
        "answered_at": None,
        "answered_by": None,
        "meeting_id": None,
    }
    store.add(uow.connection, row)
    told = ("request_id", "student_id", "guardian_id", "staff_id", "school_id", "mode")
    uow.emit(
        "scheduling.late_time_asked",
        {**{name: row[name] for name in told}, "start": slot.start},
        school=offer.school_id,
        subject=offer.student_id,
    )
    return request_id


def approve(uow: UnitOfWork, ports: Ports, row: Any, *, by: str) -> str:
    """The time becomes a meeting: `booked`; `taken` where somebody has it by now; `refused` where policy says no."""
    meeting_id = derived_id("late", row.request_id)
    if not _may(uow, row):
        store.answer(uow.connection, row.request_id, store.WITHDRAWN, by=by, now=uow.now, meeting_id=None)
        return "refused"
    if row.start_at <= uow.now:
        return "taken"
    hours = hours_store.office_hours(uow.connection, [row.staff_id]).get(row.staff_id)
    fixed = Fixed(
        meeting_id=meeting_id,
        kind=row.kind,
        guardian_id=row.guardian_id,
        student_id=row.student_id,
        staff_id=row.staff_id,
        school_id=row.school_id,
        start=row.start_at,
        end=row.end_at,
        mode=row.mode,
        buffer=timedelta(minutes=hours.buffer_minutes if hours is not None else 0),
        source="late",
        source_id=row.request_id,
    )
    outcome = booking.fix(uow, ports, [fixed])[meeting_id].outcome
    if outcome not in ("booked", "unchanged"):
        return outcome
    if store.answer(uow.connection, row.request_id, store.APPROVED, by=by, now=uow.now, meeting_id=meeting_id):
        _say(uow, row, approved=True)
    return "booked"


def decline(uow: UnitOfWork, row: Any, *, by: str) -> bool:
    """Kindly no; the family hears and is asked to call. False where it was answered before."""
    settled = store.answer(uow.connection, row.request_id, store.DECLINED, by=by, now=uow.now, meeting_id=None)
    if settled and _may(uow, row):
        _say(uow, row, approved=False)
    return settled


def _may(uow: UnitOfWork, row: Any) -> bool:
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    known = people.known(uow.connection, [row.student_id])
    on = school.today(uow.now)
    return may_invite(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed


def _say(uow: UnitOfWork, row: Any, *, approved: bool) -> None:
    told = ("request_id", "student_id", "guardian_id", "staff_id", "school_id")
    data = {name: getattr(row, name) for name in told}
    uow.emit(
        "scheduling.late_time_answered",
        {**data, "start": row.start_at, "approved": approved},
        school=row.school_id,
        subject=row.student_id,
    )
