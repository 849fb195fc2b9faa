"""A parent's page of a special-education meeting: what it is for, when, where, who attends, and the answer."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.handlers import attempts
from services.scheduling.store import journeys_iep as store
from services.scheduling.store import people
from services.scheduling.web.routes import api, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused


class AnswerIn(Schema):
    answer = fields.Str(required=True, validate=validate.OneOf(list(attempts.ANSWERS)))


@api.get("/notice/{token}", access=link("iep", single_use=False), page=True)
def notice(request: Request) -> Response:
    """The notice, and the answer that was given to it."""
    with request.unit_of_work() as uow:
        row = _meeting(request, uow)
        context = _context(request, uow, row)
    return page("scheduling/journeys_notice.html", request, title=request.t("notice.title"), **context)


@api.post("/notice/{token}", access=link("iep"), body=AnswerIn(), page=True)
def answer_notice(request: Request) -> Response:
    """One answer by this link; whoever changes their mind writes or calls, and that is on the record too."""
    with request.unit_of_work() as uow:
        row = _meeting(request, uow)
        if row.state != store.NOTICED or row.start_at <= uow.now:
            raise link_refused()
        attempts.answered(uow, row, request.person_id, request.data["answer"])
    return redirect(f"/scheduling/notice/{request.params['token']}")


def _meeting(request: Request, uow: UnitOfWork) -> Any:
    """The link's meeting where policy lets this parent be invited; one refusal for all else."""
    assert request.link is not None
    row = store.by_id(uow.connection, request.link.resource)
    if row is None or row.notice_version == 0 or not attempts.may_answer(uow, row, request.person_id):
        raise link_refused()
    return row


def _context(request: Request, uow: UnitOfWork, row: Any) -> dict[str, Any]:
    assert request.link is not None
    language = request.link.language
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    team = people.staff(uow.connection, [each["staff_id"] for each in row.team])
    mine = next(
        (each for each in store.answers(uow.connection, row.iep_meeting_id) if each.guardian_id == request.person_id), None
    )
    current = mine is not None and mine.notice_version == row.notice_version
    return {
        "token": request.params["token"],
        "language": language,
        "student": people.students(uow.connection, [row.student_id])[row.student_id].given_name,
        "when": spoken_time(row.start_at, zone=school.zone, language=language),
        "place": row.place,
        "purpose": row.purpose,
        "team": [name_of(team.get(each["staff_id"])) for each in row.team],
        "interpreter": row.interpreter,
        "invited": row.student_invited,
        "answer": mine.answer if current and mine is not None else None,
        "open": row.state == store.NOTICED and row.start_at > uow.now,
        "moved": row.state == store.PLANNED,
        "called_off": row.state == store.CANCELLED,
        "answers": list(attempts.ANSWERS),
        "phone": school.settings.get("office_phone"),
        "documents": [each["name"] for each in row.documents],
    }
