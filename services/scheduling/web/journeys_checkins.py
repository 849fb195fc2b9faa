"""Check-ins on a page: how many of a school's were held, and whose are waiting or were missed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.journeys_checkins import CheckinRules
from services.scheduling.handlers import checkins
from services.scheduling.store import journeys_checkins as store
from services.scheduling.store import journeys_homes, people
from services.scheduling.web.routes import api, name_of
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, staff

READERS = staff("teacher", "counselor", "principal", "office", "administrator")
STATES = ("missed", "offered", "booked", "unmarked", "done")


class CheckinsQuery(Schema):
    since = fields.Date(load_default=None)
    school = fields.Str(load_default=None, validate=validate.Length(1, 255))


class ShareOut(Schema):
    """`percent` of those whose time is over; null while there are none."""

    school_id = fields.Str()
    due = fields.Int()
    done = fields.Int()
    missed = fields.Int()
    unmarked = fields.Int()
    booked = fields.Int()
    offered = fields.Int()
    percent = fields.Int(allow_none=True)


class SharesOut(Schema):
    since = fields.Date()
    schools = fields.List(fields.Nested(ShareOut))


@api.get("/checkins", access=READERS, query=CheckinsQuery(), response=SharesOut())
def checkins_page(request: Request) -> Response:
    """Since the school year began, or a day: figures per school; on the page the reader's own families."""
    with request.unit_of_work() as uow:
        schools = list(request.schools) if request.role != "administrator" else journeys_homes.all_schools(uow.connection)
        wanted = request.query["school"]
        if wanted is not None and wanted not in schools:
            raise not_found("school")
        chosen = [wanted] if wanted is not None else schools
        known = people.schools(uow.connection, chosen)
        since = request.query["since"] or _year(uow, chosen)
        shares = checkins.share(uow, list(known), since=since)
        figures = [{"school_id": key, "percent": each.percent, **_counts(each)} for key, each in shares.items()]
        if not request.wants_html:
            return json_response({"since": since, "schools": figures})
        context = _context(request, uow, known, since)
    rows = [{**row, "name": known[str(row["school_id"])].name} for row in figures]
    return page("scheduling/journeys_checkins.html", request, title=request.t("checkins.title"), schools=rows, **context)


def _counts(share: checkins.Share) -> dict[str, int]:
    names = ("due", "done", "missed", "unmarked", "booked", "offered")
    return {name: getattr(share, name) for name in names}


def _year(uow: UnitOfWork, school_ids: list[str]) -> Any:
    """The first day of the earliest school year that runs; today where none does."""
    today = uow.now.date()
    terms = journeys_homes.first_days(uow.connection, school_ids)
    starts = [day for each in terms.values() if (day := checkins.year_starts(each, today)) is not None]
    return min(starts, default=today)


def _context(request: Request, uow: UnitOfWork, schools: dict[str, people.School], since: Any) -> dict[str, Any]:
    mine = request.person_id if request.role == "teacher" else None
    rows = [row for key in schools for row in store.of_school(uow.connection, key, since=since, staff_id=mine)]
    students = people.students(uow.connection, (row.student_id for row in rows))
    guardians = people.guardians(uow.connection, (row.guardian_id for row in rows))
    groups = [
        {
            "state": state,
            "rows": [
                {
                    "student_id": row.student_id,
                    "staff_id": row.staff_id,
                    "student": name_of(students.get(row.student_id)),
                    "guardian": name_of(guardians.get(row.guardian_id)),
                    "due": spoken_day(row.due_on, language=request.locale),
                    "misses": row.misses,
                    "plan": row.plan_id is not None,
                }
                for row in rows
                if row.state == state
            ],
        }
        for state in STATES
    ]
    on = {key: CheckinRules.of(school.settings) is not None for key, school in schools.items()}
    return {
        "groups": [group for group in groups if group["rows"]],
        "off": not any(on.values()),
        "since": spoken_day(since, language=request.locale),
    }
