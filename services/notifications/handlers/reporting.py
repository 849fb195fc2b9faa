"""The count behind the reports: every night, and when somebody asks for a fresh one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.notifications.domain.figures import WINDOW_DAYS, Event, Tally
from services.notifications.handlers import repair
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import facts, happenings, people, reach
from services.notifications.store import repair as repairs
from shared.errors import HomeroomError
from shared.messaging.envelope import Event as Heard
from shared.messaging.uow import DueItem, UnitOfWork

FAR = timedelta(days=45)  # a night looks so far back for words that came late
NEAR = timedelta(days=3)  # a count in between


def nightly(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """One count a night, after the schools' own nightly work."""
    if items:
        count(uow, far=True)


def count(uow: UnitOfWork, *, far: bool = False, review: bool = False) -> datetime:
    """Write down what has happened since the last count; returns the time that a report may name. The first looks far back.

    `review`: look through everybody's contacts, too, as every night does.
    """
    far = far or reach.newest_run(uow.connection) is None
    since = uow.now - (FAR if far else NEAR)
    reach.calm(uow.connection)
    run, at = facts.begin(uow.connection, uow.now)
    zone = school_zone(next(iter(repairs.all_schools(uow.connection).values()), None))
    facts.note_members(uow.connection, run, uow.now.astimezone(zone).date())
    facts.note_deliveries(uow.connection, run, since, facts.answered(uow.connection, since))
    happenings.note_events(uow.connection, since, _alerts(uow, since))
    if far or review:
        repair.review(uow)
    facts.stamp(uow.connection, run)
    if (counted := reach.newest_run(uow.connection)) is not None:
        reach.tally(uow.connection, counted, WINDOW_DAYS)
    return at


def commitment_settled(uow: UnitOfWork, ports: Ports, events: Sequence[Heard]) -> None:
    """A promise was kept, or its day has passed: the first of the two words holds."""
    rows = [
        happenings.event(
            Event.PROMISE,
            event.data["commitment_id"],
            school_id=event.data["school_id"],
            student_id=event.data["student_id"],
            at=uow.now,
            value=float(event.type.endswith("kept")),
        )
        for event in events
        if event.data["owner_kind"] == "staff"
    ]
    happenings.save_events(uow.connection, rows)


def tally(uow: UnitOfWork, *, as_of: datetime | None = None, days: int = WINDOW_DAYS, weekly: bool = False) -> Tally:
    """What a report says as of the last count by then; HomeroomError where there was none yet.

    `weekly`: of the week's first count. Figures by language move once a week, so that one family's joining or leaving
    cannot be read off two reports of neighbouring days.
    """
    run = reach.newest_run(uow.connection, as_of)
    if run is not None and weekly:
        monday = run.at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=run.at.weekday())
        run = reach.first_run_since(uow.connection, monday)
    if run is None:
        raise HomeroomError(
            "report.none_yet", "nothing had been counted by then", "name a later time, or leave --as-of out"
        )
    return reach.tally(uow.connection, run, days)


def _alerts(uow: UnitOfWork, since: datetime) -> list[dict[str, object]]:
    """Days from each early alert to the midterm report, as the school's calendar has it."""
    raised = happenings.alerts_since(uow.connection, since)
    calendars = people.calendars(uow.connection, {row["school_id"] for row in raised})
    schools = people.schools(uow.connection, {row["school_id"] for row in raised})
    rows = []
    for row in raised:
        calendar = calendars.get(row["school_id"])
        midterm = calendar["midterm_release_on"] if calendar else None
        told = row["created_at"].astimezone(school_zone(schools.get(row["school_id"]))).date()
        if midterm is not None and midterm >= told:
            rows.append(
                happenings.event(
                    Event.ALERT,
                    row["message_id"],
                    school_id=row["school_id"],
                    at=row["created_at"],
                    value=float((midterm - told).days),
                )
            )
    return rows
