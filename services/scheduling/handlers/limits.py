"""What no constraint of the database says: caps a day and a week, and what a teacher's other calendar has by now.

Times are offered within them; between the offer and the answer others book, and calendars change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.domain.windows import Interval
from services.scheduling.store import availability
from services.scheduling.store.bookings_dossier import Caps
from shared.messaging.uow import UnitOfWork

_AROUND = timedelta(days=8)  # a week, whichever day it begins on


@dataclass(frozen=True, slots=True)
class Asked:
    """A time that is about to be taken. `moves`: the meeting whose own time does not count."""

    staff_id: str
    start: datetime
    end: datetime
    zone: ZoneInfo
    caps: Caps
    moves: str | None = None


def beyond(uow: UnitOfWork, asked: Sequence[Asked]) -> list[bool]:
    """Of each, in order, whether it may not be: earlier ones of the list count. The caller holds the locks of these people."""
    if not asked:
        return []
    first, last = min(each.start for each in asked), max(each.end for each in asked)
    away = availability.external_busy(uow.connection, {each.staff_id for each in asked}, start=first, until=last)
    meets = _Meets(uow, [each for each in asked if each.caps.any], first=first, last=last)
    found = []
    for each in asked:
        time = Interval(each.start, each.end)
        over = any(time.overlaps(busy) for busy in away.get(each.staff_id, ())) or not meets.one_more(each)
        found.append(over)
    return found


class _Meets:
    """How often people whose days are capped meet somebody; groups that meet at one time are one meeting."""

    def __init__(self, uow: UnitOfWork, asked: Sequence[Asked], *, first: datetime, last: datetime) -> None:
        zones = {each.staff_id: each.zone for each in asked}
        rows = (
            availability.staff_taken(
                uow.connection,
                zones.keys(),
                start=first - _AROUND,
                until=last + _AROUND,
                now=uow.now,
                but={each.moves for each in asked if each.moves is not None},
            )
            if asked
            else []
        )
        self._starts = {(row.staff_id, row.start if row.begins is None else row.begins) for row in rows}
        days = [(staff_id, datetime.fromtimestamp(start, zones[staff_id]).date()) for staff_id, start in self._starts]
        self._per_day = Counter(days)
        self._per_week = Counter((staff_id, _week(day)) for staff_id, day in days)

    def one_more(self, each: Asked) -> bool:
        """Whether there is room; it is then counted."""
        here = (each.staff_id, int(each.start.timestamp()))
        if not each.caps.any or here in self._starts:
            return True
        day = each.start.astimezone(each.zone).date()
        today, week = (each.staff_id, day), (each.staff_id, _week(day))
        per_day, per_week = each.caps.per_day, each.caps.per_week
        if (per_day is not None and self._per_day[today] >= per_day) or (
            per_week is not None and self._per_week[week] >= per_week
        ):
            return False
        self._starts.add(here)
        self._per_day[today] += 1
        self._per_week[week] += 1
        return True


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
