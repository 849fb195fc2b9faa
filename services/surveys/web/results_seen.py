"""Who has opened a survey, for the funnel: noted in memory, written by the dozen, so that opening a page stays a reading.

What is in memory when a process dies is lost: a guardian who only looked counts as reached, not as opened. Of an anonymous
survey nothing is noted, since a time beside an invitation would narrow down whose answers came then.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from services.surveys.domain.kinds import Privacy
from services.surveys.store import results as store
from shared.web import Request

AT_ONCE = 50
AT_LAST = timedelta(minutes=1)


class Seen:
    """Openings of one process that are not written yet, by district."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, datetime]] = defaultdict(dict)
        self._lock = Lock()

    def note(self, district: str, assignment_id: str, now: datetime) -> dict[str, datetime]:
        """Remember the first time; returns what is to be written now, nothing mostly."""
        with self._lock:
            waiting = self._waiting[district]
            waiting.setdefault(assignment_id, now)
            if len(waiting) < AT_ONCE and now - min(waiting.values()) < AT_LAST:
                return {}
            return self._waiting.pop(district)

    def take(self, district: str) -> dict[str, datetime]:
        """Everything that waits, for somebody who wants to count."""
        with self._lock:
            return self._waiting.pop(district, {})


_SEEN = Seen()


def seen(request: Request, opening: Any) -> None:
    """A guardian has the questions of `opening` (`handlers.life.Opening`) on the screen."""
    if opening.survey.identified is Privacy.ANONYMOUS:
        return
    opened = _SEEN.note(request.district, opening.assignment.assignment_id, request.now)
    if opened:
        with request.unit_of_work() as uow:
            store.note_opened(uow.connection, opened)


def write_seen(request: Request) -> None:
    """What this process still has in memory, before figures are counted."""
    opened = _SEEN.take(request.district)
    if opened:
        with request.unit_of_work() as uow:
            store.note_opened(uow.connection, opened)
