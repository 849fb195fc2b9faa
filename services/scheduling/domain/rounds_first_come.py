"""First come, first served, as a sign-up list would have it: what a plan stands beside on the planner's page.

Homes book in the order in which they answered, each its dearest wishes first, and from the second meeting on the time
nearest to one it has that evening.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from services.scheduling.domain.rounds_instance import Job, Planned


def first_come(job: Job, order: Sequence[str]) -> list[Planned]:
    """`order`: homes as they answered; those it does not name come after, in the order of their ids."""
    rank = {home: at for at, home in enumerate(order)}
    queue = sorted(job.instance["requests"], key=lambda r: (rank.get(job.homes[r["h"]], len(rank)), r["h"], -r["w"], r["id"]))
    room = _Room(job.instance)
    found = []
    for request in queue:
        place = room.best(request)
        if place is not None:
            room.take(request, *place)
            home_id, staff_id = job.requests[request["id"]]
            found.append(Planned(home_id, staff_id, place[0], place[1], request["dur"]))
    return found


class _Room:
    """Who is free when, cell by cell; a set of cells is the bits of a whole number per evening."""

    def __init__(self, instance: dict[str, Any]) -> None:
        self._instance = instance
        self._teachers = [_bits(each["avail"]) for each in instance["teachers"]]
        self._homes = [_bits(each["avail"]) for each in instance["households"]]
        self._held: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._speaking: Counter[tuple[str, int, int]] = Counter()
        self._interpreters = {each["lang"]: each["count"] for each in instance["interpreters"]}

    def best(self, request: dict[str, Any]) -> tuple[int, int] | None:
        """The earliest evening and cell, or the nearest to a meeting that the home has."""
        home = self._instance["households"][request["h"]]
        options = []
        for evening in range(self._instance["evenings"]):
            both = self._teachers[request["t"]][evening] & self._homes[request["h"]][evening]
            starts = both
            for step in range(1, request["dur"]):
                starts &= both >> step
            held = self._held[request["h"], evening]
            while starts:
                cell = (starts & -starts).bit_length() - 1
                starts &= starts - 1
                far = self._far(home, request, held, cell)
                if far is not None and self._can_speak(home["lang"], evening, cell, request["dur"]):
                    options.append((far, evening, cell))
        return min(options)[1:] if options else None

    def take(self, request: dict[str, Any], evening: int, start: int) -> None:
        mask = ((1 << request["dur"]) - 1) << start
        self._teachers[request["t"]][evening] &= ~mask
        self._held[request["h"], evening].append((start, start + request["dur"]))
        language = self._instance["households"][request["h"]]["lang"]
        if language is not None:
            self._speaking.update((language, evening, cell) for cell in range(start, start + request["dur"]))

    def _far(
        self, home: dict[str, Any], request: dict[str, Any], held: Sequence[tuple[int, int]], cell: int
    ) -> int | None:
        """Cells to the nearest meeting; 0 where there is none yet, None where one is in the way."""
        walk = self._instance["travel"] if home["mode"] == "in_person" else 0
        gaps = [max(cell - end, first - cell - request["dur"]) - walk for first, end in held]
        return None if any(gap < 0 for gap in gaps) else min(gaps, default=0)

    def _can_speak(self, language: str | None, evening: int, start: int, cells: int) -> bool:
        if language is None:
            return True
        count = self._interpreters.get(language, 0)
        return all(self._speaking[language, evening, cell] < count for cell in range(start, start + cells))


def _bits(windows: Sequence[Sequence[int]]) -> defaultdict[int, int]:
    found: defaultdict[int, int] = defaultdict(int)
    for evening, first, last in windows:
        found[evening] |= ((1 << (last - first)) - 1) << first
    return found
