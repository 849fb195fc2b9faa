"""What a member of staff has already, in the form that asking slot by slot needs. All times are seconds since 1970."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.scheduling.domain.availability_rules import Booked, Interval, Rules
from services.scheduling.domain.availability_segments import Span, merged


class Sitting(NamedTuple):
    """What `Booked` says, in seconds: the time that is kept free, the meeting in it, and where that is."""

    block: Span
    meeting: Span
    place: str | None = None


class Taken:
    """Meetings (`busy`, with their buffers) and other absences (`away`), and what they leave of the limits."""

    def __init__(
        self, rules: Rules, busy: Iterable[Interval | Sitting], away: Iterable[Interval], *, zone: ZoneInfo
    ) -> None:
        self._rules = rules
        self._busy = [each if isinstance(each, Sitting) else _sitting(each) for each in busy]
        self._away = [_seconds(each) for each in away]
        self._blocks = _Merged([*(block for block, _, _ in self._busy), *self._away])
        self._distinct = {meeting for _, meeting, _ in self._busy}
        self._meetings = sorted(self._distinct)
        self._rest = seconds_of(rules.limits.rest)
        self._starts = [start for start, _ in self._meetings]
        capped = rules.limits.per_day is not None or rules.limits.per_week is not None
        days = [datetime.fromtimestamp(start, UTC).astimezone(zone).date() for start in self._starts] if capped else []
        self._per_day = Counter(days)
        self._per_week = Counter(day.isocalendar()[:2] for day in days)
        self._ways: dict[str, _Merged] = {}

    def full(self, day: date) -> bool:
        """Whether the caps let nothing more happen on that day; groups that meet at one time are one meeting."""
        limits = self._rules.limits
        return (limits.per_day is not None and self._per_day[day] >= limits.per_day) or (
            limits.per_week is not None and self._per_week[day.isocalendar()[:2]] >= limits.per_week
        )

    def seats_left(self, slot: Span, blocks: Span, *, seats: int) -> int:
        """How many may still come to `slot`; 0 where the time or its buffers are taken by anything else."""
        if not self._blocks.touches(blocks):
            return seats
        if seats == 1:
            return 0
        here = [meeting for block, meeting, _ in self._busy if _overlap(block, blocks)]
        alone = all(meeting == slot for meeting in here) and not any(_overlap(each, blocks) for each in self._away)
        return max(0, seats - len(here)) if alone else 0

    def too_long_a_row(self, slot: Span) -> bool:
        """Whether `slot` would make a run of meetings without a rest longer than allowed."""
        most, rest = self._rules.limits.in_a_row, self._rest
        if most is None or slot in self._distinct:
            return False
        at, run = bisect_left(self._starts, slot[0]), 1
        back, edge = at - 1, slot[0]
        while back >= 0 and run <= most and edge - self._meetings[back][1] < rest:
            run, edge, back = run + 1, self._meetings[back][0], back - 1
        ahead, edge = at, slot[1]
        while ahead < len(self._meetings) and run <= most and self._meetings[ahead][0] - edge < rest:
            run, edge, ahead = run + 1, self._meetings[ahead][1], ahead + 1
        return run > most

    def too_far(self, slot: Span, place: str | None) -> bool:
        """Whether the way from or to a meeting elsewhere takes longer than there is time for."""
        if place is None:
            return False
        if place not in self._ways:
            ways = []
            for _, (start, end), there in self._busy:
                way = seconds_of(self._rules.travel.time(place, there))
                if way:
                    ways.append((start - way, end + way))
            self._ways[place] = _Merged(ways)
        return self._ways[place].touches(slot)


class _Merged:
    """Whether a span touches any of many, in logarithmic time."""

    def __init__(self, spans: Iterable[Span]) -> None:
        found = merged(span for span in spans if span[0] < span[1])
        self._starts, self._ends = [start for start, _ in found], [end for _, end in found]

    def touches(self, span: Span) -> bool:
        return bisect_right(self._ends, span[0]) < bisect_left(self._starts, span[1])


def _seconds(interval: Interval) -> Span:
    return int(interval.start.timestamp()), -int(-interval.end.timestamp() // 1)


def _sitting(interval: Interval) -> Sitting:
    if isinstance(interval, Booked):
        return Sitting(_seconds(interval), _seconds(interval.meeting or interval), interval.place)
    return Sitting(_seconds(interval), _seconds(interval))


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def seconds_of(length: timedelta) -> int:
    return int(length.total_seconds())
