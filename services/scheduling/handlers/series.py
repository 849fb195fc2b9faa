"""Series of meetings: booked for months ahead, moved or called off as a whole or one day at a time, told in one message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.series import Change, Every, Occurrence, OnHoliday, Rule, occurrences
from services.scheduling.handlers import booking
from services.scheduling.handlers.booking import Fixed
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import availability, meetings, people
from services.scheduling.store import journeys_series as store
from shared.ids import derived_id, new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

LONGEST = timedelta(days=366)  # of a series: a school year; who wants more makes another
GOOD = ("booked", "unchanged")
AHEAD = 12  # times named in the message; the calendar has all


def set_up(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], *, by: str) -> tuple[str, dict[date, str]]:
    """A new series from its columns (without id, zone and state); returns its id and the days not booked, with why.

    The zone is the school's of today and stays: what holds is the wall time.
    """
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    series_id = new_id()
    whole = {
        **row,
        "series_id": series_id,
        "zone": str(school.zone),
        "state": store.ON,
        "made_by": by,
        "made_at": uow.now,
    }
    store.save(uow.connection, whole)
    dropped = _write(uow, ports, series_id)
    return series_id, dropped


def move_all(
    uow: UnitOfWork, ports: Ports, series_id: str, *, since: date, starts_on: date, wall_time: str
) -> dict[date, str]:
    """All meetings from a day on at another weekday or time; what was before stays. Returns days not booked, with why.

    It becomes a series of its own from `since` on, so that what was met before is not rewritten.
    """
    row = {str(name): value for name, value in store.by_id(uow.connection, [series_id])[series_id]._mapping.items()}
    ends_before = since - timedelta(days=1)
    _call_off(uow, series_id, since=since)
    store.forget_changes(uow.connection, series_id, since=since)
    if ends_before < row["starts_on"]:
        changed = {**row, "starts_on": starts_on, "wall_time": wall_time}
        store.save(uow.connection, changed)
        return _write(uow, ports, series_id)
    store.save(uow.connection, {**row, "ends_on": ends_before})
    following = {name: row[name] for name in row if name not in ("series_id", "state", "made_at", "zone", "made_by")}
    return set_up(uow, ports, {**following, "starts_on": starts_on, "wall_time": wall_time}, by=row["made_by"])[1]


def change_day(
    uow: UnitOfWork, ports: Ports, series_id: str, on: date, *, to: date | None, wall_time: str | None, by: str
) -> str | None:
    """One meeting of a series is moved, or (`to` None) called off; returns why it could not be booked, if so."""
    store.save_change(
        uow.connection,
        {
            "series_id": series_id,
            "on_day": on,
            "to_day": to,
            "wall_time": wall_time,
            "changed_at": uow.now,
            "changed_by": by,
        },
    )
    if to is None:
        _call_off(uow, series_id, on_days=[on], quiet=False)
        store.save_days(
            uow.connection, [{"series_id": series_id, "on_day": on, "meeting_id": None, "why_not": "off"}]
        )
        return None
    return _write(uow, ports, series_id, only=on).get(on)


def cancel(uow: UnitOfWork, series_id: str) -> None:
    """The whole series is over: what is ahead is called off, told in one message."""
    row = store.by_id(uow.connection, [series_id])[series_id]
    if store.cancel(uow.connection, [series_id]):
        _call_off(uow, series_id)
        _say(uow, row, "cancelled", [], dial_in=None)


def calendar_published(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Holidays have changed: meetings on new ones are called off or moved, days that are free again are booked."""
    for series_id in store.on_of_schools(uow.connection, {event.data["school_id"] for event in events}, since=uow.now.date()):
        _write(uow, ports, series_id, whole=False)


def withdraw(uow: UnitOfWork, student_ids: Collection[str]) -> None:
    """After the roster or a restriction changed: series that policy would not allow any more end without a word."""
    rows = store.on_of_students(uow.connection, student_ids)
    known = people.known(uow.connection, {row.student_id for row in rows})
    schools = people.schools(uow.connection, {row.school_id for row in rows})
    gone = [
        row.series_id
        for row in rows
        if not may_invite(
            known, row.guardian_id, row.student_id, district=uow.district, on=schools[row.school_id].today(uow.now)
        ).allowed
    ]
    for series_id in store.cancel(uow.connection, gone):
        _call_off(uow, series_id)


def rule_of(row: Any) -> Rule:
    return Rule(
        starts_on=row.starts_on,
        at=time.fromisoformat(row.wall_time),
        minutes=row.minutes,
        every=Every(row.every),
        until=row.ends_on,
        on_holiday=OnHoliday(row.on_holiday),
    )


