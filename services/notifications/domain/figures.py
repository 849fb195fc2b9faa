"""What the reach report counts, and what each figure means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

# carriers say what became of a message: there it counts when they say it arrived. Elsewhere nobody does, and being taken counts.
RECEIPTED = frozenset({"sms", "whatsapp", "voice"})
ANSWERS_WITHIN = timedelta(days=7)  # what a guardian writes later than that answers something else
WINDOW_DAYS = 30


class Event(StrEnum):
    """Single happenings; what `n` and `value` of each hold."""

    ANSWER = "answer"  # value: hours from a family's words to a person's answer
    POSITIVE = "positive"
    CONCERN = "concern"
    PROMISE = "promise"  # value: 1 kept, 0 missed; the first word on it holds
    ALERT = "alert"  # value: days before the midterm report
    LETTER = "letter"
    CADENCE = "cadence"  # n: students; value: those without a gap


class Name(StrEnum):
    """The figures, in the order in which they are shown."""

    REACH = "reach"
    REPLY = "reply"
    ANSWER_HOURS = "answer_hours"
    CADENCE = "cadence"
    BALANCE = "balance"
    PROMISES = "promises"
    ALERT_LEAD = "alert_lead"
    LETTERS = "letters"
    UNREACHED = "unreached"


UNITS = {
    Name.REACH: "percent",
    Name.REPLY: "percent",
    Name.ANSWER_HOURS: "hours",
    Name.CADENCE: "percent",
    Name.BALANCE: "to_one",
    Name.PROMISES: "percent",
    Name.ALERT_LEAD: "days",
    Name.LETTERS: "count",
    Name.UNREACHED: "count",
}


@dataclass(frozen=True, slots=True)
class Homes:
    """Guardians of a group: all, written to, reached, and those who wrote back."""

    guardians: int = 0
    written: int = 0
    reached: int = 0
    replied: int = 0

    def __add__(self, other: Homes) -> Homes:
        return Homes(
            self.guardians + other.guardians,
            self.written + other.written,
            self.reached + other.reached,
            self.replied + other.replied,
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """Events of one school: how many rows, people and how much, by kind; hours of every answer."""

    rows: Mapping[Event, float] = field(default_factory=dict)
    n: Mapping[Event, float] = field(default_factory=dict)
    value: Mapping[Event, float] = field(default_factory=dict)
    hours: tuple[float, ...] = ()

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            _added(self.rows, other.rows),
            _added(self.n, other.n),
            _added(self.value, other.value),
            self.hours + other.hours,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A value (None: nothing to count) and of how many it is."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything a report is made of, as of one count. "" as a school is the whole district, each guardian once."""

    run_id: int
    as_of: datetime
    since: datetime
    days: int
    homes: Mapping[tuple[str, str], Homes]  # (school, language)
    channels: Mapping[tuple[str, str], Homes]  # (school, channel): guardians = written to that way
    tongues: Mapping[tuple[str, str], Homes]  # (language, channel), whole district
    events: Mapping[str, Sums]  # school
    unreached: Mapping[str, int]  # school
    reasons: Mapping[tuple[str, str], int]  # (language, reason), whole district

    def schools(self) -> list[str]:
        return sorted({school for school, _ in self.homes if school} | {school for school in self.events if school})

    def languages(self, school: str = "") -> list[str]:
        return sorted(language for where, language in self.homes if where == school)

    def all_homes(self, school: str = "") -> Homes:
        return sum((homes for (where, _), homes in self.homes.items() if where == school), Homes())


def share(part: float, whole: float) -> float | None:
    """Percent; None of nothing."""
    return None if not whole else 100.0 * part / whole


def figures(homes: Homes, sums: Sums, unreached: int) -> dict[Name, Figure]:
    """The nine figures of a school, or of the district."""
    count, value, n = sums.rows, sums.value, sums.n
    positive, concern = count.get(Event.POSITIVE, 0), count.get(Event.CONCERN, 0)
    promises, alerts = count.get(Event.PROMISE, 0), count.get(Event.ALERT, 0)
    return {
        Name.REACH: Figure(share(homes.reached, homes.guardians), homes.guardians),
        Name.REPLY: Figure(share(homes.replied, homes.written), homes.written),
        Name.ANSWER_HOURS: Figure(median(sums.hours) if sums.hours else None, len(sums.hours)),
        Name.CADENCE: Figure(
            share(value.get(Event.CADENCE, 0.0), n.get(Event.CADENCE, 0)), int(n.get(Event.CADENCE, 0))
        ),
        Name.BALANCE: Figure(positive / concern if concern else None, int(positive + concern)),
        Name.PROMISES: Figure(share(value.get(Event.PROMISE, 0.0), promises), int(promises)),
        Name.ALERT_LEAD: Figure(value[Event.ALERT] / alerts if alerts else None, int(alerts)),
        Name.LETTERS: Figure(float(count.get(Event.LETTER, 0)), homes.guardians),
        Name.UNREACHED: Figure(float(unreached), homes.guardians),
    }


def _added(one: Mapping[Event, float], other: Mapping[Event, float]) -> dict[Event, float]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {*one, *other}}
