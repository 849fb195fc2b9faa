"""An instance as arrays of whole numbers: what pricing reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scheduling.solver.model import EVENING_COST, IDLE_COST, Instance, Request, Window

SCALE = 4096
"""Units per point: prices are rounded to this fraction, worths are exact."""
MOST_EXACT = 12
"""A household that asks for more is priced in parts of at most `PART` requests, see `_parts`."""
PART = 9
LOCKED = 400
"""Points on top of a locked meeting's own, so that a household rather holds it; taken off again by `locked_units`."""

Array = NDArray[Any]


class Board(NamedTuple):
    """Requests stand grouped by household: those of `h` are `first_request[h]` … `first_request[h+1]`−1."""

    scale: int
    evenings: int
    cells: int
    most_requests: int
    locked_units: int
    first_request: Array  # int32[H+1]
    language: Array  # int32[H], −1 where no interpreter is needed
    travel: Array  # int32[H] cells
    idle: Array  # int32[H] units per idle cell
    extra: Array  # int32[H] units per extra evening
    teachers: Array  # int32[R, A], −1 padded
    duration: Array  # int32[R] cells
    worth: Array  # int32[R] units
    opens: Array  # int32[R, E] first start, and
    closes: Array  # int32[R, E] one past the last
    startable: Array  # bool[R, E, C]
    present: Array  # bool[T, E, C] when the teacher is there
    interpreters: Array  # int32[L] how many


def board_of(instance: Instance, *, idle: int = IDLE_COST, evening: int = EVENING_COST) -> Board:
    """The instance without what no plan can hold: requests with no feasible start, languages nobody speaks."""
    present = _cells([teacher.avail for teacher in instance.teachers], instance)
    starts = _starts(instance, present)
    possible = set(np.flatnonzero(starts.any(axis=(1, 2))).tolist())
    languages = sorted(lang for lang, count in instance.interpreters.items() if count > 0)
    groups: list[tuple[int, list[Request], bool]] = []
    for house in instance.households:
        if house.lang is None or house.lang in languages:
            wishes = [request for request in instance.requests_of[house.id] if request.id in possible]
            groups.extend((house.id, part, len(wishes) > MOST_EXACT) for part in _parts(wishes))
    requests = [request for _, part, _ in groups for request in part]
    startable = starts[np.array([request.id for request in requests], np.intp)]
    return _filled(instance, groups, requests, startable, present, languages, idle * SCALE, evening * SCALE)


def _parts(requests: list[Request]) -> list[list[Request]]:
    """One part, or several for a household that asks for very much.

    A part taken alone from a plan is an itinerary of its own, if its waits and evenings cost nothing: so the parts, priced
    separately and without those costs, are worth at least what the whole is, and the bound stays a bound.
    """
    if len(requests) <= MOST_EXACT:
        return [requests] if requests else []
    return [requests[i : i + PART] for i in range(0, len(requests), PART)]


def _filled(
    instance: Instance,
    groups: Sequence[tuple[int, list[Request], bool]],
    requests: Sequence[Request],
    startable: Array,
    present: Array,
    languages: Sequence[str],
    idle: int,
    extra: int,
) -> Board:
    houses = [instance.households[house] for house, _, _ in groups]
    sizes = [len(part) for _, part, _ in groups]
    widest = max((len(request.teachers) for request in requests), default=1)
    locked = {lock.request for lock in instance.locked}
    some = startable.any(axis=2)
    return Board(
        scale=SCALE,
        evenings=instance.evenings,
        cells=instance.cells,
        most_requests=max(sizes, default=1),
        locked_units=sum(LOCKED * SCALE for request in requests if request.id in locked),
        first_request=np.cumsum([0, *sizes]).astype(np.int32),
        language=np.array([-1 if house.lang is None else languages.index(house.lang) for house in houses], np.int32),
        travel=np.array([instance.walk(house.id) for house in houses], np.int32),
        idle=np.array([0 if parted else idle for _, _, parted in groups], np.int32),
        extra=np.array([0 if parted else extra for _, _, parted in groups], np.int32),
        teachers=np.array(
            [[*one.teachers, *[-1] * (widest - len(one.teachers))] for one in requests], np.int32
        ).reshape(-1, widest),
        duration=np.array([request.dur for request in requests], np.int32),
        worth=np.array([(one.points + (LOCKED if one.id in locked else 0)) * SCALE for one in requests], np.int32),
        opens=np.where(some, startable.argmax(axis=2), 0).astype(np.int32),
        closes=np.where(some, instance.cells - startable[:, :, ::-1].argmax(axis=2), 0).astype(np.int32),
        startable=startable,
        present=present,
        interpreters=np.array([instance.interpreters[lang] for lang in languages], np.int32),
    )


def _cells(windows: Sequence[Sequence[Window]], instance: Instance) -> Array:
    """bool[who, evening, cell]: there."""
    cells = np.zeros((len(windows), instance.evenings, instance.cells), np.bool_)
    for number, one in enumerate(windows):
        for window in one:
            cells[number, window.evening, window.first : window.end] = True
    return cells


def _starts(instance: Instance, present: Array) -> Array:
    """bool[request, evening, cell]: a meeting that starts there fits the windows of all sides; a locked one only where it is."""
    there = _cells([house.avail for house in instance.households], instance)
    free = there[[request.household for request in instance.requests]]
    for request in instance.requests:
        for teacher in request.teachers:
            free[request.id] &= present[teacher]
    taken = np.zeros((*free.shape[:2], instance.cells + 1), np.int32)
    np.cumsum(free, axis=2, out=taken[:, :, 1:])
    fits = np.zeros_like(free)
    durations = np.array([request.dur for request in instance.requests], np.int32)
    for duration in set(durations.tolist()):
        of = durations == duration
        last = instance.cells - duration + 1
        if last > 0:
            fits[of, :, :last] = taken[of, :, duration:] - taken[of, :, :last] == duration
    for lock in instance.locked:
        fits[lock.request] = False
        fits[lock.request, lock.evening, lock.start] = True
    return fits
