"""One visit for several children: a guardian's open offers as times back to back, booked together by one press."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.handlers import announce, siblings
from services.scheduling.schemas import MODES
from services.scheduling.store import meetings, people
from services.scheduling.store import offers as offer_store
from services.scheduling.web.routes import api, local, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page
from shared.web.problems import link_refused


class VisitIn(Schema):
    """`visit`: its key, as the page gave it."""

    visit = fields.Str(required=True, validate=validate.Length(1, 40))
    mode = fields.Str(load_default=None, validate=validate.OneOf(MODES))


@api.get("/visit/{token}", access=link("offer", single_use=False), page=True)
def visit(request: Request) -> Response:
    """The times at which all of a guardian's children can be talked about one after the other."""
    with request.unit_of_work() as uow:
        rows = _rows(request, uow)
        return page("scheduling/journeys_visit.html", request, title=request.t("visit.title"), **_context(request, uow, rows))


@api.post("/visit/{token}", access=link("offer"), body=VisitIn(), page=True)
def book_visit(request: Request) -> Response:
    """Book all of the visit's meetings, or say that the visit is gone and show the next ones."""
    with request.unit_of_work() as uow:
        rows = _rows(request, uow)
        booked = siblings.book(uow, request.ports, rows, request.data["visit"], mode=request.data["mode"])
        if booked:
            context = _booked(request, uow, booked)
            return page("scheduling/journeys_visit_booked.html", request, title=request.t("meeting.title"), stops=context)
    raise link_refused()


def _rows(request: Request, uow: UnitOfWork) -> list[Any]:
    """Open offers of the link's guardian that can be put together; else the link leads to nothing here."""
    assert request.link is not None
    row = offer_store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.guardian_id != request.person_id or row.state != offer_store.OPEN:
        raise link_refused()
    rows = siblings.together(uow, row)
    if len(rows) < 2:
        raise link_refused()
    return rows


def _context(request: Request, uow: UnitOfWork, rows: list[Any]) -> dict[str, Any]:
    assert request.link is not None
    language = request.link.language
    zone = people.schools(uow.connection, [rows[0].school_id])[rows[0].school_id].zone
    students = people.students(uow.connection, (row.student_id for row in rows))
    teachers = people.staff(uow.connection, (row.staff_id for row in rows))
    by_id = {row.offer_id: row for row in rows}
    modes = [mode for mode in rows[0].modes if all(mode in row.modes for row in rows)]
    found = siblings.choices(uow, rows)
    return {
        "token": request.params["token"],
        "language": language,
        "children": [students[row.student_id].given_name for row in rows],
        "modes": modes,
        "visits": [
            {
                "key": siblings.key_of(each),
                "stops": [
                    {
                        "when": spoken_time(slot.start, zone=zone, language=language),
                        "teacher": name_of(teachers.get(by_id[offer_id].staff_id)),
                        "student": students[by_id[offer_id].student_id].given_name,
                    }
                    for offer_id, slot in each.stops
                ],
            }
            for each in found
        ],
    }


def _booked(request: Request, uow: UnitOfWork, meeting_ids: list[str]) -> list[dict[str, Any]]:
    assert request.link is not None
    language = request.link.language
    rows = sorted(meetings.by_id(uow.connection, meeting_ids).values(), key=lambda row: row.start_at)
    students = people.students(uow.connection, (row.student_id for row in rows))
    teachers = people.staff(uow.connection, (row.staff_id for row in rows))
    zones = {each.school_id: each.zone for each in people.schools(uow.connection, (row.school_id for row in rows)).values()}
    return [
        {
            "when": spoken_time(row.start_at, zone=zones[row.school_id], language=language),
            "language": language,
            "teacher": name_of(teachers.get(row.staff_id)),
            "student": students[row.student_id].given_name,
            "mode": row.mode,
            "link": local(announce.link(uow, request.ports, dict(row._mapping), language=language)),
        }
        for row in rows
    ]
