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
    arcs = _network(with_totals(cells), column_totals=column_totals)
    secret = {arc.key for arc in arcs if arc.published and 0 < arc.flow < least}
    for arc in sorted((arc for arc in arcs if arc.key in secret), key=lambda arc: (arc.flow, arc.key)):
        secret.update(_cover(arcs, arc, secret, least=least))
    return frozenset(key for key in secret if column_totals or key[0] != ALL)


def highest(cells: Mapping[Key, int], secret: Iterable[Key], key: Key, *, column_totals: bool = True) -> float:
    """The most that a reader of the published figures must reckon with for a hidden one; infinity where nothing bounds it."""
    arcs = _network(with_totals(cells), column_totals=column_totals)
    arc = next(arc for arc in arcs if arc.key == key)
    free = {*secret, *(other.key for other in arcs if not other.published)}
    return arc.flow + _most(arcs, arc, free)


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


def _cover(arcs: list[_Arc], arc: _Arc, secret: set[Key], *, least: int) -> set[Key]:
    """What must be hidden besides, for `arc` to be possibly `least`; nothing where that is so already."""
    unpublished = {other.key for other in arcs if not other.published}
    if arc.flow + _most(arcs, arc, secret | unpublished) >= least:
        return set()
    need = least - arc.flow
    ways: dict[str, list[tuple[float, str, Key]]] = defaultdict(list)
    for other in arcs:
        if other.key == arc.key:
            continue
        price = 0.0 if other.key in secret or not other.published else _price(other)
        ways[other.tail].append((price, other.head, other.key))
        if other.flow >= need:
            ways[other.head].append((price, other.tail, other.key))
    return _cheapest(ways, arc.head, arc.tail) - unpublished


def _price(arc: _Arc) -> float:
    """What the reader loses: a column's total is what every row is compared with, so nearly never that."""
    return (10.0 if arc.key[0] == ALL else 1.0) + 1.0 / (1 + arc.flow)


def _cheapest(ways: Mapping[str, list[tuple[float, str, Key]]], start: str, goal: str) -> set[Key]:
    """Keys on the cheapest path (Dijkstra). There is one: forward, over the totals, every arc can take more."""
    best: dict[str, float] = {start: 0.0}
    came: dict[str, tuple[str, Key]] = {}
    queue = [(0.0, start)]
    while queue:
        cost, node = heapq.heappop(queue)
        if node == goal:
            break
        if cost > best[node]:
            continue
        for price, onward, key in ways.get(node, ()):
            if cost + price < best.get(onward, float("inf")):
                best[onward] = cost + price
                came[onward] = (node, key)
                heapq.heappush(queue, (cost + price, onward))
    path: set[Key] = set()
    node = goal
    while node != start:
        node, key = came[node]
        path.add(key)
    return path


def _most(arcs: list[_Arc], arc: _Arc, free: set[Key]) -> float:
    """How far the flow of `arc` can be turned up when only `free` arcs may change: a maximum flow (Edmonds and Karp)."""
    residual: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for other in arcs:
        if other.key != arc.key and other.key in free:
            residual[other.tail][other.head] = float("inf")
            residual[other.head][other.tail] += other.flow
    total = 0.0
    while (path := _shortest(residual, arc.head, arc.tail)) is not None:
        push = min(residual[a][b] for a, b in path)
        if push == float("inf"):
            return push
        total += push
        for a, b in path:
            residual[a][b] -= push
            residual[b][a] += push
    return total


def _shortest(residual: Mapping[str, Mapping[str, float]], start: str, goal: str) -> list[tuple[str, str]] | None:
    """Steps of the path with the fewest arcs that still have room."""
    came: dict[str, str] = {start: start}
    frontier = [start]
    while frontier and goal not in came:
        onward = []
        for node in frontier:
            for other, room in residual.get(node, {}).items():
                if room > 0 and other not in came:
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
