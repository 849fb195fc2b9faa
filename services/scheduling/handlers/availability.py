"""Office hours: the school's by default, the teacher's own when set; said to the others whenever they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.availability_read import SLOT_MINUTES as SLOT_MINUTES
from services.scheduling.domain.availability_read import for_kind, read_rules
from services.scheduling.domain.availability_segments import Days
from services.scheduling.domain.windows import Rules, Sitting, Slot, slots
from services.scheduling.ports import Ports
from services.scheduling.store import availability, people
from shared.contracts.weekly_hours import Fault, faults, with_blocks
from shared.messaging.uow import UnitOfWork

MODES = ("phone", "video", "in_person")
REPLY_WITHIN = 1
WALLS_CHECK = "walls_check"  # `WALLS_ALL`: everything, every day; `WALLS_NEW`: what was booked since
WALLS_ALL, WALLS_NEW = "all", "new"
_SCHOOL_S = ("windows", "slot_minutes", "buffer_minutes")
_NEVER_NULL = ("breaks", "days_off", "seats")
_NO_LIMITS: dict[str, Any] = {
    **dict.fromkeys(("step_minutes", "notice_minutes", "days_ahead", "opens_at", "closes_at", "per_day", "per_week"), None),
    **dict.fromkeys(("before_minutes", "in_a_row", "rest_minutes"), None),
    "breaks": [],
    "days_off": [],
    "seats": 1,
}
_WEEK, _DAYS = timedelta(days=8), timedelta(days=2)  # around what is asked: what counts for caps a week; for the day and its eve


def rules_of(hours: Any | None, school: people.School, limits: Any | None = None) -> Rules:
    """A member of staff's rules: their own rows, else the school's hours. The school's evening windows come on top."""
    own, limited = (dict(row._mapping) if row is not None else None for row in (hours, limits))
    return read_rules(own, limited, school.settings, holidays=school.holidays)


def free(
    uow: UnitOfWork,
    staff_ids: Collection[str],
    start: datetime,
    until: datetime,
    *,
    length: timedelta | None = None,
    kind: str = "asked",
    but: Collection[str] = (),
    within: Mapping[str, tuple[datetime, datetime]] | None = None,
) -> dict[str, list[Slot]]:
    """Slots that begin in [start, until) and are free of meetings, other calendars, breaks and days off, per member of staff.

    `length`: of a slot, else as the person's rules say. `kind`: `call_me` may be at once, `late` may be after the booking
    window closed, `group` is for as many as there are seats. `but`: meetings that give up their time. `within`: a shorter
    span inside [start, until) for those named in it. Everybody asked for is in the answer.
    """
    connection = uow.connection
    homes = _home_schools(uow, staff_ids)
    rules = _rules(uow, homes, kind=kind, length=length)
    margin = _WEEK if any(each.limits.per_week is not None for each in rules.values()) else _DAYS
    away = availability.external_busy(connection, staff_ids, start=start - margin, until=until + margin)
    booked: dict[str, list[Any]] = defaultdict(list)
    around: dict[str, Any] = {"start": start - margin, "until": until + margin, "now": uow.now, "but": but}
    for row in availability.staff_taken(connection, staff_ids, **around):
        booked[row.staff_id].append(row)
    found: dict[str, list[Slot]] = {staff_id: [] for staff_id in staff_ids}  # the roster may not say yet where they work
    for staff_id, own in rules.items():
        school, (first, last) = homes[staff_id], (within or {}).get(staff_id, (start, until))
        found[staff_id] = slots(
            own, _sittings(booked[staff_id], own, school), zone=school.zone, start=first, until=last, now=uow.now,
            away=away.get(staff_id, ()),
        )  # fmt: skip
    return found


def _rules(
    uow: UnitOfWork, homes: Mapping[str, people.School], *, kind: str, length: timedelta | None
) -> dict[str, Rules]:
    """By member of staff, for slots of that kind and length."""
    hours = availability.office_hours(uow.connection, homes.keys())
    limits = availability.limits(uow.connection, homes.keys())
    found: dict[str, Rules] = {}
    for staff_id, school in homes.items():
        own = for_kind(rules_of(hours.get(staff_id), school, limits.get(staff_id)), kind, school.settings)
        found[staff_id] = own if length is None else replace(own, length=length)
    return found


def _home_schools(uow: UnitOfWork, staff_ids: Collection[str]) -> dict[str, people.School]:
    """The school whose clock and calendar a member of staff's hours keep to: the first of theirs."""
    first = {row.staff_id: row.school_ids[0] for row in people.staff(uow.connection, staff_ids).values() if row.school_ids}
    schools = people.schools(uow.connection, set(first.values()))
    return {staff_id: schools[school] for staff_id, school in first.items() if school in schools}


def _sittings(rows: Iterable[Any], rules: Rules, school: people.School) -> list[Sitting]:
    """Meetings with their buffers, and where they are: the place of the window that they lie in, if they are on site."""
    placed = any(window.place for window in (*rules.windows, *(each for day in rules.overrides for each in day.windows)))
    days = Days(rules)

    def place(row: Any) -> str | None:
        if row.mode != "in_person" or row.begins is None:
            return None
        wall = datetime.fromtimestamp(row.begins, school.zone)
        minute = wall.hour * 60 + wall.minute
        return next((each.place for each in days.of(wall.date()) if each.start <= minute < each.end), None)

    return [
        Sitting(
            (row.start, row.end),
            (row.start, row.end) if row.begins is None else (row.begins, row.ends),
            place(row) if placed else None,
        )
        for row in rows
    ]


