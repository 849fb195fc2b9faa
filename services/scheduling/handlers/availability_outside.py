"""What was booked and no longer lies in its teacher's hours: nobody calls it off by itself, the teacher is shown it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.scheduling.domain.availability_read import for_kind
from services.scheduling.domain.availability_segments import Days
from services.scheduling.handlers.availability import rules_of
from services.scheduling.store import availability, people
from services.scheduling.store.availability_desk import week_of
from shared.messaging.uow import UnitOfWork

REACH = timedelta(days=120)
_ELSEWHERE = frozenset({"round"})  # a conference evening is not held in office hours


def outside(uow: UnitOfWork, staff_id: str, school: people.School) -> list[Any]:
    """Booked meetings to come that start or end outside every window, or lie in a break, a day off or a day without school."""
    hours = availability.office_hours(uow.connection, [staff_id]).get(staff_id)
    limits = availability.limits(uow.connection, [staff_id]).get(staff_id)
    days = Days(for_kind(rules_of(hours, school, limits), "call_me", school.settings))  # drop-in hours are hours too
    rows = week_of(uow.connection, staff_id, start=uow.now, until=uow.now + REACH)
    return [row for row in rows if row.source not in _ELSEWHERE and not _inside(days, row, school)]


def _inside(days: Days, row: Any, school: people.School) -> bool:
    start = row.start_at.astimezone(school.zone)
    first = start.hour * 60 + start.minute
    last = first + int((row.end_at - row.start_at).total_seconds()) // 60
    return any(segment.start <= first and last <= segment.end for segment in days.of(start.date()))
