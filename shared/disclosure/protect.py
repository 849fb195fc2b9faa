"""Which further cells to hide beside the small ones, so that every hidden cell stays open by `least` people or more.

Each small cell gets the cheapest cycle that leaves it open (Kelly, Golden and Assad 1992); what turns out not to be needed
is shown again, cell by cell, and only the cells whose proof stood on it are looked at anew. Then parts of the answer are
thrown away and built again, as long as that pays. No step trusts another: the last word is `Residual.vouch` for each cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import inf
from random import Random

from shared.disclosure.flow import Residual, Witness
from shared.disclosure.table import LEAST, Figures

KEEP = 0.6  # of the further cells, when the answer is partly rebuilt
PATIENCE = 190  # attempts times cells: three for a 6 by 6 table, one for 20 by 8
NEAR = 1e-3  # a step over a cell that is hidden anyway: short cycles among equals


def protect(
    figures: Figures,
    small: Collection[int],
    *,
    least: int = LEAST,
    already: Collection[int] = (),
    rounds: int | None = None,
) -> frozenset[int]:
    """The hidden cells: `small`, `already` and what must go with them.

    `already`: hidden by an earlier snapshot of the same table, which has vouched for them. `rounds`: attempts to do with
    fewer cells, by default as many as a page can wait for. Of fewer than `least` people nothing is told, not even how many.
    """
    if not small:
        return frozenset(already)
    if figures.values[-1] < least and len(figures.values) - 1 not in figures.absent:
        return frozenset(range(len(figures.values))) - figures.absent
    if rounds is None:
        rounds = PATIENCE // len(figures.values)
    draw = Random(len(figures.values))  # the same table gives the same answer
    best = _Attempt(figures, small, already, least)
    best.build(sorted(small, key=lambda k: (figures.values[k], k)))
    for turn in range(rounds):
        if not best.further:
            break
        other = _Attempt(figures, small, already, least)
        order = sorted(small)
        draw.shuffle(order)
        kept = [] if turn == 0 else [k for k in best.sorted_further() if draw.random() < KEEP]
        other.build(order, kept)
        if other.cost < best.cost:
            best = other
    return frozenset(best.residual.hidden) - figures.absent


class _Attempt:
    """One answer: what is hidden, and for each cell the proof that it is open."""

    def __init__(self, figures: Figures, small: Collection[int], already: Collection[int], least: int) -> None:
        self.figures = figures
        self.least = least
        self.small = frozenset(small)
        self.free = frozenset(already)
        self.residual = Residual(figures, (*small, *already))
        self.further: set[int] = set()
        self._proof: dict[int, Witness] = {}

    @property
    def cost(self) -> float:
        return sum(self.figures.price[k] for k in self.further)

    def sorted_further(self) -> list[int]:
        return sorted(self.further)

    def build(self, order: Iterable[int], kept: Iterable[int] = ()) -> None:
        for k in kept:
            self._hide(k)
        for k in order:
            if k not in self._proof:
                self._open(k)
        for k in self.sorted_further():  # kept ones that no cycle vouches for yet
            if k not in self._proof:
                self._open(k)
        for k in sorted(self.further, key=lambda k: (-self.figures.price[k], k)):
            self._do_without(k)

    def _hide(self, k: int) -> None:
        if k not in self.residual.hidden:
            self.residual.hide(k)
            self.further.add(k)

    def _open(self, k: int) -> None:
        witness = self.residual.vouch(k, self.least)
        if witness is None:
            cycle = self._cheapest(k)
            if cycle is None:  # no single cycle is wide enough: several together must do
                for other in self._dearest_last():
                    self._hide(other)
                    witness = self.residual.vouch(k, self.least)
                    if witness is not None:
                        break
            else:
                witness = frozenset(cycle)
                for other in cycle:
                    self._hide(other)
                    self._proof[other] = witness
        if witness is not None:
            self._proof[k] = witness

    def _dearest_last(self) -> list[int]:
        hidden = self.residual.hidden
        return sorted(
            (k for k in range(len(self.figures.values)) if k not in hidden), key=lambda k: (self.figures.price[k], k)
        )

    def _do_without(self, k: int) -> None:
        """Show a further cell again, if every proof that stood on it can be made anew without it."""
        self.residual.show(k)
        anew: dict[int, Witness] = {}
        for other, witness in self._proof.items():
            if k in witness and other != k and other not in anew:
                found = self.residual.vouch(other, self.least)
                if found is None:
                    self.residual.hide(k)
                    return
                anew[other] = found
        self._proof.update(anew)
        self._proof.pop(k, None)
        self.further.discard(k)

    def _cheapest(self, k: int) -> list[int] | None:
        """Cells of the cheapest cycle through `k` that leaves all on it open by `least`."""
        up, down = self.figures.up[k], self.figures.down[k]
        shares = {
            min(down, self.least),
            max(0, self.least - min(up, self.least)),
            0 if up >= self.least else self.least,
        }
        best: tuple[float, list[int] | None] = (inf, None)
        for less in sorted(shares):
            if less <= down and self.least - less <= up:
                found = self._cycle(k, self.least - less, less, best[0])
                if found is not None and found[0] < best[0]:
                    best = found
        return best[1]

    def _cycle(self, k: int, more: float, less: float, limit: float) -> tuple[float, list[int]] | None:
        """Dijkstra from the head of `k` to its tail: the cycle may take `more` people one way and `less` the other."""
        figures, hidden, free = self.figures, self.residual.hidden, self.free
        ends, values, up, price = figures.ends, figures.down, figures.up, figures.price
        rows, width = figures.rows + 1, figures.columns + 1
        goal, start = ends[k]
        nodes = rows + width
        cost = [inf] * nodes
        cost[start] = 0.0
        came: list[int] = [-1] * nodes
        waiting = set(range(nodes))
        while waiting:
            node = min(waiting, key=cost.__getitem__)
            here = cost[node]
            if node == goal or here >= limit:
                break
            waiting.discard(node)
            row_side = node < rows
            for other in range(rows, nodes) if row_side else range(rows):
                arc = node * width + other - rows if row_side else other * width + node - rows
                if other not in waiting or arc == k:
                    continue
                there = here + (NEAR if arc in hidden or arc in free else price[arc])
                if there >= cost[other]:
                    continue
                flow, above = values[arc], up[arc]
                forward = ends[arc][0] == node
                if (above >= more and flow >= less) if forward else (flow >= more and above >= less):
                    cost[other] = there
                    came[other] = arc
        if cost[goal] >= limit:
            return None
        cells, node = [k], goal
        while node != start:
            arc = came[node]
            cells.append(arc)
            tail, head = ends[arc]
            node = head if tail == node else tail
        return cost[goal], cells
