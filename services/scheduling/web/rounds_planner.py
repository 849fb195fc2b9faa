"""The planner's page: make plans, compare them, see who waits and who gets nothing and why, fix meetings, publish, repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.rounds import Grid, Span
from services.scheduling.domain.rounds_first_come import first_come
from services.scheduling.domain.rounds_instance import Job, Planned
from services.scheduling.domain.rounds_report import report
from services.scheduling.handlers import rounds_publishing
from services.scheduling.handlers.rounds_planning import LIMITS, ask_plan, ask_repair, grid_of
from services.scheduling.handlers.rounds_publishing import move_evening, planned_of, publish
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from services.scheduling.web import rounds_picture, rounds_shown
from services.scheduling.web.rounds_office import OFFICE, own_round
from services.scheduling.web.rounds_words import clock_words, day_words
from services.scheduling.web.routes import api
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page
from shared.web.problems import invalid

PRESETS = ("parent", "balanced", "teacher")


class PlanIn(Schema):
    preset = fields.Str(load_default="balanced", validate=validate.OneOf(PRESETS))
    floor = fields.Bool(load_default=False)
    limit_s = fields.Int(load_default=20, validate=validate.OneOf(LIMITS))


class PlanOut(Schema):
    plan_id = fields.Str()
    state = fields.Str()


class PlanQuery(Schema):
    plan = fields.Str(load_default=None, validate=validate.Length(1, 255))


class LockIn(Schema):
    """`pair`: "<home>|<teacher>"; `day` and `clock`: wall time at the school; without them where `plan_id` has the meeting."""

    pair = fields.Str(required=True, validate=validate.Length(3, 600))
    plan_id = fields.Str(load_default=None, validate=validate.Length(1, 255))
    day = fields.Date(load_default=None)
    clock = fields.Str(load_default=None, validate=validate.Regexp(r"^([01]\d|2[0-3]):[0-5][05]$", error="expected HH:MM"))


class UnlockIn(Schema):
    pair = fields.Str(required=True, validate=validate.Length(3, 600))


class PublishIn(Schema):
    plan_id = fields.Str(required=True, validate=validate.Length(1, 255))


class PublishedOut(Schema):
    booked = fields.Int()
    told = fields.Int()
    lost = fields.Int()


class AwayIn(Schema):
    staff_id = fields.Str(required=True, validate=validate.Length(1, 255))


class MoveIn(Schema):
    old = fields.Date(required=True)
    new = fields.Date(required=True)


@api.get("/rounds/{round_id}/plan", access=OFFICE, query=PlanQuery(), page=True)
def planner(request: Request) -> Response:
    """The plans of a round, one of them in full."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
        known = plans.of_round(uow.connection, row["round_id"])
        chosen = _chosen(request, uow, row, known)
        context: dict[str, Any] = {
            "round_id": row["round_id"],
            "state": row["state"],
            "running": [each for each in known if each["state"] in (plans.WAITING, plans.RUNNING)],
            "plans": [_brief(request, each, school, row) for each in known],
            "presets": PRESETS,
            "preset": row["preset"],
            "limits": LIMITS,
            "evenings": [(span.on.isoformat(), day_words(span.on, language=request.locale)) for span in _evenings(row)],
            "plan": None,
        }
        if chosen is not None:
            context |= _full(request, uow, row, chosen)
        request.audit("view", row["round_id"], "allowed", record_type="conference_round", rule="works_at_school")
    return page("scheduling/rounds_planner.html", request, title=row["title"], **context)


@api.post("/rounds/{round_id}/plans", access=OFFICE, body=PlanIn(), response=PlanOut(), status=202)
def new_plan(request: Request) -> Response:
    """Have a plan made; the page shows when it is there."""
    data = request.data
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        plan_id = ask_plan(
            uow, row, preset=data["preset"], floor=data["floor"], limit_s=data["limit_s"], by=request.person_id
        )
    return json_response({"plan_id": plan_id, "state": plans.WAITING}, then=_there(row))


