"""vobject reads a folder of calendar files; its own zones and rules, exceptions applied as RFC 5545 has them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import vobject
from calendar_common import Found, run


def read(path: Path) -> list[Found]:
    calendar = vobject.readOne(path.read_bytes().decode())
    events = list(calendar.vevent_list)
    moved = {(event.uid.value, _key(event.recurrence_id.value)) for event in events if hasattr(event, "recurrence_id")}
    return [found for event in events for found in _occurrences(event, moved)]


def _occurrences(event: Any, moved: set[tuple[str, Any]]) -> list[Found]:
    start, end, uid = event.dtstart.value, event.dtend.value, event.uid.value
    if hasattr(event, "recurrence_id") or not hasattr(event, "rrule"):
        return [_found(event, start, end)]
    found = []
    for at in event.getrruleset(addRDate=True):
        begins = at if isinstance(start, datetime) else at.date()
        if (uid, _key(begins)) not in moved:
            found.append(_found(event, begins, _after(begins, start, end)))
    return found


def _after(begins: Any, start: Any, end: Any) -> Any:
    """The end, as long after it as the first one's (in real time)."""
    length: timedelta = end - start
    if not isinstance(begins, datetime):
        return begins + length
    return begins.astimezone(UTC) + (end.astimezone(UTC) - start.astimezone(UTC))


def _found(event: Any, start: Any, end: Any) -> Found:
    return Found(event.uid.value, start, end, event.summary.value, event.status.value)


def _key(at: Any) -> Any:
    return at.timestamp() if isinstance(at, datetime) else at


if __name__ == "__main__":
    run(Path(sys.argv[1]), read)
