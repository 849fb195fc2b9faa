"""Slots and series over changes of clocks, against an oracle that lets time pass (`dst_oracle`).

What a clock shows twice or never is nobody's meeting: RFC 5545 §3.3.10 says to skip a local time that does not exist.
python-dateutil's and recurring-ical-events' recurrences, which do not, are counted beside ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import MO, MONTHLY, SU, WEEKLY, rrule, weekday

from shared.benches.dst_oracle import DAY, EPOCH, Clocks
from shared.clock import monotonic

ZONES = {  # the years that are looked at: São Paulo gave daylight saving up in 2019, Apia skipped 30 December 2011
    "America/New_York": 2024,
    "America/Phoenix": 2024,
    "America/Los_Angeles": 2024,
    "Europe/London": 2024,
    "Australia/Lord_Howe": 2024,  # half an hour
    "America/Sao_Paulo": 2014,  # at midnight
    "Asia/Kathmandu": 2024,  # five hours and three quarters
    "Pacific/Apia": 2010,  # a whole day
    "Antarctica/Troll": 2024,  # two hours
}
LAST = 2035
WALLS = tuple(
    time.fromisoformat(each)
    for each in ("00:00", "00:30", "01:00", "01:30", "01:45", "02:00", "02:30", "03:00", "15:30", "23:45")
)


@dataclass
class Count:
    """What was compared, and how much of it was wrong (missing, or there without cause)."""

    slots: int = 0
    occurrences: int = 0
    skipped: int = 0
    doubled: int = 0
    wrong: int = 0
    changes: int = 0
    peers: dict[str, int] = field(default_factory=lambda: {"dateutil": 0, "recurring_ical_events": 0})

    def compare(self, ours: set[Any], meant: set[Any]) -> None:
        self.wrong += len(ours ^ meant)


def run(*, last: int = LAST, say: Callable[[str], None]) -> dict[str, Any]:
    """`wrong`: slots and occurrences that ours has and the oracle has not, or the other way round."""
    count, begun = Count(), monotonic()
    for name, first in ZONES.items():
        before = count.slots + count.occurrences
        clocks = Clocks(name, first, last)
        count.changes += len(clocks.changes())
        _slots(count, clocks, ZoneInfo(name), first, last)
        _series(count, clocks, ZoneInfo(name), first, last)
        say(f"{name}: {first}-{last}, {count.slots + count.occurrences - before} checked, {count.wrong} wrong so far")
    return {
        "zones": len(ZONES),
        "years": [min(ZONES.values()), last],
        "clock_changes": count.changes,
        "slots_checked": count.slots,
        "occurrences_checked": count.occurrences,
        "nonexistent_skipped": count.skipped,
        "doubled_skipped": count.doubled,
        "wrong": count.wrong,
        "peers_nonexistent_emitted": count.peers,
        "seconds": round(monotonic() - begun, 1),
    }


def _slots(count: Count, clocks: Clocks, zone: ZoneInfo, first: int, last: int) -> None:
    """Every night and every afternoon of all years; around changes of clocks whole days, lengths and buffers."""
    years = date(first, 1, 1), date(last, 12, 31)
    _days(count, clocks, zone, years, ((0, 240), (930, 990)), length=30, buffers=(0, 0))
    for change in clocks.changes():
        near = datetime.fromtimestamp(change, UTC).date()
        span = max(years[0], near - timedelta(days=2)), min(years[1], near + timedelta(days=2))
        for length in (5, 10, 20, 45, 60):
            for buffers in ((0, 0), (5, 10)):
                _days(count, clocks, zone, span, ((0, 1410),), length=length, buffers=buffers)


def _days(
    count: Count,
    clocks: Clocks,
    zone: ZoneInfo,
    span: tuple[date, date],
    windows: tuple[tuple[int, int], ...],
    *,
    length: int,
    buffers: tuple[int, int],
) -> None:
    domain = import_module("services.scheduling.domain.windows")
    before, after = (timedelta(minutes=each) for each in buffers)
    every_day = tuple(
        domain.Window(day, time(*divmod(start, 60)), time(*divmod(end, 60))) for day in range(7) for start, end in windows
    )
    rules = domain.Rules(every_day, length=timedelta(minutes=length), buffer=after, limits=domain.Limits(before=before))
    start, until = (datetime.combine(day, time(), UTC) for day in (span[0] - timedelta(days=2), span[1] + timedelta(days=3)))
    ours = {
        (int(slot.start.timestamp()), int(slot.end.timestamp()))
        for slot in domain.slots(rules, [], zone=zone, start=start, until=until)
        if span[0] <= slot.start.astimezone(zone).date() <= span[1]
    }
    meant = set()
    for midnight in _midnights(*span):
        for window in windows:
            meant |= set(clocks.slots(midnight, window, length=length, apart=sum(buffers)))
    count.slots += len(ours | meant)
    count.compare(ours, meant)


def _series(count: Count, clocks: Clocks, zone: ZoneInfo, first: int, last: int) -> None:
    """Weekly, fortnightly, monthly and quarterly series at every critical wall time, on each day of the week."""
    series = import_module("services.scheduling.domain.series")
    until = date(last, 12, 20)
    for at in WALLS:
        for start in (date(first, 1, day) for day in range(2, 9)):
            for every, days in _rules(start, until):
                rule = series.Rule(start, at, 30, series.Every(every), until)
                met, dropped = series.occurrences(rule, zone=zone)
                ours = {int(each.start.timestamp()) for each in met}
                meant, gone = set(), 0
                for day in days:
                    wall = (datetime.combine(day, at) - EPOCH) // timedelta(seconds=1)
                    shown = clocks.instants(wall)
                    whole = list(clocks.slots(wall, (0, 30), length=30))
                    meant |= {begin for begin, _ in whole}
                    gone += not whole
                    count.skipped += not shown
                    count.doubled += len(shown) > 1
                count.occurrences += len(ours | meant) + len(dropped)
                count.compare(ours, meant)
                count.wrong += abs(gone - len(dropped))
    for at in WALLS:
        _peers(count, clocks, zone, datetime.combine(date(first, 1, 1), at), until)


def _rules(start: date, until: date) -> Iterator[tuple[str, list[date]]]:
    """(how often, its days), the days by python-dateutil without any zone, where it is right."""
    begin, end = datetime.combine(start, time()), datetime.combine(until, time())
    place = weekday(start.weekday(), (start.day - 1) // 7 + 1)
    for every, rule in (
        ("week", rrule(WEEKLY, dtstart=begin, until=end)),
        ("two_weeks", rrule(WEEKLY, interval=2, dtstart=begin, until=end)),
        ("month", rrule(MONTHLY, byweekday=place, dtstart=begin, until=end)),
        ("quarter", rrule(MONTHLY, interval=3, byweekday=place, dtstart=begin, until=end)),
    ):
        yield every, [moment.date() for moment in rule]


def _peers(count: Count, clocks: Clocks, zone: ZoneInfo, start: datetime, until: date) -> None:
    """How many local times that do not exist two libraries give, for the weekly series on Sundays and Mondays."""
    icalendar, recurring = import_module("icalendar"), import_module("recurring_ical_events")
    for on in (SU, MO):
        begin = start + timedelta(days=(on.weekday - start.weekday()) % 7)
        aware = begin.replace(tzinfo=zone)
        given = rrule(WEEKLY, dtstart=aware, until=datetime.combine(until, time(), UTC))
        count.peers["dateutil"] += sum(not clocks.instants(_wall(moment)) for moment in given)
        event = icalendar.Event()
        event.add("uid", "1")
        event.add("dtstart", aware)
        event.add("rrule", {"freq": "weekly"})
        calendar = icalendar.Calendar()
        calendar.add_component(event)
        found = recurring.of(calendar).between(begin.date(), until)
        count.peers["recurring_ical_events"] += sum(not clocks.instants(_wall(each["DTSTART"].dt)) for each in found)


def _wall(moment: datetime) -> int:
    return (moment.replace(tzinfo=None) - EPOCH) // timedelta(seconds=1)


def _midnights(first: date, last: date) -> Iterator[int]:
    for days in range((last - first).days + 1):
        yield (datetime.combine(first, time()) - EPOCH) // timedelta(seconds=1) + days * DAY
