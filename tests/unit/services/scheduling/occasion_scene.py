"""Greenview with its Family Fridays, and workshops and fairs of the office's."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from services.scheduling.handlers import occasions, occasions_telling
from services.scheduling.handlers.occasions import Planned
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from services.scheduling.tables.occasions import OCCASION
from shared.directory import projection
from shared.messaging.tables import DUE_WORK
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import World, calendar, guardian, said, school, student

GREENVIEW = "org-greenview"
NEW_YEAR = date(2027, 1, 1)
FIRST_FRIDAYS = {"rule": "first-friday", "start": "08:00", "end": "09:00", "online": True}
TERMS = [
    {"term_id": "term-1", "title": "Autumn", "starts_on": date(2026, 9, 1), "ends_on": date(2026, 12, 18)},
    {"term_id": "term-2", "title": "Spring", "starts_on": date(2026, 12, 28), "ends_on": date(2027, 6, 11)},
]


def configured(world: World, *holidays: date, revision: int = 2, asks: dict[str, Any] | None = FIRST_FRIDAYS) -> World:
    """The school's file and calendar come (again), as the worker hears them."""
    settings, days = school(revision=revision), calendar(holidays=holidays, revision=revision)
    with world.unit() as uow:
        projection.school_onboarded(
            uow, [said(settings.type, "directory", {**settings.data, "family_friday": asks}, world.clock.now())]
        )
        projection.calendar_published(uow, [said(days.type, "directory", {**days.data, "terms": TERMS}, world.clock.now())])
        occasions.plan_year(uow, world.ports, [GREENVIEW])
    return world


def fridays(world: World) -> dict[date, Any]:
    return {row.on: row for row in world.rows(OCCASION) if row.state == "published"}


def planned(on: date, **changes: Any) -> Planned:
    terms = {"kind": "workshop", "begins": time(18), "ends": time(19), "title": "Helping with homework", "about": "How to help."}
    return Planned(**{**terms, "on": on, **changes})


def draft(world: World, on: date, **changes: Any) -> str:
    with world.unit() as uow:
        greenview = people.schools(uow.connection, [GREENVIEW])[GREENVIEW]
        return occasions.write(uow, greenview, planned(on, **changes), by="s-office")


def published(world: World, on: date, **changes: Any) -> Any:
    occasion_id = draft(world, on, **changes)
    with world.unit() as uow:
        assert occasions.publish(uow, world.ports, occasion_id)
    return row_of(world, occasion_id)


def row_of(world: World, occasion_id: str) -> Any:
    with world.unit() as uow:
        return store.by_id(uow.connection, [occasion_id])[occasion_id]


def waiting(world: World, kind: str, key: str) -> DueItem | None:
    """Due work as the worker would claim it."""
    with world.engine.begin() as connection:
        found = connection.execute(sa.select(DUE_WORK).where(DUE_WORK.c.kind == kind, DUE_WORK.c.key == key)).one_or_none()
    return DueItem(kind, key, found.due_at, found.data, 0) if found is not None else None


def tell(world: World, key: str) -> int:
    """Send what is to be sent of an occasion, page by page, when it is due; returns how many pages it took."""
    pages, last = 0, None
    while (item := waiting(world, "occasion_invites", key)) is not None and item.data != last:
        world.clock.advance_to(max(item.due_at, world.clock.now()))
        with world.unit() as uow:
            occasions_telling.occasion_invites(uow, world.ports, [item])
        pages, last = pages + 1, item.data
    return pages


def invited(world: World, change: str = "invited") -> dict[str, dict[str, Any]]:
    """By guardian, what they were told."""
    return {
        who: event.data
        for event in world.events("event_invited")
        if event.data["change"] == change
        for who in event.data["guardian_ids"]
    }


def families(world: World, n: int) -> list[str]:
    """So many more families, each with a child of Ms Alvarez's."""
    ids = [f"g-new-{number:02}" for number in range(n)]
    with world.unit() as uow:
        projection.student_enrolled(uow, [student(f"s-{each}", "t-alvarez", name="Noor Ahmed") for each in ids])
        projection.guardian_linked(
            uow, [guardian(each, f"s-{each}", f"home-{each}", "en", "Sara Ahmed") for each in ids]
        )
    return ids


def keep(world: World, guardian_ids: list[str], key: str, *, avoid: bool = True, share: bool = False) -> None:
    with world.unit() as uow:
        for each in guardian_ids:
            store.keep(
                uow.connection, each, [{"guardian_id": each, "key": key, "avoid": avoid, "share": share, "at": uow.now}]
            )


def at(world: World, moment: datetime) -> World:
    world.clock.advance_to(moment)
    return world
