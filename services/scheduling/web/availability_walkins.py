"""Who came by: one tap writes it down, and the family's contact counts as contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.handlers.office_hours import Caller, walked_in
from services.scheduling.handlers.permission import may_book
from services.scheduling.store import people
from services.scheduling.store.availability_desk import families_of, walk_ins_of
from services.scheduling.web.routes import HOSTS, api, name_of, require, today
from services.scheduling.when import spoken_time
from shared.policy import Action
from shared.web import Request, Response, json_response, page
from shared.web.problems import invalid

SHOWN = timedelta(days=7)
_ID = validate.Length(min=1, max=255)


class WalkInIn(Schema):
    """`family`: "<student>|<guardian>", as the page's buttons have it."""

    family = fields.Str(required=True, validate=_ID)


class WalkInOut(Schema):
    walk_in_id = fields.Str()


@api.get("/walk-ins", access=HOSTS, page=True)
def walk_ins(request: Request) -> Response:
    """A button for each family of one's own students, and who came this week."""
    with request.unit_of_work() as uow:
        rows = families_of(uow.connection, request.person_id)
        known = people.known(uow.connection, sorted({row.student_id for row in rows}))
        schools = people.schools(uow.connection, {row.school_id for row in rows})
        allowed = [
            row
            for row in rows
            if row.school_id in schools
            and may_book(
                known, row.guardian_id, row.student_id, district=uow.district, on=schools[row.school_id].today(uow.now)
            ).allowed
        ]
        names = {(row.student_id, row.guardian_id): row for row in rows}
        came = walk_ins_of(uow.connection, request.person_id, uow.now - SHOWN)
    return page(
        "scheduling/walk_ins.html",
        request,
        title=request.t("walkin.title"),
        families=[(f"{row.student_id}|{row.guardian_id}", name_of(row), row.child) for row in allowed],
        came=[
            (
                _who(names.get((row.student_id, row.guardian_id))),
                spoken_time(row.at, zone=schools[row.school_id].zone, language=request.locale),
            )
            for row in came
            if row.school_id in schools
        ],
    )


@api.post("/walk-ins", access=HOSTS, body=WalkInIn(), response=WalkInOut(), status=201, idempotent=True)
def post_walk_in(request: Request) -> Response:
    """A family of an own student was here."""
    student_id, _, guardian_id = request.data["family"].partition("|")
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, student_id)
        school_id = people.students(uow.connection, [student_id])[student_id].school_id
        known = people.known(uow.connection, [student_id])
        on = today(uow, school_id)
        if not may_book(known, guardian_id, student_id, district=uow.district, on=on).allowed:
            raise invalid({"family": ["expected a guardian of this student who may meet the school"]})  # never why
        walk_in_id = walked_in(uow, Caller(guardian_id, student_id, request.person_id, school_id))
    return json_response({"walk_in_id": walk_in_id}, then="/scheduling/walk-ins")


def _who(row: Any | None) -> str:
    return f"{name_of(row)} · {row.child}" if row is not None else ""
