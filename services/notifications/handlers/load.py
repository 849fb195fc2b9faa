"""Every Monday: how much each teacher carries, for whoever can take some of it off them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from services.notifications.domain.load import Band, band
from services.notifications.domain.rhythm import Rhythm, working_hours
from services.notifications.handlers import rhythm as ticks
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import people
from services.notifications.store import rhythm as store
from shared.messaging.uow import DueItem, UnitOfWork

WEEK = timedelta(days=7)


def weekly(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Open conversations and what was written outside working hours, as a band a teacher; then the next Monday."""
    schools = people.schools(uow.connection, (item.key for item in items))
    for school_id, school in schools.items():
        rhythm, zone = Rhythm.of(school["settings"]), school_zone(school)
        teachers = [row["staff_id"] for row in store.teachers_at(uow.connection, school_id)]
        waiting = store.open_threads(uow.connection, teachers)
        late = Counter(
            sender
            for sender, when in store.written_by(uow.connection, teachers, uow.now - WEEK)
            if not working_hours(rhythm, when, zone)
        )
        rows = [
            {
                "staff_id": teacher,
                "school_id": school_id,
                "week_on": uow.now.astimezone(zone).date(),
                "open_threads": waiting.get(teacher, 0),
                "after_hours": late[teacher],
                "band": band(
                    open_threads=waiting.get(teacher, 0),
                    after_hours=late[teacher],
                    heavy_threads=rhythm.heavy_threads,
                    heavy_after_hours=rhythm.heavy_after_hours,
                ).value,
            }
            for teacher in teachers
        ]
        store.save_loads(uow.connection, school_id, rows)
    ticks.plan(uow, schools)


def carried(uow: UnitOfWork, staff_id: str) -> Band:
    """Last Monday's band; light before the first."""
    row = store.load_of(uow.connection, staff_id)
    return Band(row["band"]) if row else Band.LIGHT
