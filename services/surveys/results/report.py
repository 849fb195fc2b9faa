"""A snapshot as one reader may see it: their schools' rows, shares with margins, what is hidden said to be so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.surveys.domain.definition import Survey, Texts
from services.surveys.results.frozen import ALL, Sheet, sheet_of
from services.surveys.results.margins import mean_margin, share_margin
from services.surveys.results.nonresponse import Flag, Group, Trait, flag, groups
from services.surveys.results.questions import NOT_CHOSEN, tables_of
from shared.disclosure import LEAST

__all__ = ["ALL", "Block", "Cell", "Kind", "Line", "Mean", "blocks", "means", "overall", "unheard"]


class Kind(StrEnum):
    SHARE = "share"
    UNDER = "under"
    OVER = "over"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: `share` and `margin` in percent (for `under` and `over`: the bound); `count` where it is shown."""

    column: str
    label: Texts
    kind: Kind
    share: float | None = None
    margin: float | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A school, or all of them (`ALL`); `n` homes stand in it."""

    school: str
    n: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A question, or one row or option of it."""

    key: str
    question_id: str
    title: Texts
    part: Texts | None
    lines: tuple[Line, ...]

    def line(self, school: str) -> Line | None:
        return next((line for line in self.lines if line.school == school), None)


def blocks(survey: Survey, content: Mapping[str, Any], *, schools: Collection[str], whole: bool) -> list[Block]:
    """Every question's figures for these schools, with the line of all where `whole`."""
    found = []
    asked = content["traits"].get(Trait.SCHOOL.value, {})
    for made in tables_of(survey):
        if made.key not in content["sheets"]:
            continue
        sheet = sheet_of(content["sheets"][made.key])
        labels = {column.value: column.label for column in made.columns}
        rows = [*([ALL] if whole else []), *(row for row in sheet.rows if row in schools)]
        lines = tuple(_line(sheet, row, labels, _asked(asked, row, content)) for row in rows)
        lines = tuple(line for line in lines if line.n)
        if lines:
            found.append(Block(made.key, made.question_id, made.title, made.part, lines))
    return found


def _asked(schools: Mapping[str, Any], row: str, content: Mapping[str, Any]) -> int | None:
    if row == ALL:
        return int(content["asked"])
    told = schools.get(row)
    return int(told[0]) if told else None


def _line(sheet: Sheet, row: str, labels: Mapping[str, Texts], asked: int | None) -> Line:
    n = sheet.count(row, ALL) or 0
    shown = [column for column in sheet.columns if column != NOT_CHOSEN]
    return Line(
        row, n, tuple(_cell(sheet, row, column, labels.get(column, {}), n, asked) for column in shown) if n else ()
    )


def _cell(sheet: Sheet, row: str, column: str, label: Texts, n: int, asked: int | None) -> Cell:
    count = sheet.count(row, column)
    if count is not None:
        share = count / n
        margin = share_margin(share, n=n, population=max(asked, n)) if asked is not None else None
        return Cell(column, label, Kind.SHARE, 100 * share, 100 * margin if margin is not None else None, count)
    band = sheet.band(row, column) if row != ALL else None
    if band is None:
        return Cell(column, label, Kind.HIDDEN)
    bound = float(100 * band.share)
    return Cell(column, label, Kind.OVER, 100 - bound) if band.high else Cell(column, label, Kind.UNDER, bound)


@dataclass(frozen=True, slots=True)
class Mean:
    """An average of numbers; `margin` is half its 95 % interval."""

    question_id: str
    title: Texts
    school: str
    n: int
    mean: float
    margin: float | None


def means(survey: Survey, content: Mapping[str, Any], *, schools: Collection[str], whole: bool) -> list[Mean]:
    found = []
    asked = content["traits"].get(Trait.SCHOOL.value, {})
    for question in survey.questions:
        kept: Mapping[str, list[float]] = content["numbers"].get(question.id, {})
        lines = [(school, sums) for school, sums in kept.items() if school in schools]
        if whole and kept:
            together = [sum(parts) for parts in zip(*kept.values(), strict=True)]
            lines.insert(0, (ALL, together))
        for school, (n, total, squares) in lines:
            variance = max(0.0, (squares - total * total / n) / (n - 1)) if n > 1 else 0.0
            population = max(int(n), _asked(asked, school, content) or int(n))
            margin = mean_margin(variance, n=n, population=population)
            found.append(Mean(question.id, question.text, school, int(n), total / n, margin))
    return found


def unheard(content: Mapping[str, Any], trait: Trait, *, only: Collection[str] | None = None) -> list[Group]:
    """Groups of a trait, the least heard from first. `only`: the names that this reader may see."""
    told = content["traits"].get(trait.value, {})
    names = [name for name in told if only is None or name in only]
    known = {name: told[name] for name in names if told[name]}
    found = groups(
        {name: pair[0] for name, pair in known.items()},
        {name: pair[1] for name, pair in known.items()},
        least=content.get("least", LEAST),
    )
    return [*found, *(Group(name, None, None, None, None, unheard=False) for name in names if not told[name])]


def overall(content: Mapping[str, Any]) -> tuple[int, int, Flag]:
    """Answered, asked, and what to say of that."""
    answered = content["ends"]["complete"] or 0
    return answered, content["asked"], flag(answered, content["asked"], least=content.get("least", LEAST))
