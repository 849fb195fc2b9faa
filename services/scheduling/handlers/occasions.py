"""Occasions: dated by the school's file or by its staff, published when what they clash with was shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import occasions as rules
from services.scheduling.domain.occasions import Clash
from services.scheduling.domain.series import instant
from services.scheduling.handlers import occasions_telling as telling
from services.scheduling.handlers import seats
from services.scheduling.handlers.occasions_telling import CANCELLED, DRAFT, PUBLISHED
from services.scheduling.ports import Ports
from services.scheduling.store import bookings_seats as seat_store
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from shared.ids import derived_id, new_id
from shared.messaging.uow import UnitOfWork

CLOSED = "closed"  # a pool whose places are given out no more
FAMILY_FRIDAY, CELEBRATION = "family_friday", "celebration"


@dataclass(frozen=True, slots=True)
class Planned:
    """What somebody writes down about an occasion; times are the school's wall clock, `capacity` None for drop-in.

    `shares`: the observance that it celebrates; only families who like to share it are invited.
    """

    kind: str
    on: date
    begins: time
    ends: time
    title: str = field(default="", repr=False)
    about: str = field(default="", repr=False)
    venue: str = field(default="", repr=False)
    online: bool = False
    capacity: int | None = None
    child_care: bool = False
    interpreters: tuple[str, ...] = ()
    shares: str | None = None


def faults(planned: Planned, zone: ZoneInfo, now: datetime) -> dict[str, list[str]]:
    """What cannot be, by field; empty where it can."""
    wrong: dict[str, list[str]] = {}
    start, end = instant(planned.on, planned.begins, zone), instant(planned.on, planned.ends, zone)
    if start is None or end is None:
        wrong["begins"] = ["the clocks change then: choose another time"]
    elif planned.ends <= planned.begins:
        wrong["ends"] = ["expected a time after the start"]
    elif start <= now:
        wrong["on"] = ["expected a day to come"]
    if planned.kind != FAMILY_FRIDAY and not planned.title:
        wrong["title"] = ["expected a name that families understand"]
    if (planned.kind == CELEBRATION) != (planned.shares is not None):
        wrong["shares"] = ["a celebration names what is celebrated, and nothing else does"]
    return wrong


def plan_year(uow: UnitOfWork, ports: Ports, school_ids: Iterable[str]) -> None:
    """Have the Family Fridays that a school's file asks for; a changed holiday or rule moves those that are to come."""
    schools = people.schools(uow.connection, school_ids)
    terms = store.terms(uow.connection, schools)
    for school in schools.values():
        asked = school.settings.get("family_friday")
        there = store.of_series(uow.connection, school.school_id)
        wanted = rules.fridays(asked["rule"], terms.get(school.school_id, []), school.holidays) if asked else []
        for dated in wanted:
            planned = Planned(
                FAMILY_FRIDAY, dated.on, time.fromisoformat(asked["start"]), time.fromisoformat(asked["end"]),
                online=bool(asked.get("online")),
            )  # fmt: skip
            _put(uow, ports, school, planned, dated, there.get(dated.series))
        gone = [row for series, row in there.items() if series not in {dated.series for dated in wanted}]
        cancel(uow, ports, [row.occasion_id for row in gone if row.start_at > uow.now])


def _put(
    uow: UnitOfWork, ports: Ports, school: people.School, planned: Planned, dated: rules.Dated, row: Any | None
) -> None:
    if faults(planned, school.zone, uow.now):
        return  # already past, or a time that the clocks skip
    occasion_id = derived_id(FAMILY_FRIDAY, school.school_id, dated.series)
    fresh = _row(school, planned, occasion_id, now=uow.now) | {
        "series": dated.series, "state": PUBLISHED, "moved_from": dated.moved_from
    }  # fmt: skip
    if row is not None:
        if (row.start_at, row.end_at, row.online, row.state) == tuple(fresh[n] for n in ("start_at", "end_at", "online", "state")):
            return
        if row.start_at <= uow.now or (row.state == CANCELLED and row.made_by is not None):
            return  # this month's has been, or somebody called it off
        fresh |= {"invited_at": row.invited_at, "moved_from": row.on if row.on != planned.on else fresh["moved_from"]}
    store.save(uow.connection, [fresh])
    telling.say(uow, fresh, "scheduled" if row is None else "moved")
    if row is not None and row.invited_at is not None:
        telling.invite(uow, ports, fresh, change="moved")
    telling.wait(uow, fresh, school.zone)


