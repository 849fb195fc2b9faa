"""One day's windows as pieces that do not overlap, the same in whatever order the rules were written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from services.scheduling.domain.availability_rules import Rules, Weeks, Window

Span = tuple[int, int]  # minutes of the day, [from, to)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a day in which slots follow one another; minutes of the day."""

    start: int
    end: int
    evening: bool
    place: str | None
    seats: int
    notice: timedelta


_Kind = tuple[bool, bool, str, int, timedelta]


class Days:
    """The segments of each day under some rules; days without exceptions share those of their weekday."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._instead: dict[date, list[Window]] = defaultdict(list)
        for override in rules.overrides:
            self._instead[override.on] += override.windows
        self._parts = [blackout for blackout in rules.blackouts if not blackout.whole_day]
        self._whole = [blackout for blackout in rules.blackouts if blackout.whole_day]
        self._plain: dict[tuple[int, bool], tuple[Segment, ...]] = {}

    def of(self, day: date) -> tuple[Segment, ...]:
        if day in self._rules.closed or any(each.first <= day <= each.last for each in self._whole):
            return ()
        parts = [each for each in self._parts if each.first <= day <= each.last]
        away = [_span(each.start, each.end) for each in parts if each.start is not None and each.end is not None]
        if day in self._instead:
            return self._cut(day, self._instead[day], away)
        if away:
            return self._cut(day, self._weekly(day), away)
        key = (day.weekday(), Weeks.ODD.has(day))
        if key not in self._plain:
            self._plain[key] = self._cut(day, self._weekly(day), [])
        return self._plain[key]

    def _weekly(self, day: date) -> list[Window]:
        return [window for window in self._rules.windows if window.weekday == day.weekday() and window.weeks.has(day)]

    def _cut(self, day: date, windows: Iterable[Window], away: Iterable[Span]) -> tuple[Segment, ...]:
        breaks = [each for each in self._rules.breaks if each.weekday == day.weekday() and each.weeks.has(day)]
        taken = merged([*away, *(_span(each.start, each.end) for each in breaks)])
        kinds: dict[_Kind, list[Span]] = defaultdict(list)
        for window in windows:
            kinds[self._kind(window)].append(_span(window.start, window.end))
        found = []
        for kind in sorted(kinds):  # drop-in first, so that nothing in it is booked; evenings last
            booked_in, evening, place, seats, notice = kind
            for start, end in without(merged(kinds[kind]), taken):
                if booked_in:
                    found.append(Segment(start, end, evening, place or None, seats, notice))
            taken = merged([*taken, *kinds[kind]])
        return tuple(sorted(found, key=lambda segment: segment.start))

    def _kind(self, window: Window) -> _Kind:
        limits = self._rules.limits
        seats = limits.seats if window.seats is None else window.seats
        notice = limits.notice if window.notice is None else window.notice
        return (not window.drop_in, window.evening, window.place or "", seats, notice)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted, and what overlaps or touches joined."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of `spans` where nothing is taken; both sorted and disjoint."""
    found = []
    for start, end in spans:
        for first, last in taken:
            if last <= start or first >= end:
                continue
            if first > start:
                found.append((start, first))
            start = max(start, last)
        if start < end:
            found.append((start, end))
    return found


def _span(start: time, end: time) -> Span:
    return start.hour * 60 + start.minute, end.hour * 60 + end.minute
