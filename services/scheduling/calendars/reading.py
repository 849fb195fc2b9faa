"""When a person is busy, by a calendar file of somebody else's making. What cannot be understood is counted, never guessed.

Wall times are kept through daylight saving: a repetition on a wall time that the clocks skip does not take place (RFC 5545
§3.3.10); a single event there is read by the offset before the change, as §3.3.5 has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.calendars.component import Component, Property, parse
from services.scheduling.calendars.moments import Bad, moment, period, span
from services.scheduling.calendars.repeating import Budget, TooOften, occurrences
from services.scheduling.calendars.zone_names import Zones

_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
LONGEST = timedelta(days=366)  # of one entry: longer ones are mistakes


@dataclass(frozen=True, slots=True)
class Busy:
    """Intervals as instants in UTC, apart and in order, and how often what could not be understood.

    Codes of `notes`: line, event, moment, rule, too_often, zone, gap, range, too_long.
    """

    intervals: tuple[tuple[datetime, datetime], ...]
    notes: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Reader:
    zones: Zones
    start: datetime
    until: datetime
    notes: Counter[str]
    budget: Budget
    found: list[tuple[datetime, datetime]]


def busy(
    raw: bytes | str,
    *,
    home: ZoneInfo,
    start: datetime,
    until: datetime,
    ours: Callable[[str], bool] = lambda uid: False,
) -> Busy:
    """Busy times in [start, until). `home`: whose wall time floating times and whole days are. Raises component.Unreadable.

    `ours` says by its UID whether an entry is a meeting of our own, which must not block itself.
    """
    calendars = parse(raw)
    reader = _Reader(Zones(calendars, home), start, until, Counter(), Budget(), [])
    for calendar in calendars:
        reader.notes["line"] += calendar.odd
        _events(reader, [each for each in calendar.each("VEVENT") if not ours(each.text("UID"))])
        for answer in calendar.each("VFREEBUSY"):
            _periods(reader, answer)
    reader.notes["zone"] += len(reader.zones.unknown)
    return Busy(merged(reader.found), tuple(sorted((code, n) for code, n in reader.notes.items() if n)))


def merged(intervals: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    """The same times as few intervals as can be."""
    out: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(intervals):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return tuple(out)


def _events(reader: _Reader, events: list[Component]) -> None:
    instead: dict[str, set[datetime]] = {}
    for event in events:
        original = event.get("RECURRENCE-ID")
        if original is None:
            continue
        if original.params.get("RANGE"):
            reader.notes["range"] += 1  # "this and all that follow": written by hardly anybody; taken for this one
        at = _understood(reader, original)
        if at is not None:
            instead.setdefault(event.text("UID"), set()).add(_instant(reader, at, count=False))
    for event in events:
        reader.notes["line"] += event.odd
        if _blocks(event):
            replaced = instead.get(event.text("UID"), set()) if event.get("RECURRENCE-ID") is None else set()
            _event(reader, event, replaced)


def _blocks(event: Component) -> bool:
    said = event.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
    off = event.text("STATUS").upper() == "CANCELLED" or event.text("TRANSP").upper() == "TRANSPARENT"
    return not off and said not in _FREE


def _event(reader: _Reader, event: Component, replaced: set[datetime]) -> None:
    started = event.get("DTSTART")
    begin = _understood(reader, started) if started is not None else None
    if started is None:
        reader.notes["event"] += 1
    if begin is None:
        return
    try:
        length = span(event, begin, lambda at: _instant(reader, at, count=False), reader.zones)
    except Bad:
        reader.notes["moment"] += 1
        return
    if length > LONGEST:
        reader.notes["too_long"] += 1
        return
    if event.get("RRULE") is None and event.get("RDATE") is None:
        _add(reader, _instant(reader, begin), begin, length)
        return
    gone = {_instant(reader, at, count=False) for at in _many(reader, event.all("EXDATE"))} | replaced
    for at in _starts(reader, event, begin, length):
        instant = _instant(reader, at, count=False)
        if instant not in gone and _exists(reader, at):
            _add(reader, instant, at, length)


def _starts(reader: _Reader, event: Component, begin: Any, length: timedelta) -> list[Any]:
    """All starts that could matter, as they were written: wall times with their zone, or dates."""
    wall = begin.replace(tzinfo=None) if isinstance(begin, datetime) else datetime.combine(begin, time())
    zone = begin.tzinfo if isinstance(begin, datetime) else reader.zones.home
    low, high = (at.astimezone(zone).replace(tzinfo=None) for at in (reader.start - length, reader.until))
    starts = {wall}
    for rule in event.all("RRULE")[:1]:
        try:
            starts |= set(occurrences(rule.value, wall, zone, low=low, high=high, budget=reader.budget))
        except TooOften:
            reader.notes["too_often"] += 1
        except Bad:
            reader.notes["rule"] += 1
    found = [_again(begin, each) for each in starts if low - timedelta(days=2) <= each <= high + timedelta(days=2)]
    return found + list(_many(reader, event.all("RDATE")))


def _again(begin: Any, wall: datetime) -> Any:
    return wall.replace(tzinfo=begin.tzinfo) if isinstance(begin, datetime) else wall.date()


def _many(reader: _Reader, properties: list[Property]) -> list[Any]:
    """Of properties that hold several values; of periods the start."""
    found = []
    for each in properties:
        for value in each.value.split(",")[:2000]:
            at = _understood(reader, Property(each.name, each.params, value.partition("/")[0]))
            if at is not None:
                found.append(at)
    return found


def _understood(reader: _Reader, said: Property) -> Any:
    try:
        return moment(said, reader.zones)
    except Bad:
        reader.notes["moment"] += 1
        return None


def _instant(reader: _Reader, at: date | datetime, *, count: bool = True) -> datetime:
    """In UTC; a whole day begins at the reader's midnight."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), reader.zones.home).astimezone(UTC)
    if count and not _exists(reader, at):
        reader.notes["gap"] += 1
    return at.astimezone(UTC)


def _exists(reader: _Reader, at: date | datetime) -> bool:
    """Whether the clocks ever show that wall time."""
    if not isinstance(at, datetime):
        return True
    zone: tzinfo = at.tzinfo or reader.zones.home
    return at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None)


def _add(reader: _Reader, begin: datetime, said: date | datetime, length: timedelta) -> None:
    """Whole days end at a midnight, however long the day of the change is."""
    if isinstance(said, datetime):
        end = begin + length
    else:
        end = datetime.combine(said + length, time(), reader.zones.home).astimezone(UTC)
    if begin < end and begin < reader.until and end > reader.start:
        reader.found.append((max(begin, reader.start), min(end, reader.until)))


def _periods(reader: _Reader, answer: Component) -> None:
    for said in answer.all("FREEBUSY"):
        if said.params.get("FBTYPE", "BUSY").upper() == "FREE":
            continue
        for value in said.value.split(",")[:20_000]:
            try:
                begin, end = period(value, reader.zones)
            except Bad:
                reader.notes["moment"] += 1
                continue
            _add(reader, begin, begin, end - begin)
