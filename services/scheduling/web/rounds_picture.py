"""A plan as pictures: teachers against time, and the families who wait, with places and widths for inline SVG.

A picture says nothing that the lists for print do not say as tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from services.scheduling.domain.rounds import GRID, MUST, Grid, minute_of
from services.scheduling.domain.rounds_instance import Job, Planned
from services.scheduling.domain.rounds_report import waits_of
from services.scheduling.web.rounds_words import clock_words, day_words

CELL = 15  # units of width per five minutes
ROW = 22
NAMES = 132  # width kept for names
MOST_WAITING = 12


@dataclass(frozen=True, slots=True)
class Block:
    """Something with a place in a row. `kind` is a class of the stylesheet: away, must, wish, fixed, wait."""

    x: int
    width: int
    kind: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person or home."""

    y: int
    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One evening. `hours`: place and words of each half hour."""

    title: str
    width: int
    height: int
    hours: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]


def teachers(
    job: Job, planned: Sequence[Planned], grid: Grid, *, staff: Mapping[str, str], homes: Mapping[str, str], language: str
) -> list[Picture]:
    """One picture per evening, a row per teacher who is there."""
    weight = {pair: request["w"] for pair, request in zip(job.requests, job.instance["requests"], strict=True)}
    there: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for each in job.instance["teachers"]:
        for evening, first, last in each["avail"]:
            there.setdefault((job.teachers[each["id"]], evening), []).append((first, last))
    found = []
    for evening in range(len(grid.evenings)):
        rows = []
        for staff_id in sorted(job.teachers, key=lambda key: staff.get(key, key)):
            windows = there.get((staff_id, evening))
            if not windows:
                continue
            blocks = [_block(first, last, "away", "", "") for first, last in _holes(windows, grid.length(evening))]
            blocks += [
                _block(
                    each.start,
                    each.start + each.cells,
                    "fixed" if each.locked else "must" if weight.get((each.home_id, staff_id)) == MUST else "wish",
                    homes.get(each.home_id, ""),
                    f"{_at(grid, each, language)} {homes.get(each.home_id, '')}",
                )
                for each in planned
                if each.staff_id == staff_id and each.evening == evening
            ]
            rows.append((staff.get(staff_id, staff_id), blocks))
        found.append(_picture(grid, evening, rows, language=language))
    return found


def waiting(
    job: Job, planned: Sequence[Planned], grid: Grid, *, staff: Mapping[str, str], homes: Mapping[str, str], language: str
) -> list[Picture]:
    """The evenings of the homes that wait longest: what a person looks at first."""
    waits = waits_of(job, planned)
    in_person = {home: each["mode"] == "in_person" for home, each in zip(job.homes, job.instance["households"], strict=True)}
    found = []
    for evening in range(len(grid.evenings)):
        mine = sorted((-minutes, home) for (home, at), minutes in waits.items() if at == evening and minutes > 0)
        rows = []
        for _, home in mine[:MOST_WAITING]:
            held = sorted((each for each in planned if each.home_id == home and each.evening == evening), key=lambda e: e.start)
            blocks: list[Block] = []
            walk = job.instance["travel"] if in_person[home] else 0
            for before, after in zip([None, *held], held, strict=False):
                sits = before.start + before.cells + walk if before is not None else after.start
                if after.start > sits:
                    minutes = str((after.start - sits) * GRID)
                    blocks.append(_block(sits, after.start, "wait", minutes, minutes))
                blocks.append(
                    _block(
                        after.start,
                        after.start + after.cells,
                        "wish",
                        staff.get(after.staff_id, ""),
                        f"{_at(grid, after, language)} {staff.get(after.staff_id, '')}",
                    )
                )
            rows.append((homes.get(home, home), blocks))
        if rows:
            found.append(_picture(grid, evening, rows, language=language))
    return found


def _picture(grid: Grid, evening: int, rows: Iterable[tuple[str, list[Block]]], *, language: str) -> Picture:
    lines = tuple(Line(28 + ROW * at, name, tuple(blocks)) for at, (name, blocks) in enumerate(rows))
    span, length = grid.evenings[evening], grid.length(evening)
    hours = []
    for cell in range(length + 1):
        minute = minute_of(span.start) + cell * GRID
        if minute % 30 == 0 and minute < 24 * 60:
            hours.append((NAMES + cell * CELL, clock_words(time(minute // 60, minute % 60), language=language)))
    return Picture(
        day_words(span.on, language=language), NAMES + length * CELL + 28, 34 + ROW * len(lines), tuple(hours), lines
    )


def _block(first: int, last: int, kind: str, text: str, title: str) -> Block:
    width = (last - first) * CELL - 2
    fits = max(0, (width - 4) // 7)  # letters of the small type
    return Block(NAMES + first * CELL, width, kind, text if len(text) <= fits else text[: max(0, fits - 1)], title)


def _holes(windows: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Where the teacher is not there: before, between and after their windows."""
    found, at = [], 0
    for first, last in sorted(windows):
        if first > at:
            found.append((at, first))
        at = max(at, last)
    return [*found, (at, length)] if at < length else found


def _at(grid: Grid, each: Planned, language: str) -> str:
    return clock_words(grid.wall(each.evening, each.start).time(), language=language)


