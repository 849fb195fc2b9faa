"""One table of a question from snapshot to snapshot: which schools are counted anew, and what of it is printed.

A school comes in, and comes in again, only once ten more homes of it have answered: so no school's total ever moves by fewer,
whatever table it stands in, and row totals can be printed everywhere. Cells and column totals are protected by
`shared.disclosure` against this snapshot and all the earlier ones.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from shared.disclosure import LEAST, Frozen, Step, next_snapshot, with_bounds, with_totals

BANDS = (
    Fraction(1, 20),
    Fraction(1, 10),
    Fraction(1, 5),
)  # "< 5 %"; of fewer people a wider one, so that it covers ten
ALL = "*"

Counts = Mapping[str, Mapping[str, int]]  # by school, by column


@dataclass(frozen=True)
class Band:
    """What is printed in place of a hidden figure: under `share` of its school, or with `high`, all but that."""

    share: Fraction
    high: bool


@dataclass(frozen=True)
class Sheet:
    """A table as it was last printed. `state` also holds what the next snapshot must not give away."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    state: Frozen
    bands: Mapping[int, Band]

    def count(self, row: str, column: str) -> int | None:
        """A printed figure, `ALL` for a total; None where it is hidden."""
        k = self._at(row, column)
        return None if k in self.state.hidden else self.state.values[k]

    def band(self, row: str, column: str) -> Band | None:
        return self.bands.get(self._at(row, column))

    def _at(self, row: str, column: str) -> int:
        r = len(self.rows) if row == ALL else self.rows.index(row)
        c = len(self.columns) if column == ALL else self.columns.index(column)
        return r * (len(self.columns) + 1) + c


def taken(
    before: Sheet | None, counts: Counts, columns: Sequence[str], *, least: int = LEAST, never: Collection[str] = ()
) -> Sheet | None:
    """The next sheet; `before` itself where nothing new may be told, None where nothing at all may be yet.

    `never`: columns that are not printed at all.
    """
    rows = tuple(dict.fromkeys([*(before.rows if before else ()), *sorted(counts)]))
    names = tuple(dict.fromkeys([*(before.columns if before else ()), *columns]))
    older = _stretched(before, rows, names) if before else None
    cells = [_row(row, number, names, counts.get(row, {}), older, least) for number, row in enumerate(rows)]
    width = len(names) + 1
    fixed = frozenset(row * width + len(names) for row in range(len(rows) + 1))
    if not cells:
        return before
    values = with_totals(cells)
    secret = _secret(values, older, names, never)
    state = next_snapshot(older, len(rows), len(names), values, least=least, fixed=fixed, secret=secret)
    if state is None:
        return before
    return _banded(rows, names, state, least)


def _secret(
    values: Sequence[int], older: Frozen | None, columns: Sequence[str], never: Collection[str]
) -> frozenset[int]:
    """Cells of the columns that are never printed, in the rows that have moved."""
    width = len(columns) + 1
    before = older.values if older else (0,) * len(values)
    return frozenset(
        k
        for k in range(len(values))
        if k % width < len(columns)
        and columns[k % width] in never
        and values[k - k % width + len(columns)] > before[k - k % width + len(columns)]
    )


def _row(
    row: str, number: int, columns: Sequence[str], counts: Mapping[str, int], older: Frozen | None, least: int
) -> list[int]:
    """The school's new counts if ten more have answered; else those that were printed."""
    start = number * (len(columns) + 1)
    kept = list(older.values[start : start + len(columns)]) if older else [0] * len(columns)
    new = [counts.get(column, 0) for column in columns]
    fewer = any(now < then for now, then in zip(new, kept, strict=True))
    return kept if fewer or sum(new) - sum(kept) < least else new


def _stretched(before: Sheet, rows: Sequence[str], columns: Sequence[str]) -> Frozen:
    """The state in a table with more rows or columns, in which nobody stood."""
    if len(rows) == len(before.rows) and len(columns) == len(before.columns):
        return before.state
    old, new = len(before.columns) + 1, len(columns) + 1

    def at(k: int) -> int:
        row, column = divmod(k, old)
        return (len(rows) if row == len(before.rows) else row) * new + (
            len(columns) if column == len(before.columns) else column
        )

    def spread(values: Sequence[int]) -> tuple[int, ...]:
        found = [0] * ((len(rows) + 1) * new)
        for k, value in enumerate(values):
            found[at(k)] = value
        return tuple(found)

    def moved(cells: frozenset[int]) -> frozenset[int]:
        return frozenset(at(k) for k in cells)

    steps = tuple(
        Step(
            spread(step.increment),
            moved(step.hidden),
            moved(step.wanted),
            {at(k): room for k, room in step.above.items()},
            {at(k): room for k, room in step.below.items()},
        )
        for step in before.state.steps
    )
    state = before.state
    return Frozen(len(rows), len(columns), spread(state.values), moved(state.hidden), steps, moved(state.fixed))


def _banded(rows: tuple[str, ...], columns: tuple[str, ...], state: Frozen, least: int) -> Sheet:
    """Say "< 5 %" or "> 95 %" where a hidden figure is that, if nothing is given away by saying it."""
    width, bands, bounds = len(columns) + 1, {}, {}
    for k in state.hidden:
        row, column = divmod(k, width)
        of = state.values[row * width + len(columns)]
        band = _band(state.values[k], of, least) if column < len(columns) else None
        if band is not None:
            bands[k] = band
            bounds[k] = _bounds(band, of)
    told = with_bounds(state, bounds, least=least) if bounds else None
    return Sheet(rows, columns, told or state, bands if told else {})


def _band(count: int, of: int, least: int) -> Band | None:
    share = next((share for share in BANDS if share * of > least), None)
    if share is None:
        return None
    if count < share * of:
        return Band(share, high=False)
    return Band(share, high=True) if of - count < share * of else None


def _bounds(band: Band, of: int) -> tuple[int, int]:
    edge = -(-band.share.numerator * of // band.share.denominator) - 1  # the greatest whole number under the share
    return (of - edge, of) if band.high else (0, edge)


def plain(sheet: Sheet) -> dict[str, Any]:
    """For storing as JSON."""
    return {
        "rows": list(sheet.rows),
        "columns": list(sheet.columns),
        "values": list(sheet.state.values),
        "hidden": sorted(sheet.state.hidden),
        "fixed": sorted(sheet.state.fixed),
        "bands": [[k, str(band.share), band.high] for k, band in sorted(sheet.bands.items())],
        "steps": [
            {
                "increment": list(step.increment),
                "hidden": sorted(step.hidden),
                "wanted": sorted(step.wanted),
                "above": sorted(step.above.items()),
                "below": sorted(step.below.items()),
            }
            for step in sheet.state.steps
        ],
    }


def sheet_of(kept: Mapping[str, Any]) -> Sheet:
    steps = tuple(
        Step(
            tuple(step["increment"]),
            frozenset(step["hidden"]),
            frozenset(step["wanted"]),
            dict(step["above"]),
            dict(step["below"]),
        )
        for step in kept["steps"]
    )
    rows, columns = tuple(kept["rows"]), tuple(kept["columns"])
    state = Frozen(
        len(rows), len(columns), tuple(kept["values"]), frozenset(kept["hidden"]), steps, frozenset(kept["fixed"])
    )
    bands = {k: Band(Fraction(share), high) for k, share, high in kept["bands"]}
    return Sheet(rows, columns, replace(state), bands)
