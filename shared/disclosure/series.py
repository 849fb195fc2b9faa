"""Frozen snapshots of one table: each new one hides what its difference from any earlier one would tell.

People only come to such a table, so it is a first table and increments: T1, T1 + I2, T1 + I2 + I3 … What a reader may subtract
are these. Two ways to go on are safe:

- **Nested**: whatever the last snapshot hid stays hidden, and the increment is itself a table whose small cells are protected
  under the new pattern. Then the first table and every increment can be anything that their own published sums allow,
  independently; a figure that is hidden over several of them is open by the sum of their widths.
- **Eased**: what was hidden comes out, where enough people came. A hidden figure of an older increment is safe whatever the new
  snapshot prints, if people may be moved in that increment as far as moving them back in the newest one allows; from then on
  it need never be looked at again. For the figures that are not, the cells that prove them open stay hidden, and no others.

Where neither tells more than the last snapshot did, the last one stays: it is frozen until more people have answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from shared.disclosure.flow import Residual
from shared.disclosure.protect import protect
from shared.disclosure.table import GRAND_COST, LEAST, Figures

Bounds = Mapping[int, tuple[int, int]]  # by cell: the least and the most that is printed in place of a figure


@dataclass(frozen=True)
class Step:
    """An increment, what its snapshot hid, and the cells that had to be open in it.

    `above`, `below`: how far a cell may still be moved without leaving the bounds that were printed since.
    """

    increment: tuple[int, ...]
    hidden: frozenset[int]
    wanted: frozenset[int]
    above: Mapping[int, float] = field(default_factory=dict)
    below: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Frozen:
    """The last snapshot that was published, and the steps that it must not give away. Immutable, plain: it is stored.

    `fixed`: cells that are always printed, since other tables print them too.
    """

    rows: int
    columns: int
    values: tuple[int, ...]
    hidden: frozenset[int]
    steps: tuple[Step, ...] = ()
    fixed: frozenset[int] = frozenset()

    @property
    def shown(self) -> int:
        """Figures that tell of somebody."""
        return sum(1 for k, count in enumerate(self.values) if count and k not in self.hidden)


def next_snapshot(
    before: Frozen | None,
    rows: int,
    columns: int,
    values: Sequence[int],
    *,
    least: int = LEAST,
    empty: bool = True,
    fixed: frozenset[int] = frozenset(),
    secret: frozenset[int] = frozenset(),
) -> Frozen | None:
    """What may be published of `values` (`with_totals`), after `before`; None where nothing new may be.

    A table that has grown rows or columns is brought to the new size by the caller, with nobody in them. `fixed`: cells that
    may not be hidden; where that is impossible the answer is None. `secret`: cells to be hidden whatever they hold.
    """
    values = tuple(values)
    zeros = (0,) * len(values)
    increment = values if before is None else tuple(now - then for now, then in zip(values, before.values, strict=True))
    if min(increment) < 0 or increment[-1] < least:
        return None
    blank = Frozen(rows, columns, zeros, frozenset(), (), fixed)
    small = _figures(blank, increment).small(least=least, empty=empty) | secret
    ways = [_eased(before or blank, increment, small, least)]
    if before is not None:
        ways.append(_nested(replace(before, fixed=fixed), increment, small, least))
    best = max(
        (one for one in ways if one is not None),
        key=lambda one: (_with(one, values).shown, -len(one.steps)),
        default=None,
    )
    if best is None or (before is not None and _with(best, values).shown < before.shown):
        return None
    return _with(best, values)


def with_bounds(frozen: Frozen, bounds: Bounds, *, least: int = LEAST) -> Frozen | None:
    """The same snapshot with bounds printed in place of some hidden figures ("< 5 %"); None where that tells too much."""
    above = {k: float(high - frozen.values[k]) for k, (_, high) in bounds.items()}
    below = {k: float(frozen.values[k] - low) for k, (low, _) in bounds.items()}
    steps = tuple(
        replace(step, above=_least(step.above, above), below=_least(step.below, below)) for step in frozen.steps
    )
    bounded = replace(frozen, steps=steps)
    fine = all(_open_all(_figures(bounded, step.increment, step), step.hidden, step.wanted, least) for step in steps)
    return bounded if fine else None


def _least(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    return {k: min(one.get(k, inf), other.get(k, inf)) for k in one.keys() | other.keys()}


def _with(frozen: Frozen, values: tuple[int, ...]) -> Frozen:
    return replace(frozen, values=values)


def _figures(
    frozen: Frozen, increment: Sequence[int], step: Step | None = None, *, later: Sequence[float] = ()
) -> Figures:
    """An increment as a table. Nothing hides in a fixed cell; `later`: as far as moving back in a later increment allows."""
    plain = Figures(frozen.rows, frozen.columns, increment)
    cost = list(plain.price)
    above = list(later) or [inf] * len(increment)
    below = [float(count) for count in increment]
    if step is not None:
        for k, room in step.above.items():
            above[k] = min(above[k], room)
        for k, room in step.below.items():
            below[k] = min(below[k], room)
    for k in frozen.fixed:
        above[k], below[k], cost[k] = 0.0, 0.0, GRAND_COST
    return replace(plain, cost=cost, above=above, below=below)


def _nested(before: Frozen, increment: tuple[int, ...], small: frozenset[int], least: int) -> Frozen | None:
    came = _figures(before, increment)
    hidden = protect(came, small | before.hidden, least=least, already=before.hidden - small)
    wanted = (hidden - before.hidden) | small
    if hidden & before.fixed or not _open_all(came, hidden, wanted, least):
        return None
    return replace(before, hidden=hidden, steps=(*before.steps, Step(increment, hidden, wanted)))


def _eased(before: Frozen, increment: tuple[int, ...], small: frozenset[int], least: int) -> Frozen | None:
    later = [float(count) for count in increment]
    keep: set[int] = set()
    live: list[Step] = []
    for step in before.steps:
        sealed = Residual(_figures(before, step.increment, step, later=later), step.hidden)
        stuck = frozenset(k for k in step.wanted if sealed.vouch(k, least) is None)
        if stuck:
            still = Residual(_figures(before, step.increment, step), step.hidden)
            for k in sorted(stuck):
                keep |= still.vouch(k, least) or step.hidden
            live.append(replace(step, wanted=stuck))
    came = _figures(before, increment)
    hidden = protect(came, small | keep, least=least, already=frozenset(keep) - small)
    if hidden & before.fixed:
        return None
    live.append(Step(increment, hidden, small | (hidden - keep)))
    steps = _proved(before, [replace(step, hidden=step.hidden & hidden) for step in live], hidden, least)
    return None if steps is None else replace(before, hidden=hidden, steps=steps)


def _proved(before: Frozen, live: list[Step], hidden: frozenset[int], least: int) -> tuple[Step, ...] | None:
    """The steps, each wanting also what only it proves open; None where a figure is left that nothing does."""
    rest, steps = set(hidden), []
    for step in reversed(live):
        residual = Residual(_figures(before, step.increment, step), step.hidden)
        if any(residual.vouch(k, least) is None for k in step.wanted):
            return None
        more = {k for k in rest & step.hidden if residual.vouch(k, least) is not None}
        rest -= more
        steps.append(replace(step, wanted=step.wanted | more))
    return None if rest else tuple(reversed(steps))


def _open_all(figures: Figures, hidden: frozenset[int], wanted: frozenset[int], least: int) -> bool:
    """Whether each wanted cell is open by `least` under this pattern: the audit, apart from how the pattern was found."""
    residual = Residual(figures, hidden)
    return all(residual.vouch(k, least) is not None for k in sorted(wanted))
