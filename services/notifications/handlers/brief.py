"""A class's weekly brief: short, written any day of the week, out on its day, one message a family however many children.

Writing: the draft is kept whatever its length; only what fits goes. Publishing is in `digests`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from services.notifications.domain.brief import Length, measure
from services.notifications.domain.rhythm import Rhythm, SchoolYear, at, next_brief_day, next_newsletter
from services.notifications.handlers.rendering import school_zone
from services.notifications.store import briefs, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

WEEKLY, MONTHLY = "weekly", "monthly"


@dataclass(frozen=True)
class Written:
    """What became of it: `ready` goes out at `publish_at`; a draft waits for its writer. `publish_at` None: no day left."""

    length: Length
    ready: bool
    publish_at: datetime | None


@dataclass(frozen=True)
class Page:
    """What a teacher finds: this week's text so far, the day it goes, and how many words it may have."""

    text: str = field(repr=False)
    state: str
    publish_at: datetime | None
    limit: int


def write(
    uow: UnitOfWork, *, staff_id: str, school_id: str, class_id: str | None, text: str, language: str, send: bool
) -> Written:
    """Keep the text; with `send` it also goes out on its day, if it fits. Without a class it is the newsletter's."""
    rhythm, day, instant = _when(uow, school_id, newsletter=class_id is None)
    length = measure(text, rhythm.brief_words)
    # a newsletter may have no words of its own: the month's days are enough
    ready = send and not length.over and (class_id is None or bool(text.strip()))
    if day is None or instant is None:
        return Written(length, ready=False, publish_at=None)
    kind = MONTHLY if class_id is None else WEEKLY
    briefs.save_brief(
        uow.connection,
        {
            "brief_id": brief_id(kind, class_id or school_id, day),
            "kind": kind,
            "school_id": school_id,
            "class_id": class_id,
            "staff_id": staff_id,
            "language": language,
            "text": text.strip(),
            "publish_on": day,
            "publish_at": instant,
            "state": "ready" if ready else "draft",
            "written_at": uow.now,
            "published_at": None,
        },
    )
    if ready and kind == WEEKLY:
        uow.schedule("brief", instant.isoformat(), instant)
    return Written(length, ready, instant)


def this_week(uow: UnitOfWork, *, school_id: str, class_id: str | None) -> Page:
    rhythm, day, instant = _when(uow, school_id, newsletter=class_id is None)
    kind = MONTHLY if class_id is None else WEEKLY
    found = briefs.brief(uow.connection, brief_id(kind, class_id or school_id, day)) if day else None
    return Page(found["text"] if found else "", found["state"] if found else "", instant, rhythm.brief_words)


def brief_id(kind: str, whose: str, day: date) -> str:
    """One brief a class (or newsletter a school) and day, however often it is rewritten."""
    return derived_id("brief", kind, whose, day.isoformat())


def _when(uow: UnitOfWork, school_id: str, *, newsletter: bool) -> tuple[Rhythm, date | None, datetime | None]:
    school = people.schools(uow.connection, [school_id]).get(school_id)
    calendar = people.calendars(uow.connection, [school_id]).get(school_id)
    rhythm, zone = Rhythm.of(school["settings"] if school else {}), school_zone(school)
    if calendar is None:
        return rhythm, None, None
    year = SchoolYear.of(calendar)
    find, clock = (next_newsletter, rhythm.newsletter_at) if newsletter else (next_brief_day, rhythm.brief_at)
    day = find(rhythm, year, uow.now, zone)
    return rhythm, day, at(day, clock, zone) if day else None
