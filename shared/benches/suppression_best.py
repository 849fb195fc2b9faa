"""What the fewest hidden cells would be: exact integer programming for small tables, a long search for large ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from shared.disclosure import LEAST, Figures, protect


def fewest(figures: Figures, small: frozenset[int], *, seconds: float) -> int | None:
    """The least number of hidden cells, every hidden one open by ten: HiGHS; None where the time did not do.

    Per cell two flows, up and down, that keep every line and run only over hidden cells (Fischetti and Salazar 2001).
    """
    import highspy

    count = len(figures.values)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("time_limit", seconds)
    infinity = highspy.kHighsInf
    solver.addVars(count, np.array([float(k in small) for k in range(count)]), np.ones(count))
    for k in range(count):
        solver.changeColCost(k, 1.0)
        solver.changeColIntegrality(k, highspy.HighsVarType.kInteger)
    lines = list(_lines(figures))

    def row(low: float, high: float, columns: Iterable[int], weights: Iterable[float]) -> None:
        index, weight = np.array(list(columns), dtype=np.int32), np.array(list(weights), dtype=float)
        solver.addRow(low, high, len(index), index, weight)

    for cell in range(count):
        starts = []
        for _ in ("up", "down"):
            start = solver.getNumCol()
            starts.append(start)
            room = [min(value, LEAST) for value in figures.values]
            solver.addVars(count, -np.array(room, dtype=float), np.full(count, float(LEAST)))
            for line in lines:
                row(0.0, 0.0, (start + k for k, _ in line), (weight for _, weight in line))
            for k in range(count):
                row(-infinity, 0.0, (start + k, k), (1.0, -float(LEAST)))
                row(0.0, infinity, (start + k, k), (1.0, float(room[k])))
        row(0.0, infinity, (starts[0] + cell, starts[1] + cell, cell), (1.0, -1.0, -float(LEAST)))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return round(float(solver.getInfo().objective_function_value))


def _lines(figures: Figures) -> Iterable[list[tuple[int, float]]]:
    for row in range(figures.rows + 1):
        yield [(figures.at(row, c), 1.0 if c < figures.columns else -1.0) for c in range(figures.columns + 1)]
    for column in range(figures.columns + 1):
        yield [(figures.at(r, column), 1.0 if r < figures.rows else -1.0) for r in range(figures.rows + 1)]


def long_search(figures: Figures, small: frozenset[int], *, rounds: int = 60) -> int:
    """The fewest cells that our own search finds when it may take its time."""
    return len(protect(figures, small, rounds=rounds))