@api.post("/rounds/{round_id}/locks", access=OFFICE, body=LockIn(), response=PlanOut())
def lock(request: Request) -> Response:
    """Fix a meeting by hand: the next plan goes round it."""
    home_id, _, staff_id = request.data["pair"].partition("|")
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
        grid = grid_of(row, school)
        wish = [each for each in store.wishes(uow.connection, row["round_id"], [home_id]) if each["staff_id"] == staff_id]
        place = _place(uow, row, request.data, grid)
        if not wish or place is None:
            raise invalid({"clock": ["choose a wish of this round and a time of one of its evenings"]})
        wall = grid.wall(*place)
        store.save_lock(
            uow.connection,
            {
                "round_id": row["round_id"], "home_id": home_id, "staff_id": staff_id, "on_day": wall.date(),
                "start": f"{wall:%H:%M}", "by": request.person_id,
            },
        )  # fmt: skip
    return json_response({"plan_id": "", "state": "locked"}, then=_there(row) + "#locks")


@api.post("/rounds/{round_id}/unlock", access=OFFICE, body=UnlockIn(), response=PlanOut())
def unlock(request: Request) -> Response:
    """Let the next plan move the meeting again."""
    home_id, _, staff_id = request.data["pair"].partition("|")
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        store.unlock(uow.connection, row["round_id"], home_id, staff_id=staff_id)
    return json_response({"plan_id": "", "state": "unlocked"}, then=_there(row) + "#locks")


@api.post("/rounds/{round_id}/publish", access=OFFICE, body=PublishIn(), response=PublishedOut(), idempotent=True)
def publish_plan(request: Request) -> Response:
    """Book it and tell every family, each its own."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        plan = plans.by_id(uow.connection, request.data["plan_id"])
        if plan is None or plan["round_id"] != row["round_id"]:
            raise not_found("plan")
        outcome = publish(uow, request.ports, row, plan, by=request.person_id)
    return json_response({"booked": outcome.booked, "told": outcome.told, "lost": len(outcome.lost)}, then=_there(row))


@api.post("/rounds/{round_id}/away", access=OFFICE, body=AwayIn(), response=PlanOut(), status=202)
def away(request: Request) -> Response:
    """A teacher has fallen ill: have the plan mended with few families moved; nobody is told before it is published."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        teachers = store.teachers(uow.connection, row["round_id"])
        mine = [each for each in teachers if each["staff_id"] == request.data["staff_id"]]
        if not mine:
            raise not_found("teacher")
        store.save_teachers(uow.connection, [{**each, "absent": True} for each in mine])
        plan_id = _mend(uow, row, by=request.person_id)
    return json_response({"plan_id": plan_id, "state": plans.WAITING}, then=_there(row))


@api.post("/rounds/{round_id}/back", access=OFFICE, body=AwayIn(), response=PlanOut())
def back(request: Request) -> Response:
    """The teacher is there after all."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        teachers = store.teachers(uow.connection, row["round_id"])
        mine = [{**each, "absent": False} for each in teachers if each["staff_id"] == request.data["staff_id"]]
        store.save_teachers(uow.connection, mine)
    return json_response({"plan_id": "", "state": "back"}, then=_there(row))


@api.post("/rounds/{round_id}/move", access=OFFICE, body=MoveIn(), response=PublishedOut())
def snow_day(request: Request) -> Response:
    """An evening takes place on another day, at the same hours."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        outcome = move_evening(
            uow, request.ports, row, old=request.data["old"], new=request.data["new"], by=request.person_id
        )
    return json_response({"booked": outcome.booked, "told": outcome.told, "lost": len(outcome.lost)}, then=_there(row))


def _place(
    uow: UnitOfWork, row: Mapping[str, Any], data: Mapping[str, Any], grid: Grid
) -> tuple[int, int] | None:
    """Evening and cell that were named, or those the plan has."""
    if data["day"] is not None and data["clock"] is not None:
        return grid.place(data["day"], time.fromisoformat(data["clock"]))
    plan = plans.by_id(uow.connection, data["plan_id"]) if data["plan_id"] else None
    if plan is None or plan["round_id"] != row["round_id"]:
        return None
    held = {f"{each.home_id}|{each.staff_id}": (each.evening, each.start) for each in planned_of(plan)}
    return held.get(data["pair"])


def _mend(uow: UnitOfWork, row: dict[str, Any], *, by: str) -> str:
    """From what is booked, as it is booked now."""
    if row["plan_id"] is None:
        return ask_plan(uow, row, preset=row["preset"], floor=row["floor"], limit_s=LIMITS[0], by=by)
    held = rounds_publishing.as_planned(uow, row)
    return ask_repair(uow, row, row["plan_id"], planned=held, by=by)


