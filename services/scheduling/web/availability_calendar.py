"""A teacher's week, a card a day: whom they meet, what is still free, when they are busy elsewhere; it prints on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marshmallow import Schema, fields

from services.scheduling.domain.windows import Interval, Slot
from services.scheduling.handlers import availability
from services.scheduling.store import availability as store
from services.scheduling.store import people
from services.scheduling.store.availability_desk import week_of
from services.scheduling.web.availability_week import clock, day_name, span
from services.scheduling.web.routes import HOSTS, api, name_of
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, page
from shared.web.problems import not_found

WEEK = timedelta(days=7)
_SCHOOL_DAYS = 5


class WeekQuery(Schema):
    """Any day of the week that is wanted; without it the week of today."""

    day = fields.Date(load_default=None)


@dataclass(frozen=True)
class _Week:
    """What a week holds, read once; `zone` is the school's."""

    school: people.School
    language: str
    booked: Sequence[Any]
    away: Sequence[Interval]
    free: Sequence[Slot]
    days_off: Sequence[dict[str, str]]
    students: dict[str, Any]
    guardians: dict[str, Any]

    def day(self, day: date, *, today: date) -> dict[str, Any]:
        """One card; `entries` are (time, kind, what) in order."""
        zone, language = self.school.zone, self.language
        entries = [
            (row.start_at, span(row.start_at, row.end_at, zone=zone, language=language), "meeting", self._meeting(row))
            for row in self.booked
            if row.start_at.astimezone(zone).date() == day
        ]
        begin, end = _bounds(day, self.school)
        entries += [
            (max(each.start, begin), span(max(each.start, begin), min(each.end, end), zone=zone, language=language), "busy", {})
            for each in self.away
            if each.overlaps(Interval(begin, end))
        ]
        free = [clock(slot.start, zone, language) for slot in self.free if slot.start.astimezone(zone).date() == day]
        off = any(each["first"] <= day.isoformat() <= each["last"] for each in self.days_off)
        return {
            "name": day_name(day, language),
            "today": day == today,
            "closed": day in self.school.holidays,
            "off": off,
            "entries": [entry[1:] for entry in sorted(entries, key=lambda entry: entry[:2])],
            "free": ", ".join(free),
        }

    def _meeting(self, row: Any) -> dict[str, Any]:
        return {
            "student_id": row.student_id,
            "student": name_of(self.students.get(row.student_id)),
            "guardian": name_of(self.guardians.get(row.guardian_id)),
            "mode": row.mode,
            "dial_in": row.dial_in,
            "clash": any(each.overlaps(Interval(row.start_at, row.end_at)) for each in self.away),
        }


@api.get("/calendar/week", access=HOSTS, query=WeekQuery(), page=True)
def week(request: Request) -> Response:
    """One week of one's own; weekends only where there is something on them."""
    with request.unit_of_work() as uow:
        me = people.staff(uow.connection, [request.person_id]).get(request.person_id)
        at = me.school_ids[0] if me is not None and me.school_ids else ""
        school = people.schools(uow.connection, [at]).get(at)
        if school is None:
            raise not_found("calendar")
        today = school.today(uow.now)
        monday = _monday(request.query["day"] or today)
        seen = _read(request, uow, school, monday)
    cards = [seen.day(monday + timedelta(days=n), today=today) for n in range(7)]
    return page(
        "scheduling/calendar_week.html",
        request,
        title=request.t("week.title", day=day_name(monday, request.locale)),
        days=[card for n, card in enumerate(cards) if n < _SCHOOL_DAYS or card["entries"] or card["free"]],
        before=(monday - WEEK).isoformat(),
        after=(monday + WEEK).isoformat(),
    )


def _read(request: Request, uow: UnitOfWork, school: people.School, monday: date) -> _Week:
    me, connection = request.person_id, uow.connection
    start, until = _bounds(monday, school)[0], _bounds(monday + timedelta(days=6), school)[1]
    booked = week_of(connection, me, start=start, until=until)
    limits = store.limits(connection, [me]).get(me)
    return _Week(
        school=school,
        language=request.locale,
        booked=booked,
        away=store.external_busy(connection, [me], start=start, until=until).get(me, []),
        free=availability.free(uow, [me], max(start, uow.now), until)[me] if until > uow.now else [],
        days_off=limits.days_off if limits is not None else [],
        students=people.students(connection, (row.student_id for row in booked)),
        guardians=people.guardians(connection, (row.guardian_id for row in booked)),
    )


def _bounds(day: date, school: people.School) -> tuple[datetime, datetime]:
    """The day's midnights at school, in UTC."""
    start, end = (datetime.combine(each, time(), school.zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return start, end


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
