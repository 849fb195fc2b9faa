"""Places in a pool (a workshop, a group meeting, volunteering): taken one by one, then a waitlist that promotes by itself.

A place that is given back is offered to whoever has waited longest, for as long as the pool says (`offer_minutes`; 0: theirs at
once); not taken by then, it goes on to the next. Each place is a numbered resource that the database gives out once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.bookings import Claim, Kind, seat
from services.scheduling.handlers import resources
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import bookings_seats as seats
from services.scheduling.store import people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

OFFER_MINUTES = 24 * 60
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Pool:
    """`capacity` places from `start` to `end`; the same `pool_id` again changes it (more places promote who waits)."""

    pool_id: str
    school_id: str
    capacity: int
    start: datetime
    end: datetime
    offer_minutes: int = OFFER_MINUTES


@dataclass(frozen=True, slots=True)
class SignUp:
    """A family would like a place."""

    pool_id: str
    guardian_id: str
    student_id: str

    @property
    def sign_up_id(self) -> str:
        """The same family asking again is the same place."""
        return derived_id("place", self.pool_id, self.guardian_id, self.student_id)


def open_pool(uow: UnitOfWork, ports: Ports, pool: Pool) -> None:
    """Open or change a pool; where there are more places than before, the waitlist moves up."""
    row = {
        "pool_id": pool.pool_id,
        "school_id": pool.school_id,
        "capacity": pool.capacity,
        "start_at": pool.start,
        "end_at": pool.end,
        "offer_minutes": pool.offer_minutes,
        "state": OPEN,
    }
    seats.save_pools(uow.connection, [row])
    _promote(uow, ports, [pool.pool_id])


def sign_up(uow: UnitOfWork, ports: Ports, wanted: Sequence[SignUp]) -> dict[str, str]:
    """By `sign_up_id`: "seated", "waiting", or "refused" (policy, or the pool is closed). Asking twice changes nothing."""
    pools = seats.pools(uow.connection, {each.pool_id for each in wanted}, lock=True)
    there = seats.of_pools(uow.connection, pools)
    results: dict[str, str] = {}
    fresh = _allowed(uow, wanted, pools, results)
    rows, claims = [], []
    for pool_id, pool in pools.items():
        have = {row.sign_up_id: row for row in there[pool_id]}
        free = iter(_free(pool, there[pool_id]))
        full = any(row.state == seats.WAITING for row in there[pool_id])  # nobody overtakes who waits
        for each in dict.fromkeys(one for one in fresh if one.pool_id == pool_id):
            if each.sign_up_id in have:
                results[each.sign_up_id] = have[each.sign_up_id].state
                continue
            number = None if full else next(free, None)
            full = number is None
            rows.append(_row(each, number, asked_at=uow.now))
            if number is not None:
                claims.append(_claim(pool, each.sign_up_id, number))
    refused = resources.take(uow, claims)  # nobody is, under the pool's lock; the constraint has the last word
    rows = [row if row["sign_up_id"] not in refused else {**row, "state": seats.WAITING, "seat": None} for row in rows]
    seats.save(uow.connection, rows)
    _say(uow, ports, rows, pools)
    return results | {row["sign_up_id"]: row["state"] for row in rows}


def leave(uow: UnitOfWork, ports: Ports, sign_up_ids: Collection[str]) -> int:
    """Give places back, or leave the waitlist; who waits moves up. Returns how many had something to give back."""
    known = seats.by_id(uow.connection, sign_up_ids)
    pools = seats.pools(uow.connection, {row.pool_id for row in known.values()}, lock=True)
    known = seats.by_id(uow.connection, sign_up_ids)  # as it is under the lock
    gone = [row for row in known.values() if row.state in (*seats.HOLDING, seats.WAITING)]
    _end(uow, ports, gone, pools, seats.LEFT)
    return len(gone)


def accept(uow: UnitOfWork, ports: Ports, sign_up_id: str) -> str:
    """A family takes the place it was offered: "seated", or what its state is instead ("lapsed": the time was over)."""
    row = seats.by_id(uow.connection, [sign_up_id]).get(sign_up_id)
    if row is None:
        return "refused"
    pools = seats.pools(uow.connection, [row.pool_id], lock=True)
    row = seats.by_id(uow.connection, [sign_up_id])[sign_up_id]
    if row.state != seats.OFFERED:
        return str(row.state)
    if resources.confirm(uow, [sign_up_id]):
        _end(uow, ports, [row], pools, seats.LAPSED)
        return seats.LAPSED
    seats.change(uow.connection, [seats.changed(sign_up_id, seats.SEATED, seat=row.seat)])
    uow.cancel("place_over", sign_up_id)
    _say(uow, ports, [{**row._mapping, "state": seats.SEATED, "offered_until": None}], pools)
    return seats.SEATED


def reply_received(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """1 takes the place that was offered; anything else is for a person to read."""
    for event in events:
        if event.data["open_kind"] == "place_offer" and chosen_number(event.data["text"]) == 1:
            row = seats.by_id(uow.connection, [event.data["open_ref"]]).get(event.data["open_ref"])
            if row is not None and row.guardian_id == event.data["guardian_id"]:
                accept(uow, ports, row.sign_up_id)


def place_over(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Offered places that nobody took in time go on to the next in line."""
    known = seats.by_id(uow.connection, [item.key for item in items])
    pools = seats.pools(uow.connection, {row.pool_id for row in known.values()}, lock=True)
    known = seats.by_id(uow.connection, list(known))
    over = [row for row in known.values() if row.state == seats.OFFERED and row.offered_until <= uow.now]
    _end(uow, ports, over, pools, seats.LAPSED)


