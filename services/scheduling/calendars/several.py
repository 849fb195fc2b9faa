"""Many calendar objects of one person read as one: what a CalDAV calendar is made of. Also run as a process of its own.

`python -m services.scheduling.calendars.several` reads a request as JSON and answers as JSON: a large calendar takes seconds, for
which no worker's loop may stand still.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.calendars.component import Fault, Unreadable
from services.scheduling.calendars.reading import Busy, busy, merged


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What to read. `ours`: how the UIDs of our own meetings end."""

    items: Sequence[str]
    home: ZoneInfo
    start: datetime
    until: datetime
    ours: str

    @property
    def size(self) -> int:
        return sum(map(len, self.items))


def several(request: Request) -> Busy:
    """All their busy times. One item that cannot be read is counted; raises Unreadable where none can."""
    notes: Counter[str] = Counter()
    found: list[tuple[datetime, datetime]] = []
    fault: Fault | None = None
    for item in request.items:
        try:
            one = busy(
                item,
                home=request.home,
                start=request.start,
                until=request.until,
                ours=lambda uid: uid.endswith(request.ours),
            )
        except Unreadable as error:
            notes["event"] += 1
            fault = error.fault
            continue
        found += one.intervals
        notes.update(dict(one.notes))
    if fault is not None and notes["event"] >= len(request.items):
        raise Unreadable(fault)
    return Busy(merged(found), tuple(sorted(notes.items())))


def asked(request: Request) -> bytes:
    """For the other process."""
    return json.dumps(
        {
            "items": list(request.items),
            "home": request.home.key,
            "start": request.start.isoformat(),
            "until": request.until.isoformat(),
            "ours": request.ours,
        }
    ).encode()


def answered(raw: bytes) -> Busy:
    """What the other process said; raises Unreadable as it would have."""
    said: dict[str, Any] = json.loads(raw)
    if said.get("fault"):
        raise Unreadable(Fault(said["fault"]))
    intervals = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in said["intervals"]]
    return Busy(tuple(intervals), tuple((code, count) for code, count in said["notes"]))


def main() -> None:
    said = json.load(sys.stdin.buffer)
    start, until = (datetime.fromisoformat(said[name]) for name in ("start", "until"))
    try:
        found = several(Request(said["items"], ZoneInfo(said["home"]), start, until, said["ours"]))
    except Unreadable as error:
        answer: dict[str, Any] = {"fault": error.fault.value}
    else:
        answer = {
            "intervals": [[begin.isoformat(), end.isoformat()] for begin, end in found.intervals],
            "notes": found.notes,
        }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
