"""How much a reader of the published figures must leave open about a hidden one: exactly, by turning flows.

What is published fixes an arc; a hidden one may carry more (as far as `up` says) or less (down to nothing), as long as
every sum still holds. So a hidden figure's range is the greatest flow around a cycle through its arc, once in each
direction (Ford and Fulkerson; the matrix of a two-way table is totally unimodular, so the range is that of whole people
and equals what linear programming finds). A cycle that was found vouches for all the cells on it at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import inf

from shared.disclosure.table import Figures

Witness = frozenset[int]  # the hidden cells that a proof stands on


class Residual:
    """The hidden arcs of a table and how far each may be turned."""

    def __init__(self, figures: Figures, hidden: Iterable[int]) -> None:
        self.figures = figures
        self.hidden: set[int] = set()
        self._room: list[dict[int, float]] = [{} for _ in range(figures.rows + figures.columns + 2)]
        for k in (*figures.absent, *hidden):
            self.hide(k)

    def hide(self, k: int) -> None:
        if k not in self.hidden:
            self.hidden.add(k)
            tail, head = self.figures.ends[k]
            self._room[tail][head] = self.figures.up[k]
            self._room[head][tail] = self.figures.down[k]

    def show(self, k: int) -> None:
        self.hidden.discard(k)
        tail, head = self.figures.ends[k]
        self._room[tail].pop(head, None)
        self._room[head].pop(tail, None)

    def vouch(self, k: int, need: float) -> Witness | None:
        """Cells that prove the hidden `k` open by `need` people or more; None where it is narrower."""
        tail, head = self.figures.ends[k]
        up, down = self.figures.up[k], self.figures.down[k]
        around = self._path(head, tail, need) if up >= need else None
        if around is None and down >= need:
            around = self._path(tail, head, need)
        if around is not None:
            return frozenset(self._cells(around)) | {k}
        more, over = self._most(head, tail, min(up, need))
        if more >= need:
            return frozenset(over) | {k}
        less, under = self._most(tail, head, min(down, need - more))
        return frozenset(over | under) | {k} if more + less >= need else None

    def width(self, k: int) -> float:
        """How many people lie between the least and the most that the hidden `k` may be."""
        tail, head = self.figures.ends[k]
        return self._most(head, tail, self.figures.up[k])[0] + self._most(tail, head, float(self.figures.down[k]))[0]

    def highest(self, k: int) -> float:
        """The most that a reader must reckon with for the hidden `k`; infinity where nothing bounds it."""
        tail, head = self.figures.ends[k]
        return self.figures.values[k] + self._most(head, tail, self.figures.up[k])[0]

    def _cells(self, path: list[int]) -> Iterable[int]:
        rows, width = self.figures.rows + 1, self.figures.columns + 1
        for a, b in pairwise(path):
            row, column = (a, b - rows) if a < rows else (b, a - rows)
            yield row * width + column

    def _path(
        self, start: int, goal: int, need: float, moved: dict[tuple[int, int], float] | None = None
    ) -> list[int] | None:
        """Nodes of a shortest way with room for `need`; never over the one arc that joins `start` and `goal` itself."""
        came = {start: start}
        frontier = [start]
        while frontier:
            onward: list[int] = []
            for node in frontier:
                for other, room in self._room[node].items():
                    if other in came or (node == start and other == goal):
                        continue
                    if moved:
                        room += moved.get((node, other), 0.0)  # what earlier turns have used or given back
                    if room >= need:
                        came[other] = node
                        if other == goal:
                            return _back(came, goal)
                        onward.append(other)
            frontier = onward
        return None

    def _most(self, start: int, goal: int, enough: float) -> tuple[float, set[int]]:
        """The greatest flow from `start` to `goal`, not looked for beyond `enough`, and the cells it runs over."""
        moved: dict[tuple[int, int], float] = {}
        over: set[int] = set()
        total = 0.0
        while total < enough:
            path = self._path(start, goal, 1.0, moved)
            if path is None:
                break
            steps = list(pairwise(path))
            push = min(min(self._room[a][b] + moved.get((a, b), 0.0) for a, b in steps), enough - total)
            total += push
            over.update(self._cells(path))
            if push == inf:
                break
            for a, b in steps:
                moved[a, b] = moved.get((a, b), 0.0) - push
                moved[b, a] = moved.get((b, a), 0.0) + push
        return total, over


def _back(came: dict[int, int], goal: int) -> list[int]:
    path = [goal]
    while came[path[-1]] != path[-1]:
        path.append(came[path[-1]])
    return path[::-1]