def _allowed(
    uow: UnitOfWork, wanted: Sequence[SignUp], pools: Mapping[str, Any], results: dict[str, str]
) -> list[SignUp]:
    known = people.known(uow.connection, {each.student_id for each in wanted})
    schools = people.schools(uow.connection, {pool.school_id for pool in pools.values()})
    kept = []
    for each in wanted:
        pool = pools.get(each.pool_id)
        if pool is None or pool.state != OPEN or pool.end_at <= uow.now:
            results[each.sign_up_id] = "refused"
            continue
        days = {schools[pool.school_id].today(moment) for moment in (uow.now, pool.start_at)}
        ids = (each.guardian_id, each.student_id)
        if all(may_book(known, *ids, district=uow.district, on=on).allowed for on in days):
            kept.append(each)
        else:
            results[each.sign_up_id] = "refused"
    return kept


def _end(uow: UnitOfWork, ports: Ports, rows: Sequence[Any], pools: Mapping[str, Any], state: str) -> None:
    if not rows:
        return
    ids = [row.sign_up_id for row in rows]
    resources.release(uow, ids)
    uow.cancel("place_over", *ids)
    uow.cancel("hold_over", *ids)
    seats.change(uow.connection, [seats.changed(each, state) for each in ids])
    _say(uow, ports, [{**row._mapping, "state": state, "seat": None, "offered_until": None} for row in rows], pools)
    _promote(uow, ports, {row.pool_id for row in rows})


def _promote(uow: UnitOfWork, ports: Ports, pool_ids: Iterable[str]) -> None:
    """Offer free places to who has waited longest."""
    pools = seats.pools(uow.connection, set(pool_ids), lock=True)
    there = seats.of_pools(uow.connection, pools)
    for pool_id, pool in pools.items():
        waiting = [row for row in there[pool_id] if row.state == seats.WAITING]
        pairs = list(zip(waiting, _free(pool, there[pool_id]), strict=False))
        if not pairs or pool.state != OPEN or pool.start_at <= uow.now:
            continue
        until = min(uow.now + timedelta(minutes=pool.offer_minutes), pool.start_at)
        at_once = until <= uow.now
        claims = [_claim(pool, row.sign_up_id, number) for row, number in pairs]
        refused = resources.take(uow, claims) if at_once else resources.hold(uow, claims, until=until)
        state = seats.SEATED if at_once else seats.OFFERED
        given = [(row, number) for row, number in pairs if row.sign_up_id not in refused]
        seats.change(
            uow.connection,
            [seats.changed(row.sign_up_id, state, seat=number, until=None if at_once else until) for row, number in given],
        )
        for row, _ in given:
            if not at_once:
                uow.schedule("place_over", row.sign_up_id, until)
        told = {"state": state, "offered_until": None if at_once else until}
        _say(uow, ports, [{**row._mapping, **told} for row, _ in given], pools)


def _free(pool: Any, rows: Sequence[Any]) -> list[int]:
    """Numbers of the places that nobody has, the lowest first."""
    gone = {row.seat for row in rows if row.state in seats.HOLDING}
    return [number for number in range(1, pool.capacity + 1) if number not in gone]


def _claim(pool: Any, sign_up_id: str, number: int) -> Claim:
    return Claim(sign_up_id, Kind.SEAT, seat(pool.pool_id, number), pool.start_at, pool.end_at)


def _row(each: SignUp, number: int | None, *, asked_at: datetime) -> dict[str, Any]:
    return {
        "sign_up_id": each.sign_up_id,
        "pool_id": each.pool_id,
        "guardian_id": each.guardian_id,
        "student_id": each.student_id,
        "state": seats.SEATED if number is not None else seats.WAITING,
        "seat": number,
        "asked_at": asked_at,
        "offered_until": None,
    }


def _say(uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], pools: Mapping[str, Any]) -> None:
    guardians = people.guardians(uow.connection, {row["guardian_id"] for row in rows}) if rows else {}
    for row in rows:
        pool, reader = pools[row["pool_id"]], guardians.get(row["guardian_id"])
        language = reader.language if reader is not None else "en"
        where: dict[str, Any] = {"expires_at": pool.end_at, "language": language, "school": pool.school_id}
        uow.emit(
            "scheduling.place_changed",
            {
                **{name: row[name] for name in ("sign_up_id", "pool_id", "guardian_id", "student_id", "state")},
                "school_id": pool.school_id,
                "start": pool.start_at,
                "until": row["offered_until"],
                "link": ports.place_link(uow.district, row["guardian_id"], row["sign_up_id"], **where),
            },
            school=pool.school_id,
            subject=row["student_id"],
        )
