"""Three-way tables with all their totals: small cells stay open by moves around a box of eight cells.

With a total in each direction every line of the table sums to nothing (its total counted against it). Two planes in each
of the three directions meet in eight cells; taking people from one of them and its diagonal neighbours and putting them to
the others keeps every line. If each of the eight is hidden, every one of them is open by the least of the one half plus the
least of the other. That is a proof, not an estimate; but where several boxes together would do with fewer cells it hides more
than it must (a three-way table is no flow, and integer programming is what the least would take).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from shared.disclosure.table import GRAND_COST, LEAST, TOTAL_COST

Cell = tuple[int, int, int]
Counts = npt.NDArray[np.int64]
NEAR = 1e-3
TURNS = tuple(product((False, True), repeat=3))


def cube_with_totals(cells: Sequence[Sequence[Sequence[int]]]) -> Counts:
    """Counts by three traits, with the totals last in each direction."""
    whole = np.array(cells, dtype=np.int64)
    for axis in range(3):
        whole = np.concatenate([whole, whole.sum(axis=axis, keepdims=True)], axis=axis)
    return whole


def protect_cube(counts: Counts, small: Collection[Cell] | None = None, *, least: int = LEAST) -> frozenset[Cell]:
    """The hidden cells of `cube_with_totals`; all of them where there are fewer than `least` people, or no box will do."""
    wanted = set(small) if small is not None else _small(counts, least)
    everything = frozenset(_cells(counts))
    if not wanted:
        return frozenset()
    price = _price(counts)
    hidden = np.zeros(counts.shape, dtype=bool)
    for cell in wanted:
        hidden[cell] = True
    proof: dict[Cell, tuple[Cell, ...]] = {}
    for cell in sorted(wanted, key=lambda cell: (counts[cell], cell)):
        if cell in proof:
            continue
        box = _cheapest(counts, np.where(hidden, NEAR, price), cell, least)
        if box is None:
            return everything
        for one in box:
            hidden[one] = True
            proof[one] = box
    for cell in sorted(set(proof) - wanted, key=lambda cell: (-price[cell], cell)):
        _do_without(counts, hidden, proof, cell, least)
    return frozenset(cell for cell in everything if hidden[cell])


def _small(counts: Counts, least: int) -> set[Cell]:
    """As in a two-way table; nobody out of somebody counts where the line along the last trait has people."""
    last = counts.shape[2] - 1
    return {
        cell
        for cell in _cells(counts)
        if counts[cell] < least and (counts[cell] > 0 or (cell[2] < last and counts[cell[0], cell[1], last] > 0))
    }


def _cells(counts: Counts) -> list[Cell]:
    a, b, c = counts.shape
    return list(product(range(a), range(b), range(c)))


def _price(counts: Counts) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = 1 + counts.astype(np.float64) / (1 + int(counts.max()))
    for axis in range(3):
        index: list[slice | int] = [slice(None)] * 3
        index[axis] = -1
        found[tuple(index)] *= TOTAL_COST
    found[-1, -1, -1] = GRAND_COST
    return found


def _cheapest(counts: Counts, price: npt.NDArray[np.float64], cell: Cell, least: int) -> tuple[Cell, ...] | None:
    """The cheapest box with a corner at `cell` that is wide enough; all opposite corners at once."""
    signs = _signs(counts.shape)
    gaining = np.full(counts.shape, np.inf)
    losing = np.full(counts.shape, np.inf)
    cost = np.zeros(counts.shape)
    for turn in TURNS:
        corner = _spread(cell, turn)
        sign = signs[corner] * (-1) ** sum(turn)
        gaining = np.minimum(gaining, np.where(sign > 0, counts[corner], np.inf))
        losing = np.minimum(losing, np.where(sign < 0, counts[corner], np.inf))
        cost = cost + price[corner]
    possible = gaining + losing >= least
    for axis in range(3):  # the other corner differs in every direction
        index: list[slice | int] = [slice(None)] * 3
        index[axis] = cell[axis]
        possible[tuple(index)] = False
    cost = np.where(possible, cost, np.inf)
    best = np.unravel_index(int(np.argmin(cost)), counts.shape)
    if cost[best] == np.inf:
        return None
    return _box(cell, tuple(int(one) for one in best))


def _box(cell: Cell, other: tuple[int, ...]) -> tuple[Cell, ...]:
    corners = []
    for turn in TURNS:
        a, b, c = (there if moved else here for here, there, moved in zip(cell, other, turn, strict=True))
        corners.append((a, b, c))
    return tuple(corners)


def _spread(cell: Cell, turn: tuple[bool, ...]) -> tuple[slice, ...]:
    """The turned directions run free, the others stay at `cell`."""
    return tuple(slice(None) if free else slice(at, at + 1) for free, at in zip(turn, cell, strict=True))


def _signs(shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """A total counts against its line: the sign turns with each direction that a cell is a total of."""
    found = np.ones(shape, dtype=np.int64)
    for axis in range(3):
        index: list[slice | int] = [slice(None)] * 3
        index[axis] = -1
        found[tuple(index)] *= -1
    return found


def _do_without(
    counts: Counts, hidden: npt.NDArray[np.bool_], proof: dict[Cell, tuple[Cell, ...]], cell: Cell, least: int
) -> None:
    """Show a further cell again, if every box that it is a corner of has another that needs no new cell."""
    hidden[cell] = False
    only_hidden = np.where(hidden, 0.0, np.inf)
    anew: dict[Cell, tuple[Cell, ...]] = {}
    for other, box in proof.items():
        if other != cell and cell in box:
            found = _cheapest(counts, only_hidden, other, least)
            if found is None or not all(hidden[one] for one in found):
                hidden[cell] = True
                return
            anew[other] = found
    proof.update(anew)
    proof.pop(cell, None)