def _chosen(
    request: Request, uow: UnitOfWork, row: Mapping[str, Any], known: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The plan that was asked for; else the newest that is done."""
    wanted = request.query["plan"]
    done = [each["plan_id"] for each in known if each["state"] == plans.DONE]
    plan_id = wanted if wanted in done else next(iter(done), None)
    return plans.by_id(uow.connection, plan_id) if plan_id else None


def _full(request: Request, uow: UnitOfWork, row: Mapping[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """A finished plan: figures beside those of first come, first served, pictures, refused wishes, fairness."""
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    job, planned, grid = Job.of(plan["job"]), planned_of(plan), grid_of(row, school)
    homes = store.homes(uow.connection, row["round_id"])
    order = sorted(homes, key=lambda key: (homes[key]["answered_at"] is None, homes[key]["answered_at"], key))
    called = rounds_shown.names_of(uow, job, homes)
    mine, theirs = report(job, planned), report(job, first_come(job, order))
    pictured = {"staff": called.staff, "homes": called.homes, "language": request.locale}
    result = plan["result"]
    return {
        "plan": plan,
        "published": row["plan_id"] == plan["plan_id"],
        "tiles": rounds_shown.tiles(mine, theirs, result),
        "report": mine,
        "first": theirs,
        "gap": result.get("gap"),
        "pictures": rounds_picture.teachers(job, planned, grid, **pictured),
        "waiting": rounds_picture.waiting(job, planned, grid, **pictured),
        "refused": rounds_shown.refused(
            job, planned, grid, result, called=called, language=request.locale,
            away=(plan["job"].get("before") or {}).get("absent", ()),
        ),
        "nothing": rounds_shown.nothing(job, mine, called=called),
        "advice": rounds_shown.advice(job, grid, result, called=called, language=request.locale),
        "fairness": rounds_shown.fairness(uow, job, planned, homes, locale=request.locale),
        "unspoken": rounds_shown.unspoken(row, homes, locale=request.locale),
        "locks": _locks(request, uow, row, called),
        "lockable": _lockable(request, planned, grid, called=called),
        "moved": rounds_shown.changed(uow, row, plan, planned, called=called) if row["plan_id"] else None,
        "staff": sorted(called.staff.items(), key=lambda pair: pair[1]),
        "away": [
            (each["staff_id"], called.staff.get(each["staff_id"], each["staff_id"]))
            for each in store.teachers(uow.connection, row["round_id"])
            if each["absent"]
        ],
    }


def _brief(request: Request, plan: Mapping[str, Any], school: people.School, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **plan,
        "when": spoken_time(plan["asked_at"], zone=school.zone, language=request.locale),
        "published": row["plan_id"] == plan["plan_id"],
    }


def _locks(
    request: Request, uow: UnitOfWork, row: Mapping[str, Any], called: rounds_shown.Called
) -> list[dict[str, str]]:
    return [
        {
            "pair": f"{each['home_id']}|{each['staff_id']}",
            "text": f"{called.homes.get(each['home_id'], '')} · {called.staff.get(each['staff_id'], '')} · "
            f"{day_words(each['on_day'], language=request.locale)}, "
            f"{clock_words(time.fromisoformat(each['start']), language=request.locale)}",
        }
        for each in store.locks(uow.connection, row["round_id"])
    ]


def _lockable(
    request: Request, planned: Sequence[Planned], grid: Grid, *, called: rounds_shown.Called
) -> list[tuple[str, str]]:
    """Wishes that can be fixed, each with the words for it; where they stand now first."""
    found = []
    for each in planned:
        if not each.locked:
            wall = grid.wall(each.evening, each.start)
            words = f"{day_words(wall.date(), language=request.locale)}, {clock_words(wall.time(), language=request.locale)}"
            who = f"{called.homes.get(each.home_id, '')} · {called.staff.get(each.staff_id, '')}"
            found.append((f"{each.home_id}|{each.staff_id}", f"{who} ({words})"))
    return sorted(found, key=lambda pair: pair[1])


def _evenings(row: Mapping[str, Any]) -> list[Span]:
    return [Span.of(each) for each in row["evenings"]]


def _there(row: Mapping[str, Any]) -> str:
    return f"/scheduling/rounds/{row['round_id']}/plan"


