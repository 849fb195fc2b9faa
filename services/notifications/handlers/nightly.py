"""Every night at 02:00 where the school is: which homes have not heard from us for too long, and what is out of balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.notifications.domain.cadence import Gap, find_gap, term_start
from services.notifications.handlers import balance, rhythm
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import briefs, ledger, people
from shared.messaging.uow import DueItem, UnitOfWork

AT = time(2, 0)


def plan_nights(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """The next 02:00 of each school, and what its rhythm brings by then; planning it twice moves nothing."""
    wanted = list(school_ids)
    rhythm.plan(uow, wanted)
    for school_id, school in people.schools(uow.connection, wanted).items():
        zone = school_zone(school)
        local = uow.now.astimezone(zone)
        tonight = datetime.combine(local.date(), AT, tzinfo=zone).astimezone(UTC)
        if tonight <= uow.now:
            tonight = datetime.combine(local.date() + timedelta(days=1), AT, tzinfo=zone).astimezone(UTC)
        uow.schedule("nightly", school_id, tonight)


def nightly(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Find the gaps of each school that is in term, and plan its next night."""
    schools = people.schools(uow.connection, (item.key for item in items))
    calendars = people.calendars(uow.connection, schools)
    for school_id, school in schools.items():
        calendar = calendars.get(school_id)
        today = uow.now.astimezone(school_zone(school)).date()
        if calendar is not None:
            holidays = frozenset(date.fromisoformat(day) for day in calendar["holidays"])
            begins = term_start(calendar["terms"], today, holidays)
            if begins is not None:
                _find_gaps(uow, school, today, begins)
                balance.nightly(uow, school, today)
    briefs.forget_media(uow.connection, uow.now)
    plan_nights(uow, schools)


def _find_gaps(uow: UnitOfWork, school: people.Row, today: date, begins: date) -> None:
    settings, zone = school["settings"], school_zone(school)
    homes = ledger.last_personal(uow.connection, school["school_id"])
    known = ledger.open_gaps(uow.connection, school["school_id"])
    found: list[tuple[people.Row, Gap]] = []
    for home in homes:
        floor = settings["concern_floor_days"] if home["worried"] else settings["floor_days"]
        last = home["at"].astimezone(zone).date() if home["at"] else None
        gap = find_gap(last=last, today=today, term_starts_on=begins, floor_days=int(floor))
        if gap is not None:
            found.append((home, gap))
    fresh = [(home, gap) for home, gap in found if home["student_id"] not in known]
    for home, gap in fresh:
        _say(uow, school, home, gap, today=today)
    cadence = {"school_id": school["school_id"], "on": today, "students": len(homes), "gaps": len(found)}
    closed = known - {home["student_id"] for home, _ in found}
    rows = [_row(school, home, gap, today) for home, gap in fresh]
    ledger.save_gaps(uow.connection, rows, cadence, closed=closed)


def _row(school: people.Row, home: people.Row, gap: Gap, today: date) -> dict[str, Any]:
    return {
        "student_id": home["student_id"],
        "school_id": school["school_id"],
        "guardian_id": home["guardian_id"],
        "days_since": gap.days_since,
        "floor_days": gap.floor_days,
        "since": today,
    }


def _say(uow: UnitOfWork, school: people.Row, home: people.Row, gap: Gap, *, today: date) -> None:
    uow.emit(
        "notifications.contact_gap_detected",
        {
            "student_id": home["student_id"],
            "guardian_id": home["guardian_id"],
            "school_id": school["school_id"],
            "days_since": gap.days_since,
            "floor_days": gap.floor_days,
            "on": today,
        },
        school=school["school_id"],
        subject=home["student_id"],
    )
