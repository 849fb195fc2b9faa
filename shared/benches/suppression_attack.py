"""The attacker of `homeroom bench suppression`: HiGHS, and nothing of ours but what was published.

A publication is a list of sums over unknowns ("these cells add up to 57"). The attacker asks how small and how large each figure
of interest may be, if every unknown is a number of people, nobody is less than nobody, and all the sums hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np


@dataclass
class Publication:
    """What is known of `size` unknowns, none negative: sums of some of them that were printed."""

    size: int
    sums: list[tuple[tuple[int, ...], float, float]] = field(default_factory=list)

    def tell(self, cells: Iterable[int], value: float, upto: float | None = None) -> None:
        self.sums.append((tuple(cells), value, value if upto is None else upto))


def table(
    publication: Publication,
    shape: Sequence[int],
    shown: Mapping[Any, int],
    *,
    offsets: Sequence[int] = (0,),
) -> None:
    """Add a table's printed figures, by their index with totals (index == size of that direction).

    `offsets`: where its cells' unknowns begin; several for a snapshot that is the sum of several increments.
    """
    for index, value in shown.items():
        publication.tell(parts(shape, index, offsets), value)


def parts(shape: Sequence[int], index: Sequence[int], offsets: Sequence[int]) -> list[int]:
    """The unknowns that a figure is the sum of."""
    ranges = [range(size) if at == size else (at,) for size, at in zip(shape, index, strict=True)]
    inner = [int(np.ravel_multi_index(cell, shape)) for cell in product(*ranges)]
    return [offset + cell for offset in offsets for cell in inner]


class Attack:
    """One publication, loaded once; each question only changes what is asked for."""

    def __init__(self, publication: Publication) -> None:
        import highspy

        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        self._infinity = highspy.kHighsInf
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._maximize, self._minimize = highspy.ObjSense.kMaximize, highspy.ObjSense.kMinimize
        self._unbounded = (
            highspy.HighsModelStatus.kUnbounded,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
        )
        size = publication.size
        zeros = np.zeros(size)
        self._solver.addVars(size, zeros, np.full(size, self._infinity))
        for cells, low, high in publication.sums:
            self._solver.addRow(low, high, len(cells), np.array(cells, dtype=np.int32), np.ones(len(cells)))
        self._asked: tuple[int, ...] = ()

    def range(self, cells: Sequence[int]) -> tuple[float, float]:
        """The least and the most that these unknowns may add up to."""
        for cell in self._asked:
            self._solver.changeColCost(cell, 0.0)
        for cell in cells:
            self._solver.changeColCost(cell, 1.0)
        self._asked = tuple(cells)
        return self._best(self._minimize), self._best(self._maximize)

    def _best(self, sense: object) -> float:
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status in self._unbounded:
            return self._infinity
        if status != self._optimal:
            raise AssertionError(f"what was published cannot be: {status}")
        return float(self._solver.getInfo().objective_function_value)
