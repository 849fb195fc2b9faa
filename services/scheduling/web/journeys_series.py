"""A teacher's series: made, moved as a whole or for one day, and called off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.scheduling.domain.series import Every, OnHoliday
from services.scheduling.handlers import series
from services.scheduling.handlers.permission import may_invite
from services.scheduling.schemas import MODES
from services.scheduling.store import journeys_homes, meetings, people
from services.scheduling.store import journeys_series as store
from services.scheduling.web.journeys_forms import notes, typed
from services.scheduling.web.routes import HOSTS, api, name_of, require, today
from services.scheduling.when import spoken_day, spoken_time
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, conflict, json_response, not_found, page
from shared.web.problems import invalid

SERIES = "/scheduling/series"
_ID = validate.Length(min=1, max=255)
_CLOCK = validate.Regexp(r"^([01]\d|2[0-3]):[0-5][05]$", error="expected HH:MM on five minutes, like 15:30")
_MINUTES = (5, 10, 15, 20, 25, 30, 40, 45, 60)


class SeriesIn(Schema):
    """`home` of a form is "student|guardian"; programs send the two ids."""

    home = fields.Str(load_default=None, validate=validate.Length(max=520))
    student_id = fields.Str(load_default=None, validate=_ID)
    guardian_id = fields.Str(load_default=None, validate=_ID)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    wall_time = fields.Str(required=True, validate=_CLOCK)
    minutes = fields.Int(load_default=20, validate=validate.OneOf(_MINUTES))
    every = fields.Str(required=True, validate=validate.OneOf([each.value for each in Every]))
    on_holiday = fields.Str(load_default="skip", validate=validate.OneOf([each.value for each in OnHoliday]))
    mode = fields.Str(required=True, validate=validate.OneOf(MODES))

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        if data["ends_on"] < data["starts_on"]:
            raise ValidationError("expected a day on or after the first one", "ends_on")
        if data["ends_on"] - data["starts_on"] > series.LONGEST:
            raise ValidationError("expected at most a year", "ends_on")
        if not data["home"] and not (data["student_id"] and data["guardian_id"]):
            raise ValidationError("expected a child and a guardian", "home")


class MoveIn(Schema):
    """From `since` on the series begins anew on `starts_on`, which gives its weekday."""

    since = fields.Date(required=True)
    starts_on = fields.Date(required=True)
    wall_time = fields.Str(required=True, validate=_CLOCK)


class DayIn(Schema):
    """`on`: the day of the rule. Without `to` that one is off."""

    on = fields.Date(required=True)
    to = fields.Date(load_default=None, allow_none=True)
    wall_time = fields.Str(load_default=None, validate=_CLOCK)


class DroppedOut(Schema):
    on = fields.Date()
    why = fields.Str()


class SeriesOut(Schema):
    """`dropped`: days without a meeting, and why: holiday, clocks, off, taken, refused."""

    series_id = fields.Str()
    dropped = fields.List(fields.Nested(DroppedOut))


@api.get("/series", access=HOSTS, page=True)
def my_series(request: Request) -> Response:
    """Own series with their days, and a form for a new one."""
    return _page(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, errors)


@api.post("/series", access=HOSTS, body=SeriesIn(), response=SeriesOut(), status=201, idempotent=True, invalid=_again)
def make_series(request: Request) -> Response:
    """Meetings with one guardian of an own student that repeat."""
    data = dict(request.data)
    student_id, guardian_id = _home(data)
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, student_id)
        student = people.students(uow.connection, [student_id])[student_id]
        on = today(uow, student.school_id)
        if data["starts_on"] < on:
            raise invalid({"starts_on": ["expected today or a day to come"]})
        known = people.known(uow.connection, [student_id])
        if not may_invite(known, guardian_id, student_id, district=uow.district, on=on).allowed:
            raise invalid({"home": ["expected a guardian of this student who hears from school"]})  # never why
        own = ("starts_on", "ends_on", "wall_time", "minutes", "every", "on_holiday", "mode")
        row = {name: data[name] for name in own} | {
            "kind": "asked",
            "student_id": student_id,
            "guardian_id": guardian_id,
            "staff_id": request.person_id,
            "school_id": student.school_id,
        }
        series_id, dropped = series.set_up(uow, request.ports, row, by=request.person_id)
    return _answer(series_id, dropped)


@api.post("/series/{series_id}/move", access=HOSTS, body=MoveIn(), response=SeriesOut())
def move_series(request: Request) -> Response:
    """All meetings from a day on at another weekday or time."""
    data = request.data
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        if not data["since"] <= data["starts_on"] <= row.ends_on:
            raise invalid({"starts_on": ["expected a day from which the series moves, no later than its last day"]})
        if data["starts_on"] < today(uow, row.school_id):
            raise invalid({"starts_on": ["expected today or a day to come"]})
        dropped = series.move_all(
            uow, request.ports, row.series_id, since=data["since"], starts_on=data["starts_on"], wall_time=data["wall_time"]
        )
    return _answer(row.series_id, dropped)


@api.post("/series/{series_id}/days", access=HOSTS, body=DayIn(), response=SeriesOut())
def change_day(request: Request) -> Response:
    """One meeting is moved or off, the others stay; 409 where the new time is taken, and nothing has changed."""
    data = request.data
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        if data["on"] not in {each.on_day for each in store.days(uow.connection, [row.series_id])}:
            raise invalid({"on": ["expected a day of this series"]})
        if data["to"] is not None and data["to"] < today(uow, row.school_id):
            raise invalid({"to": ["expected today or a day to come"]})
        why = series.change_day(
            uow, request.ports, row.series_id, data["on"], to=data["to"], wall_time=data["wall_time"], by=request.person_id
        )
        if why is not None:
            raise conflict(request.t(f"series.why.{why}"))
    return _answer(row.series_id, {})


@api.post("/series/{series_id}/cancel", access=HOSTS, response=SeriesOut())
def cancel_series(request: Request) -> Response:
    """What is ahead is called off, told in one message."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        series.cancel(uow, row.series_id)
    return _answer(row.series_id, {})


