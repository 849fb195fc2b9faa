"""Office hours: the school's by default, the teacher's own when set; said to the others whenever they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.scheduling.domain.windows import Override, Rules, parse_windows
from services.scheduling.ports import Ports
from services.scheduling.store import availability, people
from shared.messaging.uow import UnitOfWork

MODES = ("phone", "video", "in_person")
SLOT_MINUTES = 20
REPLY_WITHIN = 1


def rules_of(hours: Any | None, school: people.School) -> Rules:
    """A teacher's rules: their own row, else the school's hours. The school's evening windows come on top."""
    windows = hours.windows if hours is not None else school.settings.get("office_hours") or []
    evening = parse_windows(school.settings.get("evening_hours") or [], evening=True)
    overrides = hours.overrides if hours is not None else []
    return Rules(
        windows=parse_windows(windows) + evening,
        overrides=tuple(Override(date.fromisoformat(each["on"]), parse_windows(each["windows"])) for each in overrides),
        closed=school.holidays,
        length=timedelta(minutes=hours.slot_minutes if hours is not None else SLOT_MINUTES),
        buffer=timedelta(minutes=hours.buffer_minutes if hours is not None else 0),
    )


def publish_defaults(uow: UnitOfWork, ports: Ports, *, schools: set[str] | None = None, staff: set[str] | None = None) -> None:
    """Give teachers of these schools (or these teachers) the school's hours, unless they have set their own."""
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
        if school is None or (current is not None and current.source != "school"):
            continue
        windows = list(school.settings.get("office_hours") or [])
        if current is None or current.windows != windows:
            rows.append(_row(uow, ports, teacher.staff_id, windows=windows, source="school", before=current))
    _publish(uow, rows)


def set_own(uow: UnitOfWork, ports: Ports, staff_id: str, *, wanted: Mapping[str, Any]) -> None:
    """A teacher sets their hours; `wanted` holds the columns to set, the others stay."""
    current = availability.office_hours(uow.connection, [staff_id]).get(staff_id)
    row = _row(uow, ports, staff_id, windows=wanted["windows"], source="own", before=current)
    row |= {name: value for name, value in wanted.items() if value is not None}
    row["modes"] = ports.modes(list(row["modes"]))
    _publish(uow, [row])


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
