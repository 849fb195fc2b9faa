"""Which cells of a published table stay hidden, so that no small group can be told from it, not even by subtraction.

A two-way table with its totals is a flow: from the grand total to the row totals, to the cells, to the column totals, and
back. What is published fixes an arc; what is hidden may be anything that keeps the flow going and is not negative. So
what a reader can work out about a hidden arc is how far its flow can be turned up along other hidden arcs: a path in the
residual network. Small arcs are hidden first; then further ones, the cheapest path of them, until every small one might
just as well hold `LEAST` people or more (cell suppression: Kelly, Golden and Assad 1992). Of the further ones the largest
groups come first: a report on who is left out can do without the majority's own figure, not without another minority's.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf

LEAST = 10  # people; groups under this are hidden
ALL = "*"  # in a key: the total over that side

Key = tuple[str, str]  # row, column


@dataclass(frozen=True, slots=True)
class _Arc:
    """One figure: people flow from `tail` to `head`."""

    key: Key
    tail: str
    head: str
    flow: int
    published: bool


def with_totals(cells: Mapping[Key, int]) -> dict[Key, int]:
    """The cells with their row totals, column totals and the grand total."""
    whole: dict[Key, int] = defaultdict(int)
    for (row, column), count in cells.items():
        for key in ((row, column), (row, ALL), (ALL, column), (ALL, ALL)):
            whole[key] += count
    return dict(whole)


def hidden(cells: Mapping[Key, int], *, least: int = LEAST, column_totals: bool = True) -> frozenset[Key]:
    """Keys of `with_totals(cells)` not to be published.

    `column_totals` False: the columns overlap (a person is in several rows), so their totals, and the grand total, are
    not in the table at all. Empty groups are shown: there is nobody in them to tell of.
    """
    return _pattern(tuple(sorted(cells.items())), least, column_totals)


@lru_cache(maxsize=64)
def _pattern(cells: tuple[tuple[Key, int], ...], least: int, column_totals: bool) -> frozenset[Key]:
    """Remembered, since the same count is reported again and again."""
    arcs = _network(with_totals(dict(cells)), column_totals=column_totals)
    small = [arc for arc in arcs if arc.published and 0 < arc.flow < least]
    residual = _Residual()
    for arc in arcs:
        if not arc.published or 0 < arc.flow < least:
            residual.free(arc)
    for arc in sorted(small, key=lambda arc: (arc.flow, arc.key)):
        need = least - arc.flow
        if residual.most(arc, enough=need) < need:
            for other in _cheapest(_ways(arcs, arc, residual.keys, need=need), arc.head, arc.tail):
                residual.free(other)
    published = {arc.key for arc in arcs if arc.published}
    return frozenset(residual.keys & published)


def highest(cells: Mapping[Key, int], secret: Iterable[Key], key: Key, *, column_totals: bool = True) -> float:
    """The most that a reader of the published figures must reckon with for a hidden one; infinity where nothing bounds it."""
    arcs = _network(with_totals(cells), column_totals=column_totals)
    residual, known = _Residual(), set(secret)
    for arc in arcs:
        if arc.key in known or not arc.published:
            residual.free(arc)
    arc = next(arc for arc in arcs if arc.key == key)
    return arc.flow + residual.most(arc)


def _network(whole: Mapping[Key, int], *, column_totals: bool) -> list[_Arc]:
    """Nodes: the two ends of the grand total, a node per row (`r:`) and per column (`c:`)."""
    arcs = []
    for (row, column), flow in sorted(whole.items()):
        tail = "total:out" if row == ALL and column == ALL else f"c:{column}" if row == ALL else f"r:{row}"
        head = "total:in" if row == ALL and column == ALL else f"c:{column}"
        if row == ALL and column != ALL:
            head = "total:out"
        if column == ALL and row != ALL:
            tail, head = "total:in", f"r:{row}"
        arcs.append(_Arc((row, column), tail, head, flow, column_totals or row != ALL))
    return arcs


def _ways(arcs: list[_Arc], arc: _Arc, free: set[Key], *, need: int) -> dict[str, list[tuple[float, str, _Arc]]]:
    """Steps that could take `need` people more: forward along any arc, backward along one that holds so many."""
    ways: dict[str, list[tuple[float, str, _Arc]]] = defaultdict(list)
    everybody = next(other.flow for other in arcs if other.key == (ALL, ALL))
    for other in arcs:
        if other.key == arc.key:
            continue
        price = 0.0 if other.key in free else _price(other, everybody)
        ways[other.tail].append((price, other.head, other))
        if other.flow >= need:
            ways[other.head].append((price, other.tail, other))
    return ways


def _price(arc: _Arc, everybody: int) -> float:
    """What the reader loses: a column's total is what every row is compared with; of the rows the largest is missed least."""
    row, column = arc.key
    if row == ALL:
        return 10.0
    if column == ALL:
        return 6.0 - 5.0 * arc.flow / max(1, everybody)
    return 1.0 + 1.0 / (1 + arc.flow)


def _cheapest(ways: Mapping[str, list[tuple[float, str, _Arc]]], start: str, goal: str) -> list[_Arc]:
    """Arcs on the cheapest path (Dijkstra). There is one: forward, over the totals, every arc can take more."""
    best: dict[str, float] = {start: 0.0}
    came: dict[str, tuple[str, _Arc]] = {}
    queue = [(0.0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal:
            break
        if cost > best[node]:
            continue
        for price, onward, arc in ways.get(node, ()):
            if cost + price < best.get(onward, inf):
                best[onward] = cost + price
                came[onward] = (node, arc)
                heapq.heappush(queue, (cost + price, onward))
    path: list[_Arc] = []
    node = goal
    while node != start:
        node, arc = came[node]
        path.append(arc)
    return path


class _Residual:
    """The hidden arcs, and how far their flows may be changed while everything published stays as it is."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self._room: dict[str, dict[str, float]] = defaultdict(dict)

    def free(self, arc: _Arc) -> None:
        """Hide it: its flow may grow without end and shrink to nothing."""
        if arc.key not in self.keys:
            self.keys.add(arc.key)
            self._room[arc.tail][arc.head] = inf
            self._room[arc.head][arc.tail] = float(arc.flow)

    def most(self, arc: _Arc, *, enough: float = inf) -> float:
        """How far the flow of `arc` can be turned up, along the others (Edmonds and Karp); not looked for beyond `enough`."""
        moved: dict[tuple[str, str], float] = defaultdict(float)
        total = 0.0
        while total < enough:
            path = self._shortest(arc, moved)
            if path is None:
                return total
            push = min(self._room[a][b] + moved[a, b] for a, b in path)
            total += push
            if push == inf:
                return inf
            for a, b in path:
                moved[a, b] -= push
                moved[b, a] += push
        return total

    def _shortest(self, arc: _Arc, moved: Mapping[tuple[str, str], float]) -> list[tuple[str, str]] | None:
        """Steps from the head of `arc` back to its tail, not over itself, with the fewest arcs that still have room."""
        start, goal = arc.head, arc.tail
        came: dict[str, str] = {start: start}
        frontier = [start]
        while frontier and goal not in came:
            onward = []
            for node in frontier:
                for other, room in self._room[node].items():
                    if other in came or (node == start and other == goal):
                        continue  # no two arcs join the same nodes: that step would be over the arc itself
                    if room + moved.get((node, other), 0.0) > 0:
                        came[other] = node
                        onward.append(other)
            frontier = onward
        if goal not in came:
            return None
        steps, node = [], goal
        while node != start:
            steps.append((came[node], node))
            node = came[node]
        return steps[::-1]
