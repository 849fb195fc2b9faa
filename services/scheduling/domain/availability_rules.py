"""What rules of availability are made of. Wall times are at school; only intervals and slots are instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

NONE = timedelta(0)


class Weeks(StrEnum):
    """For who is there every other week: odd and even are ISO 8601 week numbers."""

    EVERY = "every"
    ODD = "odd"
    EVEN = "even"

    def has(self, day: date) -> bool:
        return self is Weeks.EVERY or (self is Weeks.ODD) == bool(day.isocalendar().week % 2)


@dataclass(frozen=True, slots=True)
class Window:
    """Wall time on one weekday (0 is Monday). `evening`: offered only to families who cannot come earlier.

    `drop_in`: families come by without an appointment, so nothing in it is booked. None of `seats` and `notice`: as the
    limits say. `place`: the wing or room, for the way to the next meeting.
    """

    weekday: int
    start: time
    end: time
    evening: bool = False
    place: str | None = None
    seats: int | None = None
    notice: timedelta | None = None
    weeks: Weeks = Weeks.EVERY
    drop_in: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What holds on one day instead of the weekly windows; no windows means not there."""

    on: date
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Blackout:
    """Exams, a staff day, a day off: from `first` to `last`, all day or between two wall times on each of them."""

    first: date
    last: date
    start: time | None = None
    end: time | None = None

    @property
    def whole_day(self) -> bool:
        return self.start is None or self.end is None


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) as instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Booked(Interval):
    """A meeting with the buffers around it; `meeting` is the time without them. `place`: where, if on site."""

    meeting: Interval | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked, as instants in UTC; `seats` are those left. `before` and `after` stay free around it."""

    start: datetime
    end: datetime
    evening: bool = False
    seats: int = 1
    before: timedelta = NONE
    after: timedelta = NONE
    place: str | None = None

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)

    @property
    def blocks(self) -> Interval:
        """What a booking of it keeps from others: buffers of two neighbours stack."""
        return Interval(self.start - self.before, self.end + self.after)


@dataclass(frozen=True, slots=True)
class Travel:
    """How long the way between two places takes; `between` holds (place, place, time), either way round."""

    between: tuple[tuple[str, str, timedelta], ...] = ()
    default: timedelta = NONE

    def time(self, one: str | None, other: str | None) -> timedelta:
        """Nothing where a place is unknown (a call needs no way) or the same."""
        if one is None or other is None or one == other:
            return NONE
        return max((way for a, b, way in self.between if {a, b} == {one, other}), default=self.default)


@dataclass(frozen=True, slots=True)
class Limits:
    """What else keeps a slot from being offered. `opens` and `closes` are wall times at school; None: no such limit.

    `step`: from one start to the next, else length and buffers. `notice`: shortest time from now to a slot. `per_week`:
    from Monday to Sunday. After `in_a_row` meetings there is a pause of `rest`; shorter pauses do not count as one.
    """

    before: timedelta = NONE
    step: timedelta | None = None
    seats: int = 1
    notice: timedelta = NONE
    days_ahead: int | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    per_day: int | None = None
    per_week: int | None = None
    in_a_row: int | None = None
    rest: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rules:
    """Weekly windows, exceptions, days when the school is closed; lengths are wall minutes. `buffer`: after a meeting."""

    windows: tuple[Window, ...]
    overrides: tuple[Override, ...] = ()
    closed: frozenset[date] = frozenset()
    length: timedelta = timedelta(minutes=20)
    buffer: timedelta = NONE
    breaks: tuple[Window, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    travel: Travel = Travel()
    limits: Limits = Limits()
