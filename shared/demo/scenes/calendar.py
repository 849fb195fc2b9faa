"""Days of the term, from the district's own calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from shared.demo.play import Play
from shared.directory import engine
from shared.directory.projection import CALENDAR, SCHOOL

DROP_HOUR = time(15, 0)


def at(play: Play, day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), play.stage.zone)


def pass_to(play: Play, instant: datetime) -> None:
    """Let time pass; a gradebook drop is imported on its own day at 15:00, as the district's job would."""
    stage = play.stage
    for drop in sorted((stage.folder / "grades").glob("*.zip")):
        dropped = datetime.combine(date.fromisoformat(drop.name[:10]), DROP_HOUR, stage.zone)
        if stage.now < dropped <= instant:
            stage.until(dropped)
            apply(play)
    if instant > stage.now:
        stage.until(instant)


def apply(play: Play) -> engine.Applied:
    """`homeroom apply` of the folder as it is on this day."""
    with play.stage.runtime.unit_of_work("directory", play.stage.slug) as uow:
        done = engine.apply(uow, play.stage.folder)
    play.stage.settle()
    return done


def intake_dates(play: Play, school_id: str) -> dict[str, str]:
    """The school's `intake` settings as services hold them."""
    rows = play.stage.rows("notifications", sa.select(SCHOOL).where(SCHOOL.c.school_id == school_id))
    return dict(rows[0].settings["intake"])


def midterm(play: Play, school_id: str) -> date:
    rows = play.stage.rows("notifications", sa.select(CALENDAR).where(CALENDAR.c.school_id == school_id))
    found: date = rows[0].midterm_release_on
    return found


def school_day(play: Play, after: date, number: int = 1) -> date:
    """The `number`th school day after a day: no weekends, no holidays."""
    rows = play.stage.rows("notifications", sa.select(CALENDAR))
    holidays = {day for row in rows for day in row.holidays}
    day = after
    while number:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:
            number -= 1
    return day