def _home(data: dict[str, Any]) -> tuple[str, str]:
    if data["home"]:
        student_id, _, guardian_id = str(data["home"]).partition("|")
        return student_id, guardian_id
    return str(data["student_id"]), str(data["guardian_id"])


def _own(request: Request, uow: UnitOfWork) -> Any:
    series_id = str(request.params["series_id"])
    row = store.by_id(uow.connection, [series_id]).get(series_id)
    if row is None or row.staff_id != request.person_id or row.state != store.ON:
        raise not_found("series")
    return row


def _answer(series_id: str, dropped: dict[date, str]) -> Response:
    rows = [{"on": on, "why": why} for on, why in sorted(dropped.items())]
    return json_response({"series_id": series_id, "dropped": rows}, then=SERIES)


def _page(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        rows = store.of_staff(uow.connection, request.person_id)
        mine = journeys_homes.taught_by(uow.connection, request.person_id)
        students = people.students(uow.connection, [*mine, *(row.student_id for row in rows)])
        links = people.links_of(uow.connection, mine)
        known = people.known(uow.connection, mine)
        guardians = people.guardians(uow.connection, [link.guardian_id for link in links] + [row.guardian_id for row in rows])
        on = today(uow, request.schools[0]) if request.schools else uow.now.date()
        homes = [
            (
                f"{link.student_id}|{link.guardian_id}",
                f"{name_of(students[link.student_id])} · {name_of(guardians[link.guardian_id])}",
            )
            for link in links
            if may_invite(known, link.guardian_id, link.student_id, district=uow.district, on=on).allowed
        ]
        cards = _cards(request, uow, rows, students, guardians)
    return page(
        "scheduling/journeys_series.html",
        request,
        title=request.t("series.title"),
        series=cards,
        homes=homes,
        typed=typed(request),
        errors=notes(errors),
        every=[(each.value, request.t(f"series.every.{each.value}")) for each in Every],
        holidays=[(each.value, request.t(f"series.holiday.{each.value}")) for each in OnHoliday],
        modes=[(mode, request.t(f"mode.{mode}")) for mode in request.ports.modes(list(MODES))],
        minutes=[(str(each), str(each)) for each in _MINUTES],
    )


def _cards(
    request: Request, uow: UnitOfWork, rows: list[Any], students: dict[str, Any], guardians: dict[str, Any]
) -> list[dict[str, Any]]:
    days = store.days(uow.connection, [row.series_id for row in rows])
    booked = meetings.by_id(uow.connection, [each.meeting_id for each in days if each.meeting_id])
    schools = people.schools(uow.connection, (row.school_id for row in rows))
    cards = []
    for row in rows:
        zone = schools[row.school_id].zone
        first = datetime.combine(row.starts_on, time.fromisoformat(row.wall_time))
        cards.append(
            {
                "series_id": row.series_id,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "every": row.every,
                "time": f"{first:%H:%M}",
                "mode": row.mode,
                "until": spoken_day(row.ends_on, language=request.locale),
                "days": [
                    {
                        "on": each.on_day.isoformat(),
                        "when": spoken_time(booked[each.meeting_id].start_at, zone=zone, language=request.locale)
                        if each.meeting_id in booked
                        else spoken_day(each.on_day, language=request.locale),
                        "why": each.why_not,
                    }
                    for each in days
                    if each.series_id == row.series_id and each.on_day + timedelta(days=1) > uow.now.date()
                ],
            }
        )
    return cards
