"""Days, hours and weeks in the reader's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time

from services.scheduling.domain.windows import WEEKDAYS, Slot
from services.scheduling.when import locale_of

_A_MONDAY = date(2024, 1, 1)


def day_times(free: Sequence[Slot], *, zone: ZoneInfo, language: str) -> list[tuple[str, str]]:
    """(day, its times) of free slots."""
    by_day = groupby(free, key=lambda slot: slot.start.astimezone(zone).date())
    return [(day_name(day, language), ", ".join(clock(slot.start, zone, language) for slot in slots)) for day, slots in by_day]


def day_name(day: date, language: str) -> str:
    """Weekday, day and month, e.g. "Wed, Oct 7"."""
    return str(format_skeleton("MMMEd", datetime.combine(day, time()), locale=locale_of(language)))


def clock(moment: datetime, zone: ZoneInfo, language: str) -> str:
    return str(format_time(moment.astimezone(zone), "short", locale=locale_of(language)))


def span(start: datetime, end: datetime, *, zone: ZoneInfo, language: str) -> str:
    return f"{clock(start, zone, language)} – {clock(end, zone, language)}"


def hours_in_words(windows: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, bool]]:
    """(line, whether no appointment is needed) of weekly windows, e.g. "Wednesday 3:30 PM – 4:30 PM", by weekday."""
    locale = locale_of(language)
    lines = []
    for window in sorted(windows, key=lambda each: (WEEKDAYS.index(each["weekday"]), each["start"])):
        weekday = _A_MONDAY + timedelta(days=WEEKDAYS.index(window["weekday"]))
        name = format_skeleton("EEEE", datetime.combine(weekday, time()), locale=locale)
        begin, end = (format_time(time.fromisoformat(window[key]), "short", locale=locale) for key in ("start", "end"))
        lines.append((f"{name} {begin} – {end}", bool(window.get("drop_in"))))
    return lines
