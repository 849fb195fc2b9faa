"""Families, orders and wishes for `bench restrictions`, and what the rules say of them.

`allowed` and the other answers here are the oracle. They are written from the rule text (features, "Where practices
conflict", F10, F24; 34 CFR 99.4; 47 CFR 64.1200) on these plain facts and import nothing of `shared.policy` or of the
service, so that a mistake there is not made here as well.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONES = ("America/Chicago", "America/New_York")
SCHOOLS = 6
CHANNELS = ("email", "sms")


class Moment(StrEnum):
    """When the service hears of an order: before anything, between a plan and its sending, after everything was sent."""

    BEFORE = "before"
    BETWEEN = "between"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Order:
    """A court order or the office's word. Days are the school's, the last one included."""

    scope: str
    starts_on: date
    ends_on: date | None
    lifted: bool
    heard: Moment

    def stops(self, on: date) -> bool:
        """Whether it forbids every contact about that child on that day; one about collecting the child does not."""
        if self.lifted or self.scope == "no_pickup":
            return False
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class Child:
    student_id: str
    name: str  # given to nobody else, so that a text that tells of the child is known by it
    school: int


@dataclass(frozen=True, slots=True)
class Tie:
    """One guardian and one child: a situation."""

    child: Child
    receives: bool
    active: bool
    order: Order | None


@dataclass(frozen=True, slots=True)
class Person:
    """One guardian with everything that may keep a message from them. `stopped`: channel → stop, carrier, bounced."""

    guardian_id: str
    household_id: str
    language: str
    addresses: dict[str, str]
    ties: tuple[Tie, ...]
    stopped: dict[str, str]
    stops_at_night: frozenset[str]
    no_surveys: bool
    quiet: tuple[time, time] | None
    cap: int | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(ZONES[self.ties[0].child.school % len(ZONES)])

    def barred(self, student_id: str, at: datetime, *, heard: frozenset[Moment]) -> bool:
        """Whether nothing about this child may reach this person at that instant, given what has been heard of by then."""
        tie = next((one for one in self.ties if one.child.student_id == student_id), None)
        if tie is None or not tie.active or not tie.receives:
            return True
        on = at.astimezone(ZoneInfo(ZONES[tie.child.school % len(ZONES)])).date()
        return tie.order is not None and tie.order.heard in heard and tie.order.stops(on)

    def closed(self, channel: str, *, safety: bool, night_over: bool) -> bool:
        """Whether this channel is not to be used: a carrier's or a mailbox's no holds always, the person's own not in danger."""
        source = self.stopped.get(channel)
        if source in ("carrier", "bounced"):
            return True
        said = source == "stop" or (night_over and channel in self.stops_at_night)
        return said and not safety

    def is_quiet(self, at: datetime) -> bool:
        """Whether the clock on their wall shows their quiet hours."""
        if self.quiet is None:
            return False
        wall = at.astimezone(self.zone).time()
        start, end = self.quiet
        return start <= wall < end if start <= end else wall >= start or wall < end


def draw(pairs: int, *, today: date, seed: int) -> list[Person]:
    """People until there are at least so many pairs of guardian and child."""
    dice = random.Random(seed)
    found: list[Person] = []
    drawn, family = 0, 0
    while drawn < pairs:
        family += 1
        school = dice.randrange(SCHOOLS)
        children = [
            # siblings may be in two schools, but not in two time zones
            Child(f"s{family}-{n}", f"Kid{family}{'abc'[n]}", (school + 2 * dice.randrange(2)) % SCHOOLS)
            for n in range(dice.choices((1, 2, 3), (5, 4, 2))[0])
        ]
        for number in range(dice.choices((1, 2, 3), (3, 6, 1))[0]):
            person = _person(dice, family, number, children, today)
            found.append(person)
            drawn += len(person.ties)
    return found


def _person(dice: random.Random, family: int, number: int, children: list[Child], today: date) -> Person:
    guardian_id = f"g{family}-{number}"
    reach = dice.choices((("email", "sms"), ("email",), ("sms",), ()), (4, 3, 3, 2))[0]
    every = dice.random() < 0.15  # one order for all of the children
    shared = _order(dice, today) if every else None
    ties = tuple(
        Tie(
            child,
            receives=dice.random() > 0.04,
            active=dice.random() > 0.04,
            order=shared if every else (_order(dice, today) if dice.random() < 0.3 else None),
        )
        for child in children
    )
    return Person(
        guardian_id=guardian_id,
        household_id=f"h{family}-{number % 2}",
        language=dice.choice(("en", "es", "vi", "so")),
        addresses={
            channel: f"{guardian_id}@families.example" if channel == "email" else f"+1312{family:05d}{number:02d}"
            for channel in reach
        },
        ties=ties,
        stopped={
            c: dice.choice(("stop", "carrier" if c == "sms" else "bounced")) for c in CHANNELS if dice.random() < 0.08
        },
        stops_at_night=frozenset(c for c in reach if dice.random() < 0.05),
        no_surveys=dice.random() < 0.1,
        quiet=(time(20, 0), time(8, 0)) if dice.random() < 0.4 else None,
        cap=dice.choice((1, 2)) if dice.random() < 0.15 else None,
    )


def _order(dice: random.Random, today: date) -> Order:
    """One of the situations that a court's paper or a change of mind makes."""
    day = timedelta(days=1)
    plain = Order("no_contact", today - 30 * day, None, lifted=False, heard=Moment.BEFORE)
    return dice.choice(
        (
            plain,
            replace(plain, starts_on=today),
            replace(plain, ends_on=today),
            replace(plain, ends_on=today - day),
            replace(plain, starts_on=today + 20 * day),
            replace(plain, starts_on=today + day),
            replace(plain, lifted=True),
            replace(plain, scope="no_pickup"),
            replace(plain, scope="no_records"),
            replace(plain, scope="a word nobody knows"),
            replace(plain, heard=Moment.BETWEEN),
            replace(plain, heard=Moment.AFTER),
        )
    )
