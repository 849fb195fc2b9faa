"""Campaigns: a set of families asked for one kind of meeting within a window; and the one that comes by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.schooldays import MORNING
from services.scheduling.domain.series import instant, next_school_day

WELCOME_DAYS = 14  # before the first day of school (`rhythm.welcome_days`)
CALL_AFTER = timedelta(days=7)  # an invitation that nobody answered becomes a call
TOO_LATE = timedelta(days=3)  # before the first day: then a welcome would only be in the way
LONGEST = timedelta(days=120)
_NINE = time(9, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for. `staff_id` None: each child's own teacher; `students` None: all of the teacher or school."""

    kind: str
    title: str
    school_id: str
    opens_on: date
    window_start: date
    window_end: date
    closes_on: date
    staff_id: str | None = None
    students: tuple[str, ...] | None = None


def faults(wanted: Wanted, today: date) -> dict[str, list[str]]:
    """What is wrong, by field; empty: nothing."""
    found: dict[str, list[str]] = {}
    if wanted.opens_on < today:
        found["opens_on"] = ["expected today or a day to come"]
    if wanted.window_start < wanted.opens_on:
        found["window_start"] = ["expected a day on or after the invitations go out"]
    if wanted.window_end < wanted.window_start:
        found["window_end"] = ["expected a day on or after the first day of meetings"]
    elif wanted.window_end - wanted.opens_on > LONGEST:
        found["window_end"] = [f"expected at most {LONGEST.days} days after the invitations go out"]
    if not wanted.opens_on < wanted.closes_on <= wanted.window_end:
        found["closes_on"] = ["expected a day after the invitations go out, and no later than the last day of meetings"]
    return found


@dataclass(frozen=True, slots=True)
class Welcome:
    """When the welcome of a school year goes out, for which first day of school."""

    term_id: str
    first_day: date
    at: datetime


def welcome(
    terms: Sequence[Mapping[str, Any]],
    *,
    days: int,
    holidays: Collection[date],
    now: datetime,
    zone: ZoneInfo,
) -> Welcome | None:
    """The Monday at least `days` before the first term, 09:00, as the introduction by message; late: the next 09:00."""
    known = sorted(terms, key=lambda term: str(term["starts_on"]))
    if not known:
        return None
    first = next_school_day(date.fromisoformat(str(known[0]["starts_on"])), holidays)
    if first is None:
        return None
    today = now.astimezone(zone).date()
    if today > first - TOO_LATE:
        return None
    latest = first - timedelta(days=days)
    monday = latest - timedelta(days=latest.weekday())
    term_id = str(known[0].get("id") or known[0]["starts_on"])
    for day in (monday, today, today + timedelta(days=1)):
        at = instant(day, _NINE, zone)
        if at is not None and at > now:
            return Welcome(term_id, first, at)
    return None


def closing(day: date, zone: ZoneInfo) -> datetime:
    """The morning of the day on which those without an answer become calls."""
    at = instant(day, MORNING, zone)
    if at is None:
        raise ValueError("no zone changes its clocks at eight in the morning")
    return at


class Standing(StrEnum):
    """Where a family is: each word is also a heading of the page."""

    MET = "met"
    BOOKED = "booked"
    MISSED = "missed"
    INVITED = "invited"
    NO_TIME = "no_time"  # nothing was free: the offer goes out when somebody opens hours
    CALL = "call"
    NOT_INVITED = "not_invited"


def standing(*, meeting: str | None, offer: str | None, called: bool) -> Standing:
    """From the state of the meeting, of the first offer, and whether a call was asked for."""
    by_meeting = {"held": Standing.MET, "booked": Standing.BOOKED, "missed": Standing.MISSED}
    if meeting in by_meeting:
        return by_meeting[meeting]
    if called:
        return Standing.CALL
    if offer == "unserved":
        return Standing.NO_TIME
    return Standing.NOT_INVITED if offer in (None, "withdrawn") else Standing.INVITED


@dataclass(frozen=True, slots=True)
class Progress:
    """How many families are where."""

    families: int
    by_standing: Mapping[Standing, int]

    @classmethod
    def of(cls, standings: Iterable[Standing]) -> Progress:
        counted = Counter(standings)
        return cls(sum(counted.values()), counted)

    @property
    def answered(self) -> int:
        return sum(self.by_standing.get(each, 0) for each in (Standing.MET, Standing.BOOKED, Standing.MISSED))
