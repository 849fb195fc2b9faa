"""A plan of a round: the instance as the database has it today, asked for, computed aside, and kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from services.scheduling.domain.rounds import Grid, Home, Lock, Teacher, Wish, spans_of
from services.scheduling.domain.rounds_instance import Job, Planned, Terms, build, solution
from services.scheduling.handlers.permission import may_book
from services.scheduling.handlers.rounds import days_of
from services.scheduling.handlers.rounds_solving import Failed, Solving
from services.scheduling.store import availability, people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from shared.errors import HomeroomError
from shared.ids import derived_id, new_id
from shared.messaging.uow import DueItem, UnitOfWork

Row = dict[str, Any]
LEASE = timedelta(seconds=30)  # how long a computer may not be heard of before another takes over
LOOK = timedelta(seconds=1)
ATTEMPTS = 3
LIMITS = (5, 20, 60, 300)  # seconds of search that a page offers


def grid_of(row: Mapping[str, Any], school: people.School) -> Grid:
    return Grid(spans_of(row["evenings"]) or (), school.zone)


def meeting_id(round_id: str, home_id: str, staff_id: str) -> str:
    """The booking of a wish: the same however often it is planned, moved or repaired."""
    return derived_id("round_meeting", round_id, home_id, staff_id)


def spokespeople(uow: UnitOfWork, row: Mapping[str, Any], homes: Iterable[Row]) -> dict[tuple[str, str], str]:
    """(home, child) → the guardian to meet about that child: policy lets them today and on every evening."""
    rows = list(homes)
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    known = people.known(uow.connection, {child for home in rows for child in home["students"]})
    days = days_of(uow, row, school)
    found: dict[tuple[str, str], str] = {}
    for home in rows:
        for guardian_id in home["guardian_ids"]:
            for child in home["students"]:
                key = (home["home_id"], child)
                if key not in found and _may(known, guardian_id, child, days=days, district=uow.district):
                    found[key] = guardian_id
    return found


def gather(uow: UnitOfWork, row: Mapping[str, Any], *, still: Collection[str] = ()) -> Job:
    """Who can meet whom as of now: wishes that policy allows, minus what teachers and homes have on already.

    `still`: teachers who are away and yet in it, since it is their absence that is mended.
    """
    connection, round_id = uow.connection, row["round_id"]
    school = people.schools(connection, [row["school_id"]])[row["school_id"]]
    grid = grid_of(row, school)
    teachers = store.teachers(connection, round_id)
    homes = [home for home in store.homes(connection, round_id).values() if home["state"] == "answered"]
    speak = spokespeople(uow, row, homes)
    wishes = store.wishes(connection, round_id, [home["home_id"] for home in homes])
    kept = [
        Wish(wish["home_id"], wish["staff_id"], children, wish["weight"])
        for wish in wishes
        if (children := tuple(child for child in wish["students"] if (wish["home_id"], child) in speak))
    ]
    own = [meeting_id(round_id, wish["home_id"], wish["staff_id"]) for wish in wishes]
    return build(
        Terms(round_id, row["travel_minutes"], row["interpreters"], row["interpreted_extra"]),
        grid,
        [
            Teacher(
                each["staff_id"], each["minutes"], spans_of(each["windows"]), each["absent"] and each["staff_id"] not in still
            )
            for each in teachers
        ],
        [Home(home["home_id"], home["mode"], home["language"], spans_of(home["windows"])) for home in homes],
        kept,
        locks=[
            Lock(each["home_id"], each["staff_id"], each["on_day"], time.fromisoformat(each["start"]))
            for each in store.locks(connection, round_id)
        ],
        busy=_busy(uow, teachers, homes, but=own),
    )


def ask_plan(uow: UnitOfWork, row: Mapping[str, Any], *, preset: str, floor: bool, limit_s: int, by: str) -> str:
    """Have a plan made; returns its id. HomeroomError where there is nothing to plan."""
    job = gather(uow, row)
    if not job.requests:
        raise HomeroomError(
            "NOTHING_TO_PLAN", "no home has answered with a wish", "wait for answers, or write paper answers down", "round"
        )
    return _ask(uow, row, job, kind="plan", preset=preset, floor=floor, limit_s=limit_s, by=by)


def ask_repair(uow: UnitOfWork, row: Mapping[str, Any], base: str, *, planned: Sequence[Planned], by: str) -> str:
    """Have the published plan mended for what holds now (a teacher away), with few families moved."""
    away = {each["staff_id"] for each in store.teachers(uow.connection, row["round_id"]) if each["absent"]}
    job = gather(uow, row, still=away & {each.staff_id for each in planned})
    before = solution(job, planned) | {"absent": [n for n, staff_id in enumerate(job.teachers) if staff_id in away]}
    return _ask(
        uow, row, job, kind="repair", preset=row["preset"], floor=row["floor"], limit_s=5, by=by, base=base,
        before=before,
    )  # fmt: skip


def _ask(
    uow: UnitOfWork,
    row: Mapping[str, Any],
    job: Job,
    *,
    kind: str,
    preset: str,
    floor: bool,
    limit_s: int,
    by: str,
    base: str | None = None,
    before: Mapping[str, Any] | None = None,
) -> str:
    plan_id = new_id()
    plans.ask(
        uow.connection,
        {
            "plan_id": plan_id,
            "round_id": row["round_id"],
            "kind": kind,
            "state": plans.WAITING,
            "base": base,
            "preset": preset,
            "floor": floor,
            "limit_s": limit_s,
            "attempts": 0,
            "leased_until": None,
            "job": job.raw() | {"before": before},
            "result": None,
            "problem": None,
            "asked_by": by,
            "asked_at": uow.now,
            "started_at": None,
            "finished_at": None,
        },
    )
    uow.schedule("round_plan", plan_id, uow.now)
    return plan_id


def round_plan(uow: UnitOfWork, items: Iterable[DueItem], solving: Solving) -> None:
    """Begin what waits, look at what runs, keep what is done; nobody waits here for the solver."""
    for item in items:
        key = (uow.district, item.key)
        plan = plans.by_id(uow.connection, item.key)
        if plan is None or plan["state"] in (plans.DONE, plans.FAILED):
            solving.forget(key)
            continue
        if solving.has(key):
            _look(uow, plan, solving, key)
            continue
        if plan["attempts"] >= ATTEMPTS:
            plans.settle(uow.connection, item.key, now=uow.now, problem="gave_up")
            continue
        if solving.idle and plans.claim(uow.connection, item.key, until=uow.now + LEASE, now=uow.now):
            solving.start(key, json.dumps(_document(plan)).encode(), uow.now, seconds=plan["limit_s"])
        uow.schedule("round_plan", item.key, uow.now + LOOK)


def _look(uow: UnitOfWork, plan: Row, solving: Solving, key: tuple[str, str]) -> None:
    said = solving.finished(key, uow.now)
    if said is None:
        plans.keep(uow.connection, plan["plan_id"], until=uow.now + LEASE)
        uow.schedule("round_plan", plan["plan_id"], uow.now + LOOK)
    elif isinstance(said, Failed) and said.lasting:
        plans.settle(uow.connection, plan["plan_id"], now=uow.now, problem=said.reason)
    elif isinstance(said, Failed):
        plans.again(uow.connection, plan["plan_id"])
        uow.schedule("round_plan", plan["plan_id"], uow.now + LOOK)
    else:
        plans.settle(uow.connection, plan["plan_id"], now=uow.now, result=said)


def _document(plan: Row) -> Row:
    """What the solver is told: numbers, no people."""
    told: Row = {
        "task": plan["kind"],
        "instance": plan["job"]["instance"],
        "limit_s": plan["limit_s"],
        "seed": 1,
        "preset": plan["preset"],
        "floor": plan["floor"],
    }
    if plan["kind"] == "repair":
        told |= {"plan": plan["job"]["before"], "absent_teachers": plan["job"]["before"]["absent"]}
    return told


def _may(known: people.Known, guardian_id: str, child: str, *, days: Iterable[date], district: str) -> bool:
    return all(may_book(known, guardian_id, child, district=district, on=day).allowed for day in days)


def _busy(
    uow: UnitOfWork, teachers: Sequence[Row], homes: Sequence[Row], *, but: Sequence[str]
) -> dict[str, list[tuple[datetime, datetime]]]:
    staff, home = availability.busy(
        uow.connection,
        staff_ids=[each["staff_id"] for each in teachers],
        guardian_ids=[person for each in homes for person in each["guardian_ids"]],
        since=uow.now,
        but=but,
    )
    found = {staff_id: [(each.start, each.end) for each in busy] for staff_id, busy in staff.items()}
    for each in homes:
        found[each["home_id"]] = [
            (busy.start, busy.end) for person in each["guardian_ids"] for busy in home.get(person, ())
        ]
    return found
