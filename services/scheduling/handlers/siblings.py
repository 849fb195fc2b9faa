"""One visit for all of a guardian's children: the open offers of one home, taken together, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.domain.choice import suits
from services.scheduling.domain.journeys_visits import MOST_CHILDREN, WALK, Visit, visits
from services.scheduling.domain.windows import Slot
from services.scheduling.handlers import availability, booking, interpreters, resources
from services.scheduling.handlers.booking import Fixed
from services.scheduling.handlers.desk import Context, Desk, Wish
from services.scheduling.handlers.offers import wish_again
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import availability as hours_store
from services.scheduling.store import journeys_offers, people
from services.scheduling.store import offers as offer_store
from shared.ids import derived_id, fingerprint
from shared.messaging.uow import UnitOfWork

HORIZON = timedelta(days=28)
SHOWN, ALL = 3, 10_000


def together(uow: UnitOfWork, offer: Any) -> list[Any]:
    """Open offers of the same guardian at the same school with other teachers, and this one; policy allows each today.

    Fewer than two: there is nothing to put together.
    """
    rows = [
        row
        for row in journeys_offers.open_of_guardian(uow.connection, offer.guardian_id)
        if row.school_id == offer.school_id and row.meeting_id is None
    ]
    if len({row.staff_id for row in rows}) < 2:
        return []
    known = people.known(uow.connection, {row.student_id for row in rows})
    on = people.schools(uow.connection, [offer.school_id])[offer.school_id].today(uow.now)
    allowed = [
        row for row in rows if may_book(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed
    ]
    one_each = {row.staff_id: row for row in sorted(allowed, key=lambda row: (row.offer_id != offer.offer_id, row.created_at))}
    return sorted(one_each.values(), key=lambda row: (row.offer_id != offer.offer_id, row.created_at))[:MOST_CHILDREN]


def key_of(visit: Visit) -> str:
    """Names a visit by all of its times: what was chosen is what is booked, not another one that begins then."""
    return fingerprint(*(f"{offer_id}@{slot.start.isoformat()}" for offer_id, slot in visit.stops))


def choices(uow: UnitOfWork, rows: Sequence[Any], *, count: int = SHOWN) -> list[Visit]:
    """Up to three visits that suit the guardian; by offer id. Where any of the meetings may be at school there is the walk."""
    if len(rows) < 2:
        return []
    wishes = [wish_again(row, row.offer_id) for row in rows]
    desk = Desk.of(uow, wishes, Context.read(uow, wishes))
    interpreters.lengthen(uow, desk, wishes)
    free = _free(uow, desk, wishes)
    guardian, school = rows[0].guardian_id, desk.schools[rows[0].school_id]
    preference, own = desk.preference(guardian, school), desk.guardian_busy.get((Kind.GUARDIAN, guardian), ())
    zone = desk.zone(guardian, school)
    mine = {
        row.offer_id: [
            slot
            for slot in free[row.offer_id]
            if suits(slot, preference, zone=zone)
            and not any(slot.interval.overlaps(busy) for busy in own)
            and (row.not_after is None or slot.start < row.not_after)
        ]
        for row in rows
    }
    return visits(mine, walk=WALK if any("in_person" in row.modes for row in rows) else timedelta(0), count=count)


def book(uow: UnitOfWork, ports: Ports, rows: Sequence[Any], key: str, *, mode: str | None = None) -> list[str]:
    """Book that visit, all of its meetings or none; returns their ids, none where it is gone.

    The meetings' time is first held as one claim, so that a race is lost for the whole visit.
    """
    visit = next((each for each in choices(uow, rows, count=ALL) if key_of(each) == key), None)
    if visit is None:
        return []
    by_id = {row.offer_id: row for row in rows}
    walk = _walk(rows, mode)
    hours = hours_store.office_hours(uow.connection, [row.staff_id for row in rows])
    wanted = []
    for place, (offer_id, slot) in enumerate(visit.stops):
        row = by_id[offer_id]
        buffer = timedelta(minutes=hours[row.staff_id].buffer_minutes if row.staff_id in hours else 0)
        wanted.append(
            Fixed(
                meeting_id=derived_id("meeting", offer_id),
                kind=row.kind,
                guardian_id=row.guardian_id,
                student_id=row.student_id,
                staff_id=row.staff_id,
                school_id=row.school_id,
                start=slot.start,
                end=slot.end,
                mode=str(mode if mode in row.modes else row.modes[0]),
                buffer=buffer,
                walk=walk if place + 1 < len(visit.stops) else timedelta(0),
                offer_id=offer_id,
                source="visit",
                source_id=derived_id("visit", *sorted(by_id)),
            )
        )
    trial = derived_id("visit", key)
    claims = [
        Claim(trial, claim.kind, claim.resource_id, claim.start, claim.end) for each in wanted for claim in each.claims()
    ]
    if resources.hold(uow, claims):
        return []
    resources.release(uow, [trial])
    uow.cancel("hold_over", trial)
    done = booking.fix(uow, ports, wanted)
    offer_store.accept(uow.connection, [(str(each.offer_id), each.meeting_id) for each in wanted])
    uow.cancel("offer_expired", *by_id)
    return [each.meeting_id for each in wanted if done[each.meeting_id].outcome in ("booked", "unchanged")]


def _free(uow: UnitOfWork, desk: Desk, wishes: Sequence[Wish]) -> dict[str, list[Slot]]:
    """By offer, as soon as the teachers' rules allow; offers of one length are looked up together."""
    found: dict[str, list[Slot]] = {}
    for length in {desk.length(wish) for wish in wishes}:
        alike = [wish for wish in wishes if desk.length(wish) == length]
        staff = [wish.staff_id for wish in alike]
        free = availability.free(uow, staff, uow.now, uow.now + HORIZON, length=length, kind=alike[0].kind)
        found |= {wish.offer_id: free[wish.staff_id] for wish in alike}
    return found


def _walk(rows: Sequence[Any], mode: str | None) -> timedelta:
    """Between rooms; nobody walks where none of the meetings is at school."""
    modes = {mode if mode in row.modes else row.modes[0] for row in rows}
    return WALK if "in_person" in modes else timedelta(0)
