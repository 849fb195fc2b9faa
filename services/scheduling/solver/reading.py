"""Reads an instance from JSON (`.json` or `.json.gz`). Every error names the file, the object, the field and how to fix it."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.scheduling.solver.model import Household, Instance, Lock, Request, Teacher, Window
from shared.errors import HomeroomError

CODE = "CONFERENCE_INSTANCE"
MAX_CELLS = 288
"""A whole day in five-minute cells; more is a mistake in the unit."""
MAX_EVENINGS = 15
WEIGHTS = (1, 2, 4)
MODES = ("in_person", "video")


def read_instance(path: Path) -> Instance:
    """The instance in a file; HomeroomError where it is not one."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        document = json.loads(text)
    except FileNotFoundError:
        raise HomeroomError(
            CODE, "the file does not exist", "give the path of a .json or .json.gz", str(path)
        ) from None
    except (OSError, EOFError, UnicodeDecodeError, json.JSONDecodeError) as error:
        place = f"{path}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else str(path)
        raise HomeroomError(CODE, "the file is not JSON in UTF-8", "write one JSON object", place) from None
    return instance_of(document, source=path.name)


def instance_of(document: Any, *, source: str = "instance") -> Instance:
    """The instance in a parsed JSON document; `source` is named in errors.

    Optional beyond the published format: `locked` meetings, a request's `also` (further teachers in the same meeting), and
    `interpreted_factor` (meetings with an interpreter take so many times as long, rounded up to whole cells).
    """
    top = _Place(source, _object(document, source))
    cells = top.whole("cells", 1, MAX_CELLS)
    evenings = top.whole("evenings", 1, MAX_EVENINGS)
    factor = top.number("interpreted_factor", 1.0, least=1.0, most=4.0)
    teachers = tuple(
        Teacher(i, place.whole("zone", 0, default=0), place.whole("dur", 1, cells), place.windows(evenings, cells))
        for i, place in enumerate(top.numbered("teachers"))
    )
    households = tuple(
        Household(
            i,
            place.text_or_none("lang"),
            place.among("mode", MODES) == "in_person",
            place.windows(evenings, cells),
            place.wholes("students"),
        )
        for i, place in enumerate(top.numbered("households"))
    )
    requests = tuple(
        _request(i, place, teachers=teachers, households=households, factor=factor)
        for i, place in enumerate(top.numbered("requests"))
    )
    _once_per_teacher(top, requests)
    instance = Instance(
        name=top.text("name"),
        grid=top.whole("grid", 1),
        cells=cells,
        evenings=evenings,
        travel=top.whole("travel", 0, cells),
        interpreters=_interpreters(top),
        teachers=teachers,
        households=households,
        requests=requests,
        locked=tuple(
            Lock(
                place.whole("request", 0, len(requests) - 1),
                place.whole("evening", 0, evenings - 1),
                place.whole("start", 0, cells - 1),
            )
            for place in top.objects("locked", optional=True)
        ),
    )
    _locks_fit(top, instance)
    return instance


def _request(
    number: int, place: _Place, *, teachers: Sequence[Teacher], households: Sequence[Household], factor: float
) -> Request:
    household = place.whole("h", 0, len(households) - 1)
    teacher = place.whole("t", 0, len(teachers) - 1)
    also = place.wholes("also")
    if any(not 0 <= other < len(teachers) for other in also) or len({teacher, *also}) != 1 + len(also):
        place.wrong("also", "name other teachers by their ids, each once")
    weight = place.whole("w", 1)
    if weight not in WEIGHTS:
        place.wrong("w", "use 4 (must see), 2 (normal) or 1 (nice)")
    dur = place.whole("dur", 1)
    if households[household].lang is not None:
        dur = math.ceil(dur * factor - 1e-9)
    return Request(number, household, teacher, weight, dur, place.wholes("students"), also)


def _interpreters(top: _Place) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place in top.objects("interpreters"):
        lang = place.text("lang")
        if lang in counts:
            place.wrong("lang", "list each language once")
        counts[lang] = place.whole("count", 0)
    return counts


