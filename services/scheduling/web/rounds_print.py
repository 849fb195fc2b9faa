"""A plan on paper: a sheet per teacher for their door, the list of the entrance by family, and CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from services.scheduling.domain.rounds import GRID, Grid
from services.scheduling.domain.rounds_instance import Job, Planned
from services.scheduling.handlers.rounds_planning import grid_of
from services.scheduling.handlers.rounds_publishing import as_planned, planned_of
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from services.scheduling.web import rounds_shown
from services.scheduling.web.rounds_office import OFFICE, own_round
from services.scheduling.web.rounds_planner import PlanQuery
from services.scheduling.web.rounds_words import clock_words, day_words, language_name
from services.scheduling.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, file_response, not_found, page

COLUMNS = ("day", "start", "end", "teacher", "room", "family", "students", "mode", "interpreter", "must_see", "fixed")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins so (OWASP: CSV injection)


@api.get("/rounds/{round_id}/teachers", access=OFFICE, query=PlanQuery(), page=True)
def teacher_sheets(request: Request) -> Response:
    """A sheet per teacher, in order of time, a page each in print."""
    with request.unit_of_work() as uow:
        row, lines = _lines(request, uow)
    sheets: dict[str, dict[str, Any]] = {}
    for line in lines:
        sheet = sheets.setdefault(line["teacher"], {"name": line["teacher"], "room": line["room"], "days": {}})
        sheet["days"].setdefault(line["day"], []).append(line)
    ordered = [sheets[name] for name in sorted(sheets)]
    return page("scheduling/rounds_sheets.html", request, title=row["title"], sheets=ordered, round_id=row["round_id"])


@api.get("/rounds/{round_id}/door", access=OFFICE, query=PlanQuery(), page=True)
def door(request: Request) -> Response:
    """Who comes when and where to send them: by family name, evening by evening."""
    with request.unit_of_work() as uow:
        row, lines = _lines(request, uow)
    evenings: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for line in lines:
        evenings.setdefault(line["day"], {}).setdefault(line["family"], []).append(line)
    shown = [(day, sorted(families.items())) for day, families in evenings.items()]
    return page("scheduling/rounds_door.html", request, title=row["title"], evenings=shown, round_id=row["round_id"])


@api.get("/rounds/{round_id}/plan.csv", access=OFFICE, query=PlanQuery())
def plan_csv(request: Request) -> Response:
    """The plan for a spreadsheet, one meeting a line."""
    with request.unit_of_work() as uow:
        row, lines = _lines(request, uow)
        request.audit("export", row["round_id"], "allowed", record_type="conference_round", rule="works_at_school")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_safe(line[name]) for name in COLUMNS] for line in lines)
    return file_response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", filename="plan.csv")


def _lines(request: Request, uow: UnitOfWork) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The meetings of a plan, or of what is booked where none is named and one is published, in order of time."""
    row = own_round(request, uow)
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    grid = grid_of(row, school)
    plan = plans.by_id(uow.connection, request.query["plan"] or row["plan_id"] or "")
    if plan is None or plan["round_id"] != row["round_id"] or plan["state"] != plans.DONE:
        raise not_found("plan")
    booked = row["plan_id"] == plan["plan_id"]
    planned = as_planned(uow, row) if booked else planned_of(plan)
    job, homes = Job.of(plan["job"]), store.homes(uow.connection, row["round_id"])
    called = rounds_shown.names_of(uow, job, homes)
    wishes = {(wish["home_id"], wish["staff_id"]): wish for wish in store.wishes(uow.connection, row["round_id"])}
    guardians = people.guardians(uow.connection, homes)
    pupils = people.students(uow.connection, {child for home in homes.values() for child in home["students"]})
    rooms = {each["staff_id"]: each["room"] or "" for each in store.teachers(uow.connection, row["round_id"])}
    request.audit("view", row["round_id"], "allowed", record_type="conference_round", rule="works_at_school")

    def line(each: Planned) -> dict[str, Any]:
        home, wish = homes[each.home_id], wishes.get((each.home_id, each.staff_id), {"students": (), "weight": 0})
        guardian = guardians.get(each.home_id)
        return _times(grid, each, request.locale) | {
            "teacher": called.staff.get(each.staff_id, ""),
            "room": rooms.get(each.staff_id, ""),
            "family": f"{guardian.family_name}, {guardian.given_name}" if guardian is not None else "",
            "students": ", ".join(
                f"{pupils[child].given_name} {pupils[child].family_name}" for child in wish["students"] if child in pupils
            ),
            "mode": request.t(f"mode.{home['mode']}"),
            "interpreter": language_name(home["language"], request.locale) if home["language"] else "",
            "must_see": "1" if wish["weight"] == 4 else "",
            "fixed": "1" if each.locked else "",
        }

    ordered = sorted(planned, key=lambda each: (each.evening, each.start, each.staff_id))
    return row, [line(each) for each in ordered if each.home_id in homes]


def _times(grid: Grid, each: Planned, locale: str) -> dict[str, str]:
    wall = grid.wall(each.evening, each.start)
    end = wall + timedelta(minutes=GRID * each.cells)
    return {
        "day": day_words(wall.date(), language=locale),
        "start": clock_words(wall.time(), language=locale),
        "end": clock_words(end.time(), language=locale),
    }


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

