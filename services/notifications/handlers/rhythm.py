"""What comes by itself: planned as due work when a school's settings, its calendar or a new night say so.

Planning twice moves nothing: each key names its school and day, and whoever does the work looks again whether that day
is still the right one. Due work survives restarts; late is done late, not never.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.notifications.domain.rhythm import (
    MORNING,
    Rhythm,
    SchoolYear,
    at,
    live_contact_days,
    next_newsletter,
    welcome_at,
)
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import people
from services.notifications.store import rhythm as store
from shared.directory import projection
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

LOAD_AT = time(6, 0)  # Mondays
SEPARATOR = "/"


def calendar_published(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Keep the calendar, and plan by it."""
    projection.calendar_published(uow, events)
    plan(uow, {event.data["school_id"] for event in events})


def plan(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """The next newsletter, welcome, look at live contact and weekly load of each school."""
    schools = people.schools(uow.connection, school_ids)
    calendars = people.calendars(uow.connection, schools)
    welcomed = {(row["school_id"], row["term_id"]) for row in store.welcomes(uow.connection, schools)}
    for school_id, school in schools.items():
        rhythm, zone = Rhythm.of(school["settings"]), school_zone(school)
        monday = uow.now.astimezone(zone).date()
        monday += timedelta(days=-monday.weekday() % 7)
        load = at(monday, LOAD_AT, zone)
        uow.schedule("load", school_id, load if load > uow.now else at(monday + timedelta(days=7), LOAD_AT, zone))
        if school_id not in calendars:
            continue
        year = SchoolYear.of(calendars[school_id])
        newsletter = next_newsletter(rhythm, year, uow.now, zone)
        if newsletter is not None:
            # schools whose newsletters go at one instant share one piece of work, so that a family gets one message
            instant = at(newsletter, rhythm.newsletter_at, zone)
            uow.schedule("newsletter", instant.isoformat(), instant)
        welcome = welcome_at(rhythm, year, uow.now, zone)
        if welcome is not None and (school_id, welcome[0].id) not in welcomed:
            uow.schedule("welcome", SEPARATOR.join((school_id, welcome[0].id)), welcome[1])
        for day in live_contact_days(rhythm, year):
            instant = at(day, MORNING, zone)
            if instant > uow.now:
                uow.schedule("live_contact", SEPARATOR.join((school_id, day.isoformat())), instant)


def live_contact(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Homes that nobody has spoken with since the term began: said once, and on the teachers' Today pages."""
    days = {item.key.rpartition(SEPARATOR)[0]: date.fromisoformat(item.key.rpartition(SEPARATOR)[2]) for item in items}
    schools = people.schools(uow.connection, days)
    calendars = people.calendars(uow.connection, schools)
    for school_id, school in schools.items():
        if school_id not in calendars:
            continue
        rhythm, year = Rhythm.of(school["settings"]), SchoolYear.of(calendars[school_id])
        term = live_contact_days(rhythm, year).get(days[school_id])
        if term is None:  # the calendar has changed since this was planned
            continue
        since = datetime.combine(term.starts_on, time.min, tzinfo=school_zone(school)).astimezone(UTC)
        homes = store.unspoken_with(uow.connection, school_id, since)
        rows = [
            {
                "student_id": home["student_id"],
                "term_id": term.id,
                "school_id": school_id,
                "guardian_id": home["guardian_id"],
                "text_count": home["texts"],
                "since": days[school_id],
            }
            for home in homes
        ]
        store.save_live_missing(uow.connection, school_id, rows)
        for row in rows:
            uow.emit(
                "notifications.live_contact_missing",
                {
                    "student_id": row["student_id"],
                    "guardian_id": row["guardian_id"],
                    "school_id": school_id,
                    "term": term.id,
                    "text_count": row["text_count"],
                },
                school=school_id,
                subject=row["student_id"],
            )
