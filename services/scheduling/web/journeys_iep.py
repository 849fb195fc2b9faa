"""Special-education meetings for staff: planned, noticed, every attempt on the record, held; and the record to print."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.iep import ANSWERS, Channel, IepRules, Purpose, Result, earliest_day
from services.scheduling.domain.series import instant
from services.scheduling.handlers import attempts
from services.scheduling.handlers.attempts import SYSTEM, Attempt
from services.scheduling.store import journeys_homes, people
from services.scheduling.store import journeys_iep as store
from services.scheduling.web.journeys_forms import notes, typed
from services.scheduling.web.journeys_iep_table import table
from services.scheduling.web.routes import api, name_of, require
from services.scheduling.when import spoken_day, spoken_time
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, conflict, file_response, json_response, not_found, page, staff
from shared.web.problems import invalid

IEP = "/scheduling/iep"
TEAM = staff("teacher", "counselor", "principal", "office")
BY_HAND = tuple(each for each in Channel if each not in (Channel.MESSAGE, Channel.PAGE))
_ID = validate.Length(min=1, max=255)


class IepIn(Schema):
    """Wall time at school. `team`: staff besides the organizer, who is always in it."""

    student_id = fields.Str(required=True, validate=_ID)
    purpose = fields.Str(required=True, validate=validate.OneOf([each.value for each in Purpose]))
    on = fields.Date(required=True)
    at = fields.Time(required=True)
    minutes = fields.Int(load_default=60, validate=validate.OneOf((30, 45, 60, 90, 120)))
    place = fields.Str(required=True, validate=validate.Length(1, 120))
    team = fields.List(fields.Str(validate=_ID), load_default=list, validate=validate.Length(max=20))
    student_invited = fields.Bool(load_default=False)
    interpreter = fields.Str(load_default=None, validate=validate.Length(2, 20))


class ReadyIn(Schema):
    """`document`: a paper that goes with the notice, by name; `checked`: its translation was read by a person."""

    interpreter_ready = fields.Bool(load_default=None)
    document = fields.Str(load_default=None, validate=validate.Length(1, 120))
    language = fields.Str(load_default="en", validate=validate.Length(2, 20))
    checked = fields.Bool(load_default=False)


class AttemptIn(Schema):
    """Wall time at school; empty: just now. `note`: facts of the attempt, never opinions of a parent."""

    guardian_id = fields.Str(required=True, validate=_ID)
    channel = fields.Str(required=True, validate=validate.OneOf([each.value for each in BY_HAND]))
    result = fields.Str(required=True, validate=validate.OneOf([each.value for each in Result]))
    on = fields.Date(load_default=None)
    at = fields.Time(load_default=None)
    note = fields.Str(load_default="", validate=validate.Length(max=300))
    corrects = fields.Str(load_default=None, validate=_ID)


class HeldIn(Schema):
    with_parent = fields.Bool(required=True)


class MoveIn(Schema):
    on = fields.Date(required=True)
    at = fields.Time(required=True)
    place = fields.Str(load_default=None, validate=validate.Length(1, 120))


class IepOut(Schema):
    """`lacks`: what must be mended before the notice may go."""

    iep_meeting_id = fields.Str()
    state = fields.Str()
    lacks = fields.List(fields.Str())


class AttemptOut(Schema):
    attempt_id = fields.Str()


@api.get("/iep", access=TEAM, page=True)
def iep_meetings(request: Request) -> Response:
    """Open meetings of the reader's schools about children the reader may see, and a form for a new one."""
    return _list(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _list(request, errors)


@api.post("/iep", access=TEAM, body=IepIn(), response=IepOut(), status=201, idempotent=True, invalid=_again)
def plan_meeting(request: Request) -> Response:
    """Plan a meeting: the team's time is taken; the notice goes when everything is ready."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, data["student_id"])
        student = people.students(uow.connection, [data["student_id"]])[data["student_id"]]
        start = _instant(uow, student.school_id, data["on"], data["at"])
        team = list(dict.fromkeys([request.person_id, *data["team"]]))
        known = {row.staff_id for row in journeys_homes.staff_of_school(uow.connection, student.school_id)}
        if not set(team) - {request.person_id} <= known:
            raise invalid({"team": ["expected staff of the child's school"]})
        row = {
            "student_id": student.student_id,
            "school_id": student.school_id,
            "purpose": data["purpose"],
            "team": [{"staff_id": each} for each in team],
            "student_invited": data["student_invited"],
            "interpreter": data["interpreter"],
            "start_at": start,
            "end_at": start + timedelta(minutes=data["minutes"]),
            "place": data["place"],
        }
        meeting_id, busy = attempts.plan(uow, row, by=request.person_id)
        if meeting_id is None:
            raise conflict(_busy(uow, busy))
        planned = store.by_id(uow.connection, meeting_id)
        missing = [lack.value for lack in attempts.lacks(uow, planned)]
    answer = {"iep_meeting_id": meeting_id, "state": store.PLANNED, "lacks": missing}
    return json_response(answer, then=f"{IEP}/{meeting_id}")


@api.get("/iep/{meeting_id}", access=TEAM, page=True)
def iep_meeting(request: Request) -> Response:
    """What is lacking, who has answered, the record, and what can be done."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        context = _context(request, uow, row)
    return page("scheduling/journeys_iep_meeting.html", request, title=context["heading"], **context)


@api.post("/iep/{meeting_id}/ready", access=TEAM, body=ReadyIn(), response=IepOut())
def make_ready(request: Request) -> Response:
    """The interpreter is booked; a document is there; a person has checked it."""
    data = request.data
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        change: dict[str, Any] = {"iep_meeting_id": row.iep_meeting_id}
        if data["interpreter_ready"] is not None:
            change["interpreter_ready"] = data["interpreter_ready"]
        if data["document"]:
            checked = {"checked_by": request.person_id, "checked_at": uow.now.isoformat()} if data["checked"] else {}
            paper = {"name": data["document"], "language": data["language"], "checked_by": None, "checked_at": None, **checked}
            others = [each for each in row.documents if (each["name"], each["language"]) != (paper["name"], paper["language"])]
            change["documents"] = [*others, paper]
        if len(change) > 1:
            store.change(uow.connection, change)
        return _answer(uow, row.iep_meeting_id)


@api.post("/iep/{meeting_id}/notice", access=TEAM, response=IepOut())
def give_notice(request: Request) -> Response:
    """Notify every home; 409 names what is lacking, and nothing goes."""
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        missing = attempts.notice(uow, request.ports, row)
        if missing:
            raise conflict(" ".join(request.t(f"iep.lack.{lack.value}") for lack in missing))
        return _answer(uow, row.iep_meeting_id)


@api.post("/iep/{meeting_id}/move", access=TEAM, body=MoveIn(), response=IepOut())
def move_meeting(request: Request) -> Response:
    """Another time, as a parent asked or the school must: a new notice has to go."""
    data = request.data
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        start = _instant(uow, row.school_id, data["on"], data["at"])
        try:
            attempts.move(uow, row, start=start, end=start + (row.end_at - row.start_at), place=data["place"] or row.place)
        except attempts.Busy as error:
            raise conflict(_busy(uow, error.staff_ids)) from None
        return _answer(uow, row.iep_meeting_id)


@api.post("/iep/{meeting_id}/call-off", access=TEAM, response=IepOut())
def call_off_meeting(request: Request) -> Response:
    """It will not take place, and no other time is named yet."""
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        attempts.call_off(uow, row)
        return _answer(uow, row.iep_meeting_id)


@api.post("/iep/{meeting_id}/attempts", access=TEAM, body=AttemptIn(), response=AttemptOut(), status=201, idempotent=True)
def record_attempt(request: Request) -> Response:
    """One more row of the record; a wrong row is corrected by another one, never changed."""
    data = request.data
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        asked = {home.guardian_id for home in attempts.parents(uow, row)}
        if data["guardian_id"] not in asked:
            raise invalid({"guardian_id": ["expected a parent who is invited to this meeting"]})
        known = {each.attempt_id for each in store.attempts(uow.connection, row.iep_meeting_id)}
        if data["corrects"] is not None and data["corrects"] not in known:
            raise invalid({"corrects": ["expected an attempt of this meeting"]})
        at = uow.now
        if data["on"] is not None and data["at"] is not None:
            at = _instant(uow, row.school_id, data["on"], data["at"], past=True)
        attempt = Attempt(
            data["guardian_id"], at, request.person_id, Channel(data["channel"]), Result(data["result"]),
            data["note"].strip(), data["corrects"],
        )  # fmt: skip
        (attempt_id,) = attempts.record(uow, row.iep_meeting_id, [attempt], version=row.notice_version)
    return json_response({"attempt_id": attempt_id}, then=f"{IEP}/{row.iep_meeting_id}")


@api.post("/iep/{meeting_id}/held", access=TEAM, body=HeldIn(), response=IepOut())
def meeting_held(request: Request) -> Response:
    """It took place; without a parent only where the record is enough (409 says for whom it is not, and why)."""
    with request.unit_of_work() as uow:
        row = _open(request, uow)
        if row.start_at > uow.now:
            raise conflict(request.t("iep.not_yet"))
        refused = attempts.held(uow, row, with_parent=request.data["with_parent"])
        if refused:
            guardians = people.guardians(uow.connection, refused)
            said = (f"{name_of(guardians.get(key))}: {request.t(f'iep.refusal.{why.value}')}" for key, why in refused.items())
            raise conflict(" ".join(said))
        return _answer(uow, row.iep_meeting_id)


@api.get("/iep/{meeting_id}/record", access=TEAM, page=True)
def printed_record(request: Request) -> Response:
    """The record of attempts, to print and keep (34 CFR 300.322(d))."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        context = _context(request, uow, row)
    return page("scheduling/journeys_iep_record.html", request, title=request.t("iep.record"), **context)


@api.get("/iep/{meeting_id}/record.csv", access=TEAM)
def record_as_csv(request: Request) -> Response:
    """The record as a table, times in UTC, with each row's digest."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        rows = store.attempts(uow.connection, row.iep_meeting_id)
    return file_response(table(rows), media_type="text/csv; charset=utf-8", filename="attempts.csv")


def _own(request: Request, uow: UnitOfWork) -> Any:
    row = store.by_id(uow.connection, str(request.params["meeting_id"]))
    if row is None or row.school_id not in request.schools:
        raise not_found("meeting")
    require(request, uow, Action.VIEW, row.student_id)
    return row


def _open(request: Request, uow: UnitOfWork) -> Any:
    row = _own(request, uow)
    if row.state not in store.OPEN:
        raise conflict(request.t("iep.over"))
    return row


def _instant(uow: UnitOfWork, school_id: str, on: Any, at: Any, *, past: bool = False) -> datetime:
    """A wall time at school as an instant; 422 where the clocks never show it, or it has passed (or not yet, if `past`)."""
    school = people.schools(uow.connection, [school_id])[school_id]
    found = instant(on, at.replace(second=0, microsecond=0), school.zone)
    if found is None:
        raise invalid({"at": ["expected a time that the clocks show once on that day"]})
    if past and found > uow.now:
        raise invalid({"on": ["expected a time that has passed"]})
    if not past and found <= uow.now:
        raise invalid({"on": ["expected a time to come"]})
    return found


def _busy(uow: UnitOfWork, staff_ids: frozenset[str]) -> str:
    rows = people.staff(uow.connection, staff_ids)
    names = ", ".join(sorted(name_of(row) for row in rows.values()))
    return f"These members of the team have something else at that time: {names}. Choose another time."


def _answer(uow: UnitOfWork, meeting_id: str) -> Response:
    row = store.by_id(uow.connection, meeting_id)
    missing = [lack.value for lack in attempts.lacks(uow, row)]
    answer = {"iep_meeting_id": meeting_id, "state": row.state if row is not None else "", "lacks": missing}
    return json_response(answer, then=f"{IEP}/{meeting_id}")


def _list(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        rows = store.of_schools(uow.connection, request.schools, store.OPEN)
        mine = journeys_homes.taught_by(uow.connection, request.person_id)
        if request.role == "teacher":
            rows = [row for row in rows if row.student_id in mine]
            students = people.students(uow.connection, mine)
        else:
            own = journeys_homes.students_of_schools(uow.connection, request.schools)
            students = people.students(uow.connection, (row.student_id for row in own))
        schools = people.schools(uow.connection, request.schools)
        colleagues = [row for key in request.schools for row in journeys_homes.staff_of_school(uow.connection, key)]
        earliest = [
            earliest_day(
                school.today(uow.now),
                school_days=IepRules.of(school.settings).notice_school_days,
                holidays=school.holidays,
            )
            for school in schools.values()
        ]
        meetings = [
            {
                "meeting_id": row.iep_meeting_id,
                "student": name_of(students.get(row.student_id)),
                "when": spoken_time(row.start_at, zone=schools[row.school_id].zone, language=request.locale),
                "purpose": row.purpose,
                "state": row.state,
            }
            for row in rows
        ]
    return page(
        "scheduling/journeys_iep.html",
        request,
        title=request.t("iep.title"),
        meetings=meetings,
        students=sorted(((key, name_of(row)) for key, row in students.items()), key=lambda pair: pair[1]),
        team=[(row.staff_id, name_of(row)) for row in colleagues if row.staff_id != request.person_id],
        purposes=[(each.value, request.t(f"iep.purpose.{each.value}")) for each in Purpose],
        earliest=spoken_day(max(earliest), language=request.locale) if earliest else "",
        typed=typed(request),
        errors=notes(errors),
    )


def _context(request: Request, uow: UnitOfWork, row: Any) -> dict[str, Any]:
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    student = people.students(uow.connection, [row.student_id])[row.student_id]
    rows = store.attempts(uow.connection, row.iep_meeting_id)
    asked = attempts.parents(uow, row)
    guardians = people.guardians(uow.connection, [each.guardian_id for each in rows] + [home.guardian_id for home in asked])
    team = people.staff(uow.connection, [each["staff_id"] for each in row.team] + [each.by_id for each in rows])
    answers = {each.guardian_id: each for each in store.answers(uow.connection, row.iep_meeting_id)}
    wrong = {each.corrects for each in rows if each.corrects}
    refused = attempts.refusals(uow, row)

    def when(moment: datetime) -> str:
        return spoken_time(moment, zone=school.zone, language=request.locale)

    return {
        "heading": f"{name_of(student)} · {request.t(f'iep.purpose.{row.purpose}')}",
        "meeting": row,
        "school": school.name,
        "student": name_of(student),
        "when": when(row.start_at),
        "noticed": when(row.notice_at) if row.notice_at else None,
        "open": row.state in store.OPEN,
        "past": row.start_at <= uow.now,
        "team": [name_of(team.get(each["staff_id"])) for each in row.team],
        "lacks": [each.value for each in attempts.lacks(uow, row)] if row.state == store.PLANNED else [],
        "parents": [
            {
                "guardian_id": home.guardian_id,
                "name": name_of(guardians.get(home.guardian_id)),
                "answer": answers[home.guardian_id].answer
                if home.guardian_id in answers and answers[home.guardian_id].notice_version == row.notice_version
                else None,
                "refusal": refused.get(home.guardian_id),
            }
            for home in asked
        ],
        "attempts": [
            {
                "n": each.place_in_row,
                "attempt_id": each.attempt_id,
                "when": when(each.at),
                "by": "Homeroom" if each.by_id == SYSTEM else name_of(team.get(each.by_id) or guardians.get(each.by_id)),
                "guardian": name_of(guardians.get(each.guardian_id)),
                "channel": each.channel,
                "result": each.result,
                "version": each.content_version,
                "note": each.note if each.result not in ANSWERS or each.channel != Channel.PAGE else "",
                "wrong": each.attempt_id in wrong,
                "digest": each.digest[:12],
            }
            for each in rows
        ],
        "broken": attempts.broken(rows),
        "channels": [(each.value, request.t(f"iep.channel.{each.value}")) for each in BY_HAND],
        "results": [(each.value, request.t(f"iep.result.{each.value}")) for each in Result if each is not Result.SENT],
        "printed": when(uow.now),
    }
