"""Is a plan valid, and what is it worth: the rules cell by cell, independent of the search.

Valid: 1 a request is met at most once, inside the windows of all sides; 2 a teacher is in one meeting per cell; 3 a household's
meetings do not overlap and leave the walk between them; 4 interpreters of a language suffice in each cell; 5 locked meetings stand.
Score: 100·weight per request met − 3 per idle cell − 30 per extra evening.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.scheduling.solver.model import EVENING_COST, IDLE_COST, Instance, Request, Window
from shared.errors import HomeroomError


@dataclass(frozen=True, slots=True, order=True)
class Meeting:
    """A request that is met: it takes cells start … start+dur-1 of the evening."""

    request: int
    evening: int
    start: int


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, by its number above, with the ids concerned."""

    rule: int
    text: str


def check(instance: Instance, meetings: Iterable[Meeting]) -> None:
    """Refuse an invalid plan: HomeroomError with the first broken rule."""
    broken = first_violation(instance, list(meetings)) or _unlocked(instance, meetings)
    if broken is not None:
        raise HomeroomError(
            "CONFERENCE_PLAN", f"rule {broken.rule} is broken: {broken.text}", "change or drop it", instance.name
        )


def first_violation(instance: Instance, meetings: Sequence[Meeting]) -> Violation | None:
    """The first broken rule of 1 to 4, or None."""
    return (
        _inside(instance, meetings)
        or _teachers_once(instance, meetings)
        or _households_walk(instance, meetings)
        or _interpreters_suffice(instance, meetings)
    )


def score(instance: Instance, meetings: Iterable[Meeting]) -> int:
    """What a valid plan is worth."""
    held = list(meetings)
    total = sum(instance.requests[meeting.request].points for meeting in held)
    for waits in household_waits(instance, held).values():
        total -= sum(IDLE_COST * idle for idle in waits.values()) + EVENING_COST * (len(waits) - 1)
    return total


def household_waits(instance: Instance, meetings: Iterable[Meeting]) -> dict[int, dict[int, int]]:
    """Idle cells of each household with a meeting, by evening with a meeting."""
    waits: dict[int, dict[int, int]] = defaultdict(dict)
    for (household, evening), held in _by_household(instance, meetings).items():
        gaps = pairwise(held)
        waits[household][evening] = sum(
            after.start - before.start - instance.requests[before.request].dur - instance.walk(household)
            for before, after in gaps
        )
    return dict(waits)


def _inside(instance: Instance, meetings: Sequence[Meeting]) -> Violation | None:
    seen: set[int] = set()
    for meeting in meetings:
        if not 0 <= meeting.request < len(instance.requests):
            return Violation(1, f"request {meeting.request} does not exist")
        if meeting.request in seen:
            return Violation(1, f"request {meeting.request} is met twice")
        seen.add(meeting.request)
        request = instance.requests[meeting.request]
        cells = range(meeting.start, meeting.start + request.dur)
        household = instance.households[request.household]
        if not _covers(household.avail, meeting.evening, cells):
            return Violation(1, f"request {request.id} lies outside the times of household {household.id}")
        for teacher in request.teachers:
            if not _covers(instance.teachers[teacher].avail, meeting.evening, cells):
                return Violation(1, f"request {request.id} lies outside the times of teacher {teacher}")
    return None


def _covers(windows: Sequence[Window], evening: int, cells: range) -> bool:
    return all(any(w.evening == evening and w.first <= cell < w.end for w in windows) for cell in cells)


def _teachers_once(instance: Instance, meetings: Sequence[Meeting]) -> Violation | None:
    taken: dict[tuple[int, int, int], int] = {}
    for meeting in meetings:
        request = instance.requests[meeting.request]
        for teacher in request.teachers:
            for cell in range(meeting.start, meeting.start + request.dur):
                other = taken.setdefault((teacher, meeting.evening, cell), request.id)
                if other != request.id:
                    return Violation(2, f"teacher {teacher} is in requests {other} and {request.id} at once")
    return None


def _households_walk(instance: Instance, meetings: Sequence[Meeting]) -> Violation | None:
    for (household, _), held in _by_household(instance, meetings).items():
        for before, after in pairwise(held):
            ready = before.start + instance.requests[before.request].dur + instance.walk(household)
            if after.start < ready:
                return Violation(
                    3, f"household {household} cannot be in time from request {before.request} to {after.request}"
                )
    return None


def _interpreters_suffice(instance: Instance, meetings: Sequence[Meeting]) -> Violation | None:
    used: dict[tuple[str, int, int], int] = defaultdict(int)
    for meeting in meetings:
        request: Request = instance.requests[meeting.request]
        lang = instance.households[request.household].lang
        if lang is None:
            continue
        for cell in range(meeting.start, meeting.start + request.dur):
            used[lang, meeting.evening, cell] += 1
            if used[lang, meeting.evening, cell] > instance.interpreters.get(lang, 0):
                return Violation(4, f"no interpreter ({lang}) is left for request {request.id}")
    return None


def _unlocked(instance: Instance, meetings: Iterable[Meeting]) -> Violation | None:
    held = set(meetings)
    for lock in instance.locked:
        if Meeting(lock.request, lock.evening, lock.start) not in held:
            return Violation(5, f"the locked request {lock.request} is not at its time")
    return None


def _by_household(instance: Instance, meetings: Iterable[Meeting]) -> dict[tuple[int, int], list[Meeting]]:
    """Meetings in order of time, by household and evening."""
    groups: dict[tuple[int, int], list[Meeting]] = defaultdict(list)
    for meeting in sorted(meetings, key=lambda one: one.start):
        groups[instance.requests[meeting.request].household, meeting.evening].append(meeting)
    return groups
