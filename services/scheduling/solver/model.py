"""A conference round as data: who can meet whom, when. Values only; `reading` makes them from JSON.

Time is a grid: evening `e` from 0, cell `c` from 0, each of `grid` minutes. Ids are 0, 1, 2 … and are the index in their tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

MUST_SEE, NORMAL, NICE = 4, 2, 1
POINTS_PER_WEIGHT = 100
IDLE_COST = 3
"""Points for each cell that a household waits between two meetings, beyond the walk."""
EVENING_COST = 30
"""Points for each evening beyond a household's first."""


@dataclass(frozen=True, slots=True)
class Window:
    """Cells `first`, first+1, …, end-1 of one evening."""

    evening: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Teacher:
    """`dur` is the length of this teacher's meetings in cells."""

    id: int
    zone: int
    dur: int
    avail: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """One home: separate homes of one child are two households. `lang` is set where an interpreter is needed."""

    id: int
    lang: str | None
    in_person: bool
    avail: tuple[Window, ...]
    students: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A household's wish to meet a teacher, and with `also` further teachers in the same meeting."""

    id: int
    household: int
    teacher: int
    weight: int
    dur: int
    students: tuple[int, ...]
    also: tuple[int, ...] = ()

    @property
    def teachers(self) -> tuple[int, ...]:
        return (self.teacher, *self.also)

    @property
    def points(self) -> int:
        return POINTS_PER_WEIGHT * self.weight


@dataclass(frozen=True, slots=True)
class Lock:
    """A meeting fixed by hand: every plan holds it, at this time."""

    request: int
    evening: int
    start: int


@dataclass(frozen=True)
class Instance:
    """A round. `interpreters`: how many of each language are present throughout (no entry: none)."""

    name: str
    grid: int
    cells: int
    evenings: int
    travel: int
    interpreters: Mapping[str, int]
    teachers: tuple[Teacher, ...]
    households: tuple[Household, ...]
    requests: tuple[Request, ...]
    locked: tuple[Lock, ...] = ()

    @cached_property
    def requests_of(self) -> tuple[tuple[Request, ...], ...]:
        """Each household's requests, by household id."""
        lists: list[list[Request]] = [[] for _ in self.households]
        for request in self.requests:
            lists[request.household].append(request)
        return tuple(map(tuple, lists))

    @cached_property
    def requests_for(self) -> tuple[tuple[Request, ...], ...]:
        """The requests that need each teacher, by teacher id."""
        lists: list[list[Request]] = [[] for _ in self.teachers]
        for request in self.requests:
            for teacher in request.teachers:
                lists[teacher].append(request)
        return tuple(map(tuple, lists))

    def walk(self, household: int) -> int:
        """Cells this household needs between two meetings: none by video."""
        return self.travel if self.households[household].in_person else 0