def _once_per_teacher(top: _Place, requests: Sequence[Request]) -> None:
    seen: dict[tuple[int, int], int] = {}
    for request in requests:
        first = seen.setdefault((request.household, request.teacher), request.id)
        if first != request.id:
            top.at("requests", request.id).wrong(
                "t", f"request {first} already joins this household and teacher; keep one"
            )


def _locks_fit(top: _Place, instance: Instance) -> None:
    """Locked meetings alone are a valid plan, or the first that is not says why."""
    from services.scheduling.solver.scoring import Meeting, first_violation

    meetings = [Meeting(lock.request, lock.evening, lock.start) for lock in instance.locked]
    broken = first_violation(instance, meetings)
    if broken is not None:
        top.wrong("locked", f"unlock one: {broken.text}")


class _Place:
    """One object of the document and where it is, to say so when a field is wrong."""

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self.where, self.values = where, values

    def wrong(self, field: str, remedy: str) -> None:
        raise HomeroomError(CODE, f"{field} is not right", remedy, f"{self.where}:{field}")

    def whole(self, field: str, least: int, most: int | None = None, *, default: int | None = None) -> int:
        value = self.values.get(field, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or value < least
            or (most is not None and value > most)
        ):
            limits = f"{least} or more" if most is None else f"from {least} to {most}"
            self.wrong(field, f"write a whole number {limits}")
        assert isinstance(value, int)
        return value

    def number(self, field: str, default: float, *, least: float, most: float) -> float:
        value = self.values.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.wrong(field, f"write a number from {least} to {most}")
        return float(value)

    def text(self, field: str) -> str:
        value = self.values.get(field)
        if not isinstance(value, str) or not value:
            self.wrong(field, "write a text")
        return str(value)

    def text_or_none(self, field: str) -> str | None:
        return None if self.values.get(field) is None else self.text(field)

    def among(self, field: str, allowed: Sequence[str]) -> str:
        if self.values.get(field) not in allowed:
            self.wrong(field, f"write one of {', '.join(allowed)}")
        return str(self.values[field])

    def wholes(self, field: str) -> tuple[int, ...]:
        value = self.values.get(field, [])
        if not isinstance(value, list) or any(isinstance(one, bool) or not isinstance(one, int) for one in value):
            self.wrong(field, "write a list of whole numbers")
        return tuple(value)

    def objects(self, field: str, *, optional: bool = False) -> list[_Place]:
        value = self.values.get(field, [] if optional else None)
        if not isinstance(value, list):
            self.wrong(field, "write a list of objects")
        assert isinstance(value, list)
        return [
            _Place(f"{self.where}:{field}[{i}]", _object(one, f"{self.where}:{field}[{i}]"))
            for i, one in enumerate(value)
        ]

    def numbered(self, field: str) -> list[_Place]:
        """The objects of a list in the order of their ids, which must be 0, 1, 2 … in any order."""
        places = self.objects(field)
        by_id: dict[int, _Place] = {}
        for place in places:
            number = place.whole("id", 0, len(places) - 1)
            if number in by_id:
                place.wrong("id", "give each its own id, counting from 0")
            by_id[number] = place
        return [by_id[i] for i in range(len(places))]

    def at(self, field: str, number: int) -> _Place:
        return _Place(f"{self.where}:{field} id {number}", {})

    def windows(self, evenings: int, cells: int) -> tuple[Window, ...]:
        value = self.values.get("avail")
        if not isinstance(value, list):
            self.wrong("avail", "write a list of windows [evening, first cell, end cell]")
        assert isinstance(value, list)
        windows = []
        for i, one in enumerate(value):
            fits = (
                isinstance(one, list)
                and len(one) == 3
                and all(isinstance(n, int) and not isinstance(n, bool) for n in one)
                and 0 <= one[0] < evenings
                and 0 <= one[1] < one[2] <= cells
            )
            if not fits:
                self.wrong(
                    f"avail[{i}]", f"write [evening 0–{evenings - 1}, first, end] with 0 ≤ first < end ≤ {cells}"
                )
            windows.append(Window(*one))
        return tuple(windows)


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise HomeroomError(CODE, "this is not an object", "write a JSON object", where)
    return value
