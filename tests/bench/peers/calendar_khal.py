"""khal reads a folder of calendar files into its database, as `khal import` does, and lists what it would show."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytz
from calendar_common import Found, run
from khal.icalendar import cal_from_ics, expand, sanitize


def read(path: Path) -> list[Found]:
    calendar = cal_from_ics(path.read_text(encoding="utf-8"))
    events = [sanitize(event, pytz.UTC, "bench", "bench") for event in calendar.walk("VEVENT")]
    moved = {(str(event["UID"]), _key(event["RECURRENCE-ID"].dt)) for event in events if "RECURRENCE-ID" in event}
    found = []
    for event in events:
        uid = str(event["UID"])
        own = "RECURRENCE-ID" in event
        for start, end in expand(event):
            if own or (uid, _key(start)) not in moved:
                found.append(Found(uid, start, _end(end, event), str(event["SUMMARY"]), str(event["STATUS"])))
    return found


def _end(end: Any, event: Any) -> Any:
    return end


def _key(at: Any) -> Any:
    return at.timestamp() if isinstance(at, datetime) else at


if __name__ == "__main__":
    run(Path(sys.argv[1]), read)