def _write(
    uow: UnitOfWork, ports: Ports, series_id: str, *, only: date | None = None, whole: bool = True
) -> dict[date, str]:
    """Book what the rule and its changes give and is still to come; returns the days not booked, with why.

    `only`: one day of the rule. `whole`: the family is told of all in one message; else of each that changes.
    """
    row = store.by_id(uow.connection, [series_id])[series_id]
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    known = people.known(uow.connection, [row.student_id])
    if not may_invite(known, row.guardian_id, row.student_id, district=uow.district, on=school.today(uow.now)).allowed:
        return {}
    quiet = whole and only is None
    changes = [
        Change(each.on_day, each.to_day, time.fromisoformat(each.wall_time) if each.wall_time else None)
        for each in store.changes(uow.connection, series_id)
    ]
    met, dropped = occurrences(rule_of(row), zone=ZoneInfo(row.zone), closed=school.holidays, changes=changes)
    why = {each.on: each.why.value for each in dropped if only in (None, each.on)}
    ahead = {each.on: each for each in met if each.start > uow.now and only in (None, each.on)}
    _call_off(uow, series_id, on_days=why.keys(), quiet=quiet)
    hours = availability.office_hours(uow.connection, [row.staff_id]).get(row.staff_id)
    buffer = timedelta(minutes=hours.buffer_minutes if hours is not None else 0)
    wanted = {on: _fixed(row, each, buffer, quiet=quiet) for on, each in ahead.items()}
    results = booking.fix(uow, ports, list(wanted.values()))
    outcomes = {on: results[fixed.meeting_id].outcome for on, fixed in wanted.items()}
    why |= {on: outcome for on, outcome in outcomes.items() if outcome not in GOOD}
    days = [*why, *(on for on in wanted if on not in why)]
    booked = {on: wanted[on].meeting_id for on in wanted if on not in why}
    store.save_days(
        uow.connection,
        [
            {"series_id": series_id, "on_day": on, "meeting_id": booked.get(on), "why_not": why.get(on)}
            for on in days
        ],
    )
    if quiet:
        dial_in = ports.dial_in(row.mode, series_id, office_phone=school.settings.get("office_phone"))
        starts = [ahead[on].start for on in booked]
        _say(uow, row, "set", starts[:AHEAD], dial_in=dial_in if row.mode == "phone" else None)
    return why


def _fixed(row: Any, occurrence: Occurrence, buffer: timedelta, *, quiet: bool) -> Fixed:
    return Fixed(
        meeting_id=derived_id("series", row.series_id, occurrence.on.isoformat()),
        kind=row.kind,
        guardian_id=row.guardian_id,
        student_id=row.student_id,
        staff_id=row.staff_id,
        school_id=row.school_id,
        start=occurrence.start,
        end=occurrence.end,
        mode=row.mode,
        buffer=buffer,
        source="series",
        source_id=row.series_id,
        quiet=quiet,
    )


def _call_off(
    uow: UnitOfWork,
    series_id: str,
    *,
    since: date = date.min,
    on_days: Collection[date] | None = None,
    quiet: bool = True,
) -> None:
    """Meetings of these days of the rule (or from one on) that are still to come; a day that was met stays as it was."""
    booked = [
        row
        for row in store.days(uow.connection, [series_id])
        if row.meeting_id is not None and row.on_day >= since and (on_days is None or row.on_day in on_days)
    ]
    found = meetings.by_id(uow.connection, [row.meeting_id for row in booked])
    ahead = {key for key, meeting in found.items() if meeting.start_at > uow.now and meeting.state == meetings.BOOKED}
    if ahead:
        booking.cancel(uow, ahead, by="staff", quiet=quiet)
        store.forget_days(uow.connection, series_id, [row.on_day for row in booked if row.meeting_id in ahead])


def _say(uow: UnitOfWork, row: Any, what: str, starts: Sequence[Any], *, dial_in: str | None) -> None:
    if what == "set" and not starts:
        return
    uow.emit(
        "scheduling.series_set",
        {
            "series_id": row.series_id,
            "version": 1,
            "student_id": row.student_id,
            "guardian_id": row.guardian_id,
            "staff_id": row.staff_id,
            "school_id": row.school_id,
            "what": what,
            "mode": row.mode,
            "starts": list(starts),
            "dial_in": dial_in,
        },
        school=row.school_id,
        subject=row.student_id,
    )