def publish_defaults(uow: UnitOfWork, ports: Ports, *, schools: set[str] | None = None, staff: set[str] | None = None) -> None:
    """Give teachers of these schools (or these teachers) the school's hours, unless they have set their own.

    Own hours that name blocks of the bell schedule follow it.
    """
    if schools:
        uow.schedule(WALLS_CHECK, WALLS_ALL, uow.now, {})  # keeps itself going from then on (handlers/availability_walls.py)
    wanted = [
        row
        for row in people.active_teachers(uow.connection)
        if row.school_ids and (staff is None or row.staff_id in staff) and (schools is None or row.school_ids[0] in schools)
    ]
    known = people.schools(uow.connection, (row.school_ids[0] for row in wanted))
    before = availability.office_hours(uow.connection, (row.staff_id for row in wanted))
    rows = []
    for teacher in wanted:
        school, current = known.get(teacher.school_ids[0]), before.get(teacher.staff_id)
        if school is None:
            continue
        if current is not None and current.source != "school":
            moved = with_blocks(current.windows, _bells(school))
            if moved != current.windows:
                rows.append(_row(uow, ports, teacher.staff_id, windows=moved, source=current.source, before=current))
            continue
        windows = list(school.settings.get("office_hours") or [])
        row = _row(uow, ports, teacher.staff_id, windows=windows, source="school", before=current) | _lengths(school)
        if current is None or any(getattr(current, name) != row[name] for name in _SCHOOL_S):
            rows.append(row)
    _publish(uow, rows)


def save(
    uow: UnitOfWork, ports: Ports, staff_id: str, *, hours: Mapping[str, Any], limits: Mapping[str, Any]
) -> list[Fault]:
    """A teacher sets hours and what limits them; returns what is impossible, and then nothing is saved.

    `hours`: columns of `office_hours` to set, None leaves one as it is. `limits`: columns of `availability` to set, None is
    the school's.
    """
    school = _home_schools(uow, [staff_id]).get(staff_id)
    bells = _bells(school) if school is not None else []
    current = availability.office_hours(uow.connection, [staff_id]).get(staff_id)
    before = availability.limits(uow.connection, [staff_id]).get(staff_id)
    row = _row(uow, ports, staff_id, windows=[], source="own", before=current)
    row |= {name: value for name, value in hours.items() if value is not None}
    row["windows"], row["modes"] = with_blocks(row["windows"], bells), ports.modes(list(row["modes"]))
    limited = {**_NO_LIMITS, **({name: getattr(before, name) for name in _NO_LIMITS} if before is not None else {}), **limits}
    limited |= {name: _NO_LIMITS[name] for name in _NEVER_NULL if limited[name] is None}
    closed = {day.isoformat() for day in school.holidays} if school is not None else set()
    effective = {**((school.settings.get("availability") or {}) if school is not None else {}), **_said({**row, **limited})}
    found = faults({**effective, "breaks": limited["breaks"], "bell_schedule": bells, "blackouts": []}, closed=closed)
    if not found:
        availability.set_limits(uow.connection, {**limited, "staff_id": staff_id, "set_at": uow.now})
        set_own(uow, ports, staff_id, wanted={**hours, "windows": row["windows"]})
    return found


def set_own(uow: UnitOfWork, ports: Ports, staff_id: str, *, wanted: Mapping[str, Any]) -> None:
    """A teacher's hours as they are known to be possible; `wanted` holds the columns to set, the others stay."""
    current = availability.office_hours(uow.connection, [staff_id]).get(staff_id)
    row = _row(uow, ports, staff_id, windows=wanted["windows"], source="own", before=current)
    row |= {name: value for name, value in wanted.items() if value is not None}
    row["modes"] = ports.modes(list(row["modes"]))
    _publish(uow, [row])


def _bells(school: people.School) -> list[dict[str, Any]]:
    return list((school.settings.get("availability") or {}).get("bell_schedule") or [])


def _lengths(school: people.School) -> dict[str, int]:
    said = school.settings.get("availability") or {}
    return {"slot_minutes": said.get("slot_minutes", SLOT_MINUTES), "buffer_minutes": said.get("buffer_minutes", 0)}


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _row(
    uow: UnitOfWork, ports: Ports, staff_id: str, *, windows: Sequence[Mapping[str, Any]], source: str, before: Any | None
) -> dict[str, Any]:
    return {
        "staff_id": staff_id,
        "version": 1 if before is None else before.version + 1,
        "source": source,
        "windows": list(windows),
        "overrides": before.overrides if before is not None else [],
        "modes": before.modes if before is not None else ports.modes(list(MODES)),
        "slot_minutes": before.slot_minutes if before is not None else SLOT_MINUTES,
        "buffer_minutes": before.buffer_minutes if before is not None else 0,
        "reply_within_school_days": before.reply_within_school_days if before is not None else REPLY_WITHIN,
        "set_at": uow.now,
    }


def _publish(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    availability.set_office_hours(uow.connection, rows)
    told = ("staff_id", "version", "windows", "modes", "reply_within_school_days")
    for row in rows:
        uow.emit("scheduling.availability_published", {name: row[name] for name in told}, subject=row["staff_id"])
