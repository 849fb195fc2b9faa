"""Days that families keep: teachers are reminded in time to say a kind word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.scheduling.domain import occasions as rules
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from shared.messaging.uow import DueItem, UnitOfWork

LOOK_AT = time(7)  # where the school is; with the other looks of the morning


def plan_beats(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """Each school is looked at every morning."""
    for school in people.schools(uow.connection, school_ids).values():
        local = uow.now.astimezone(school.zone)
        day = local.date() + timedelta(days=local.time() >= LOOK_AT)
        uow.schedule("observances", school.school_id, datetime.combine(day, LOOK_AT, school.zone).astimezone(UTC))


def observances(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """This morning's reminders, and the next look."""
    schools = [item.key for item in items]
    greetings(uow, schools)
    plan_beats(uow, schools)


def greetings(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """Two days ahead (on the school day before, where that is none): teachers hear that families of theirs keep a day."""
    for school in people.schools(uow.connection, school_ids).values():
        today = school.today(uow.now)
        kept = store.families_keeping(uow.connection, school.school_id, free=False)
        days = [today + timedelta(days=ahead) for ahead in _ahead(today, school.holidays)]
        coming = {
            (clash.observance.key, clash.observance.starts_on)
            for day in days
            for clash in rules.clashes(day, kept)
            if clash.observance.starts_on == day
        }
        rows = [
            {"staff_id": staff_id, "key": key, "on": on, "families": families, "prompted_at": uow.now, "acknowledged_at": None}
            for key, on in sorted(coming)
            for staff_id, families in store.teachers_of_families_keeping(uow.connection, school.school_id, key).items()
        ]
        fresh = set(store.greet(uow.connection, rows))
        for row in rows:
            if (row["staff_id"], row["key"], row["on"]) in fresh:
                families = row["families"] if row["families"] >= rules.HIDDEN_UNDER else None
                uow.emit(
                    "scheduling.greeting_due",
                    {
                        "staff_id": row["staff_id"],
                        "school_id": school.school_id,
                        "observance": row["key"],
                        "on": row["on"],
                        "families": families,
                    },
                    school=school.school_id,
                    subject=row["staff_id"],
                )


def _ahead(today: date, holidays: Collection[date]) -> list[int]:
    """Today stands for itself and for the days without school after it: Friday prompts what falls on Sunday and on Tuesday."""
    if today.weekday() >= 5 or today in holidays:
        return []
    gap = 1
    while (today + timedelta(days=gap)).weekday() >= 5 or today + timedelta(days=gap) in holidays:
        gap += 1
    return [rules.GREET_DAYS + extra for extra in range(gap)]
