"""VTIMEZONE (RFC 5545 §3.6.5) for a limited run of years, by recurrence rules and single onsets, never by RDATE.

ical.js takes only the first of many RDATE values, so icalendar's own `add_missing_timezones` makes it an hour wrong from the
second year on. A zone whose changes follow no rule (Morocco's follow the moon) gets one observance per change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.scheduling.calendars import lines

# A zone is written alike in every file, whatever years that speaks of: vobject keeps the first definition of a zone that it
# meets for as long as its process lives. It also takes London for UTC where nothing changes before 2020.
ALWAYS = (2018, 2040)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP = timedelta(days=1)  # no zone changes twice in one
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """The clocks go from one offset to another. `wall`: what they showed just then, by the old offset."""

    at: datetime
    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool


def component(zone: str, first: int, last: int) -> tuple[str, ...]:
    """Unfolded lines of the zone's VTIMEZONE, right for all instants of the years `first` to `last`, and of those of `ALWAYS`."""
    return _component(zone, *_span(first, last))


def folded(zone: str, first: int, last: int) -> str:
    """`component` as it stands in a file: the same text in nearly every one, so it is put together once."""
    return _folded(zone, *_span(first, last))


def _span(first: int, last: int) -> tuple[int, int]:
    return min(first - 1, ALWAYS[0]), max(last + 1, ALWAYS[1])


@lru_cache(maxsize=512)
def _folded(zone: str, first: int, last: int) -> str:
    return lines.document(_component(zone, first, last))


@lru_cache(maxsize=512)
def _component(zone: str, first: int, last: int) -> tuple[str, ...]:
    tz = ZoneInfo(zone)
    begin = datetime(first, 1, 1, tzinfo=UTC)
    found = changes(tz, begin, datetime(last + 1, 1, 1, tzinfo=UTC))
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}", *_at_first(tz, begin)]
    for group in _groups(found, last):
        lines += _observance(group)
    return (*lines, "END:VTIMEZONE")


def changes(tz: ZoneInfo, start: datetime, end: datetime) -> list[Change]:
    """Every change of the offset in [start, end), found to the second."""
    found, at = [], start
    before = at.astimezone(tz).utcoffset()
    while at < end:
        after = (at + _STEP).astimezone(tz).utcoffset()
        if after != before:
            found.append(_change(tz, at, at + _STEP))
        at, before = at + _STEP, after
    return found


def _change(tz: ZoneInfo, low: datetime, high: datetime) -> Change:
    before = _offset(low, tz)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(middle, tz) == before:
            low = max(middle, low + _SECOND)
        else:
            high = middle
    if _offset(low, tz) != before:
        high = low
    local = high.astimezone(tz)
    after = _offset(high, tz)
    return Change(high, (high + before).replace(tzinfo=None), before, after, local.tzname() or "", after > before)


def _offset(at: datetime, tz: ZoneInfo) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta()


def _at_first(tz: ZoneInfo, begin: datetime) -> list[str]:
    """What was in force when the years begin, as a standard time since long before them."""
    local = begin.astimezone(tz)
    offset = _written(_offset(begin, tz))
    return [
        "BEGIN:STANDARD",
        f"DTSTART:{begin.year - 1:04d}0101T000000",
        f"TZOFFSETFROM:{offset}",
        f"TZOFFSETTO:{offset}",
        f"TZNAME:{local.tzname()}",
        "END:STANDARD",
    ]


def _groups(found: Sequence[Change], last: int) -> list[list[Change]]:
    """Changes of consecutive years that one yearly rule without an end describes; each of the others alone.

    No rule with an UNTIL: dateutil's reader takes that UTC moment for wall time and drops the last onset.
    """
    groups: list[list[Change]] = []
    for change in found:
        home = next((group for group in groups if _continues(group, change)), None)
        if home is None:
            groups.append([change])
        else:
            home.append(change)
    kept: list[list[Change]] = []
    for group in groups:
        endless = len(group) > 1 and group[-1].wall.year == last
        kept += [group] if endless else [[one] for one in group]
    return kept


def _continues(group: Sequence[Change], change: Change) -> bool:
    last = group[-1]
    same = (last.before, last.after, last.name, last.wall.time()) == (
        change.before,
        change.after,
        change.name,
        change.wall.time(),
    )
    if not same or change.wall.year != last.wall.year + 1 or change.wall.month != last.wall.month:
        return False
    return bool(_patterns([*(each.wall.date() for each in group), change.wall.date()]))


def _patterns(days: Sequence[date]) -> list[str]:
    """The rule parts that give exactly these days, one a year: nth weekday, last weekday, weekday from a day on, the date."""
    weekdays = {day.weekday() for day in days}
    found = []
    if len(weekdays) == 1:
        name = _DAYS[next(iter(weekdays))]
        if all(_last_of_month(day) for day in days):
            found.append(f"BYDAY=-1{name}")
        nth = {(day.day - 1) // 7 + 1 for day in days}
        if len(nth) == 1:
            found.append(f"BYDAY={next(iter(nth))}{name}")
        low, high = min(day.day for day in days), max(day.day for day in days)
        if not found and high - low < 7:
            start = min(low, high - 6 if high > 6 else low)
            window = ",".join(str(number) for number in range(max(1, start), max(1, start) + 7))
            found.append(f"BYDAY={name};BYMONTHDAY={window}")
    elif len({day.day for day in days}) == 1:
        found.append(f"BYMONTHDAY={days[0].day}")
    return found


def _last_of_month(day: date) -> bool:
    return (day + timedelta(days=7)).month != day.month


def _rule(group: Sequence[Change]) -> str:
    return f"FREQ=YEARLY;BYMONTH={group[0].wall.month};{_patterns([each.wall.date() for each in group])[0]}"


def _observance(group: Sequence[Change]) -> list[str]:
    change = group[0]
    kind = "DAYLIGHT" if change.summer else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{change.wall:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_written(change.before)}",
        f"TZOFFSETTO:{_written(change.after)}",
        f"TZNAME:{change.name}",
        *([f"RRULE:{_rule(group)}"] if len(group) > 1 else []),
        f"END:{kind}",
    ]


def _written(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, rest = ("-", -seconds) if seconds < 0 else ("+", seconds)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{sign}{hours:02d}{minutes:02d}" + (f"{rest:02d}" if rest else "")
