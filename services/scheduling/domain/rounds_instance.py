"""A round as the solver's instance (the format of `tests/data/conference/README.md`), and its plan as meetings.

The solver sees numbers only; who they are stays with the job (`Job.teachers[3]` is teacher 3), so that nothing that
computes, logs or is sent to another process names anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.scheduling.domain.rounds import GRID, Grid, Home, Lock, Teacher, Wish

WITHOUT_WALK = ("video", "phone")  # ways to meet from where one is


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole round."""

    name: str
    travel: int  # minutes between two meetings of a family that is there
    interpreters: Mapping[str, int]
    interpreted_extra: int  # minutes


@dataclass(frozen=True, slots=True)
class Job:
    """`requests[n]` is (home, teacher) of request n; `left_out` are wishes that no plan can have, with the reason."""

    instance: dict[str, Any]
    teachers: tuple[str, ...]
    homes: tuple[str, ...]
    requests: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str, str], ...]

    def raw(self) -> dict[str, Any]:
        return {
            "instance": self.instance,
            "teachers": list(self.teachers),
            "homes": list(self.homes),
            "requests": [list(pair) for pair in self.requests],
            "left_out": [list(each) for each in self.left_out],
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Job:
        return cls(
            raw["instance"],
            tuple(raw["teachers"]),
            tuple(raw["homes"]),
            tuple((home, teacher) for home, teacher in raw["requests"]),
            tuple((home, teacher, why) for home, teacher, why in raw["left_out"]),
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """One meeting of a plan. `cells` is its length; `locked`: somebody had fixed it."""

    home_id: str
    staff_id: str
    evening: int
    start: int
    cells: int
    locked: bool = False


def build(
    terms: Terms,
    grid: Grid,
    teachers: Sequence[Teacher],
    homes: Sequence[Home],
    wishes: Sequence[Wish],
    *,
    locks: Sequence[Lock] = (),
    busy: Mapping[str, Sequence[tuple[datetime, datetime]]] = MappingProxyType({}),
) -> Job:
    """The instance of a round. Homes without a wish are not in it; wishes for an absent teacher are left out.

    `busy`: what a teacher or a home has on already, by their ids, as instants.
    """
    present = {teacher.staff_id: teacher for teacher in teachers if not teacher.absent}
    asking = {wish.home_id for wish in wishes}
    in_it = sorted((home for home in homes if home.home_id in asking), key=lambda home: home.home_id)
    teacher_no = {staff_id: number for number, staff_id in enumerate(sorted(present))}
    home_no = {home.home_id: number for number, home in enumerate(in_it)}
    of_home = {home.home_id: home for home in in_it}
    interpreted = frozenset(language for language, count in terms.interpreters.items() if count > 0)
    students: dict[str, int] = {}
    requests: list[dict[str, Any]] = []
    pairs: list[tuple[str, str]] = []
    left_out: list[tuple[str, str, str]] = []
    children: dict[int, set[int]] = {number: set() for number in home_no.values()}
    for wish in sorted(wishes, key=lambda wish: (wish.home_id, wish.staff_id)):
        if wish.staff_id not in teacher_no or wish.home_id not in home_no:
            left_out.append((wish.home_id, wish.staff_id, "teacher_away"))
            continue
        about = [students.setdefault(child, len(students)) for child in wish.students]
        children[home_no[wish.home_id]].update(about)
        extra = terms.interpreted_extra if of_home[wish.home_id].language in interpreted else 0
        requests.append(
            {
                "id": len(requests),
                "h": home_no[wish.home_id],
                "t": teacher_no[wish.staff_id],
                "w": wish.weight,
                "dur": cells_of(present[wish.staff_id].minutes + extra),
                "students": about,
            }
        )
        pairs.append((wish.home_id, wish.staff_id))
    instance: dict[str, Any] = {
        "name": terms.name,
        "profile": "school",
        "seed": 0,
        "grid": GRID,
        "cells": grid.cells,
        "evenings": len(grid.evenings),
        "travel": cells_of(terms.travel),
        "interpreters": [
            {"lang": language, "count": count} for language, count in sorted(terms.interpreters.items()) if count > 0
        ],
        "teachers": [
            {
                "id": teacher_no[staff_id],
                "zone": 0,
                "dur": cells_of(present[staff_id].minutes),
                "avail": grid.without(grid.windows(present[staff_id].windows), busy.get(staff_id, ())),
            }
            for staff_id in sorted(present)
        ],
        "households": [
            {
                "id": home_no[home.home_id],
                "lang": home.language if home.language in interpreted else None,
                "mode": "video" if home.mode in WITHOUT_WALK else "in_person",
                "avail": grid.without(grid.windows(home.windows), busy.get(home.home_id, ())),
                "students": sorted(children[home_no[home.home_id]]),
            }
            for home in in_it
        ],
        "requests": requests,
    }
    fixed = _locked(grid, pairs, locks)
    if fixed:
        instance["locked"] = fixed
    return Job(instance, tuple(sorted(present)), tuple(home.home_id for home in in_it), tuple(pairs), tuple(left_out))


def _locked(grid: Grid, pairs: Sequence[tuple[str, str]], locks: Sequence[Lock]) -> list[dict[str, int]]:
    """Locks as the solver takes them; one whose wish or place is gone is no lock any more."""
    number = {pair: at for at, pair in enumerate(pairs)}
    found = []
    for lock in locks:
        place = grid.place(lock.on, lock.start)
        request = number.get((lock.home_id, lock.staff_id))
        if place is not None and request is not None:
            found.append({"request": request, "evening": place[0], "start": place[1]})
    return sorted(found, key=lambda each: each["request"])


def meetings(job: Job, solution: Mapping[str, Any]) -> list[Planned]:
    """The meetings of a solution, in the order of their times."""
    fixed = {each["request"] for each in job.instance.get("locked", ())}
    length = {request["id"]: request["dur"] for request in job.instance["requests"]}
    found = [
        Planned(
            home_id=job.requests[each["request"]][0],
            staff_id=job.requests[each["request"]][1],
            evening=each["evening"],
            start=each["start"],
            cells=length[each["request"]],
            locked=each["request"] in fixed,
        )
        for each in solution["meetings"]
    ]
    return sorted(found, key=lambda each: (each.evening, each.start, each.staff_id))


def solution(job: Job, planned: Sequence[Planned]) -> dict[str, Any]:
    """Meetings as a solution of that job's instance; those it does not know are left out."""
    number = {pair: at for at, pair in enumerate(job.requests)}
    return {
        "instance": job.instance["name"],
        "meetings": [
            {"request": number[each.home_id, each.staff_id], "evening": each.evening, "start": each.start}
            for each in planned
            if (each.home_id, each.staff_id) in number
        ],
    }


def cells_of(minutes: int) -> int:
    """Whole cells that minutes take."""
    return -(-minutes // GRID)


