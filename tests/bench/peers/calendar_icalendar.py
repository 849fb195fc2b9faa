"""icalendar and recurring-ical-events read a folder of calendar files; one JSON object on stdout (see calendar_common)."""

from __future__ import annotations

import sys
from pathlib import Path

import icalendar
import recurring_ical_events
from calendar_common import END, START, Found, run


def read(path: Path) -> list[Found]:
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    return [
        Found(
            str(each["UID"]), each.decoded("DTSTART"), each.decoded("DTEND"), str(each["SUMMARY"]), str(each["STATUS"])
        )
        for each in recurring_ical_events.of(calendar, skip_bad_series=False).between(START, END)
    ]


if __name__ == "__main__":
    run(Path(sys.argv[1]), read)