def write(uow: UnitOfWork, school: people.School, planned: Planned, *, by: str, occasion_id: str | None = None) -> str:
    """Keep a draft; nobody is told."""
    found = occasion_id or new_id()
    store.save(uow.connection, [_row(school, planned, found, now=uow.now) | {"made_by": by}])
    return found


def clashes(uow: UnitOfWork, day: date, school_id: str) -> list[Clash]:
    """What falls on a day and families of the school asked to keep free: for planners, before they publish."""
    return rules.clashes(day, store.families_keeping(uow.connection, school_id))


def publish(uow: UnitOfWork, ports: Ports, occasion_id: str) -> bool:
    """Fix a draft: its places open, its words are asked for in every language, families are told in time."""
    row = store.by_id(uow.connection, [occasion_id]).get(occasion_id)
    if row is None or row.state != DRAFT or row.start_at <= uow.now:
        return False
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    store.change(uow.connection, [{"occasion_id": occasion_id, "state": PUBLISHED}])
    now_so = {**row._mapping, "state": PUBLISHED}
    if row.capacity is not None:
        pool = seats.Pool(occasion_id, row.school_id, row.capacity, row.start_at, row.end_at)
        seats.open_pool(uow, ports, pool)
    telling.ask_words(uow, now_so)
    telling.say(uow, now_so, "scheduled")
    for clash in clashes(uow, row.on, row.school_id):
        uow.emit(
            "scheduling.clash_detected",
            {
                "school_id": row.school_id,
                "occasion_id": occasion_id,
                "observance": clash.observance.key,
                "on": row.on,
                "estimated": clash.observance.estimated,
                "families": clash.families,
            },
            school=row.school_id,
            subject=occasion_id,
        )
    telling.wait(uow, now_so, school.zone)
    return True


def cancel(uow: UnitOfWork, ports: Ports, occasion_ids: Collection[str], *, by: str | None = None) -> int:
    """Call off what is to come; who was invited is told. Returns how many.

    `by`: who does; the school's file does not bring back what somebody called off.
    """
    rows = [
        row
        for row in store.by_id(uow.connection, occasion_ids).values()
        if row.state != CANCELLED and row.end_at > uow.now
    ]
    off = [{"occasion_id": row.occasion_id, "state": CANCELLED, "made_by": by or row.made_by} for row in rows]
    store.change(uow.connection, off)
    pools = seat_store.pools(uow.connection, [row.occasion_id for row in rows], lock=True)
    seat_store.save_pools(uow.connection, [{**pool._mapping, "state": CLOSED} for pool in pools.values()])
    for row in rows:
        uow.cancel("occasion_invites", row.occasion_id)
        uow.cancel("occasion_over", row.occasion_id)
        if row.state == PUBLISHED:
            telling.say(uow, row._mapping, "cancelled")
            if row.invited_at is not None:
                telling.invite(uow, ports, row._mapping, change="cancelled")
    return len(rows)


def _row(school: people.School, planned: Planned, occasion_id: str, *, now: datetime) -> dict[str, Any]:
    start, end = instant(planned.on, planned.begins, school.zone), instant(planned.on, planned.ends, school.zone)
    return {
        "occasion_id": occasion_id,
        "school_id": school.school_id,
        "kind": planned.kind,
        "series": None,
        "title": planned.title,
        "about": planned.about,
        "on": planned.on,
        "begins": f"{planned.begins:%H:%M}",
        "ends": f"{planned.ends:%H:%M}",
        "start_at": start,
        "end_at": end,
        "venue": planned.venue,
        "online": planned.online,
        "capacity": planned.capacity,
        "child_care": planned.child_care,
        "interpreters": list(planned.interpreters),
        "shares": planned.shares,
        "state": DRAFT,
        "moved_from": None,
        "made_by": None,
        "made_at": now,
        "invited_at": None,
        "thanked_at": None,
    }
