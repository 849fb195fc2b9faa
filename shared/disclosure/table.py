"""A two-way table with its totals, numbered so that it can be read as a flow.

Cell `k = row * (columns + 1) + column`; the last row and the last column are the totals. People flow from the grand
total to the row totals, to the cells, to the column totals, and back: each cell is an arc between a row's node and a
column's node, and whatever a reader cannot see is a flow that may be turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

LEAST = 10  # people: groups under this are hidden, and no hidden figure may be known to within fewer
TOTAL_COST = 3.0  # what a reader loses with a total, in cells
GRAND_COST = 60.0


def with_totals(cells: Sequence[Sequence[int]]) -> list[int]:
    """The cells, row by row, each row with its total; then the column totals and the grand total."""
    columns = [sum(column) for column in zip(*cells, strict=True)]
    flat = [count for row in cells for count in (*row, sum(row))]
    return [*flat, *columns, sum(columns)]


@dataclass(frozen=True)
class Figures:
    """Counts of a two-way table with totals (`with_totals`).

    `cost`: what hiding a cell costs the reader. `above`, `below`: how much more or less than its count a cell may be, where
    something else that is published says so. `absent`: figures that are not in the table at all.
    """

    rows: int
    columns: int
    values: Sequence[int]
    cost: Sequence[float] = ()
    above: Sequence[float] = ()
    absent: frozenset[int] = field(default_factory=frozenset)
    below: Sequence[float] = ()

    @cached_property
    def up(self) -> Sequence[float]:
        return self.above or [inf] * len(self.values)

    @cached_property
    def down(self) -> Sequence[float]:
        return [min(*pair) for pair in zip(self.values, self.below, strict=True)] if self.below else self.values

    @cached_property
    def price(self) -> Sequence[float]:
        """As given; else a cell costs one and a little for its size, a total three, the grand total all but everything."""
        if self.cost:
            return self.cost
        whole = 1 + max(self.values, default=0)
        found = [1 + count / whole for count in self.values]
        for row in range(self.rows):
            found[self.at(row, self.columns)] *= TOTAL_COST
        for column in range(self.columns):
            found[self.at(self.rows, column)] *= TOTAL_COST
        found[-1] = GRAND_COST
        return found

    def at(self, row: int, column: int) -> int:
        return row * (self.columns + 1) + column

    @cached_property
    def ends(self) -> list[tuple[int, int]]:
        """(tail, head) of every cell's arc. Rows are nodes 0 to `rows`, columns follow; totals flow the other way."""
        width, found = self.columns + 1, []
        for k in range(len(self.values)):
            row, column = divmod(k, width)
            tail, head = row, self.rows + 1 + column
            if (row == self.rows) != (column == self.columns):
                tail, head = head, tail
            found.append((tail, head))
        return found

    def small(self, *, least: int = LEAST, empty: bool = True) -> frozenset[int]:
        """Cells that must not be told: one to `least` - 1 people; with `empty`, also nobody out of somebody (0 and 100 %).

        A row without people has nobody to tell of; a row's total of zero neither, nor an absent figure.
        """
        width, found = self.columns + 1, set()
        everybody = self.values[-1]
        for k, count in enumerate(self.values):
            row, column = divmod(k, width)
            if count >= least or k in self.absent:
                continue
            of = everybody if row == self.rows else self.values[self.at(row, self.columns)]
            if count > 0 or (empty and of > 0 and column < self.columns):
                found.add(k)
        return frozenset(found)
