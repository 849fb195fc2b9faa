"""Frozen snapshots of one table: each new one hides what its difference from any earlier one would tell.

People only come to such a table, so it is a first table and increments: T1, T1 + I2, T1 + I2 + I3 … What a reader may subtract
are these. Two ways to go on are safe:

- **Nested**: whatever the last snapshot hid stays hidden, and the increment is itself a table whose small cells are protected
  under the new pattern. Then the first table and every increment can be anything that their own published sums allow,
  independently; a figure that is hidden over several of them is open by the sum of their widths.
- **Opened**: what was hidden comes out, since enough people came. Every hidden figure since the last opening is proved anew
  as if the new snapshot hid nothing at all: people may be moved in the older increment as far as moving them back in the
  newest one allows. Past that point the older ones never need to be looked at again.

Where neither tells more than the last snapshot did, the last one stays: it is frozen until more people have answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shared.disclosure.flow import Residual
from shared.disclosure.protect import protect
from shared.disclosure.table import LEAST, Figures


@dataclass(frozen=True)
class Step:
    """An increment, what its snapshot hid, and the cells that had to be open in it."""

    increment: tuple[int, ...]
    hidden: frozenset[int]
    wanted: frozenset[int]


@dataclass(frozen=True)
class Frozen:
    """The last snapshot that was published, and the steps since the last opening. Immutable, plain: it is stored."""

    rows: int
    columns: int
    values: tuple[int, ...]
    hidden: frozenset[int]
    steps: tuple[Step, ...] = field(default=())

    @property
    def shown(self) -> float:
        return _shown(self.rows, self.columns, self.values, self.hidden)


def _shown(rows: int, columns: int, values: Sequence[int], hidden: frozenset[int]) -> float:
    figures = Figures(rows, columns, values)
    return sum(1.0 for k in range(len(figures.values)) if k not in hidden)


def next_snapshot(
    before: Frozen | None, rows: int, columns: int, values: Sequence[int], *, least: int = LEAST, empty: bool = True
) -> Frozen | None:
    """What may be published of `values` (`with_totals`), after `before`; None where nothing new may be.

    A table that has grown rows or columns is brought to the new size by the caller, with nobody in them.
    """
    figures = Figures(rows, columns, tuple(values))
    if before is None:
        if figures.values[-1] < least:
            return None
        wanted = figures.small(least=least, empty=empty)
        hidden = protect(figures, wanted, least=least)
        return Frozen(rows, columns, tuple(values), hidden, (Step(tuple(values), hidden, hidden),))
    increment = tuple(now - then for now, then in zip(values, before.values, strict=True))
    if min(increment) < 0 or increment[-1] < least:
        return None
    came = replace(figures, values=increment)
    small = came.small(least=least, empty=empty)
    nested = _nested(before, came, small, least)
    opened = _opened(before, came, small | figures.small(least=least, empty=empty), least)
    best = max((one for one in (opened, nested) if one is not None), key=lambda one: one.shown, default=None)
    if best is None or best.shown < before.shown:
        return None
    return replace(best, values=tuple(values))


def _nested(before: Frozen, came: Figures, small: frozenset[int], least: int) -> Frozen | None:
    hidden = protect(came, small | before.hidden, least=least, already=before.hidden - small)
    wanted = (hidden - before.hidden) | small
    if not _open_all(came, hidden, wanted, least):
        return None
    step = Step(tuple(came.values), hidden, wanted)
    return Frozen(before.rows, before.columns, before.values, hidden, (*before.steps, step))


def _opened(before: Frozen, came: Figures, small: frozenset[int], least: int) -> Frozen | None:
    for step in before.steps:
        older = Figures(before.rows, before.columns, step.increment, above=[float(one) for one in came.values])
        if not _open_all(older, step.hidden, step.wanted, least):
            return None
    hidden = protect(came, small, least=least)
    if not _open_all(came, hidden, hidden, least):
        return None
    return Frozen(before.rows, before.columns, before.values, hidden, (Step(tuple(came.values), hidden, hidden),))


def _open_all(figures: Figures, hidden: frozenset[int], wanted: frozenset[int], least: int) -> bool:
    """Whether each wanted cell is open by `least` under this pattern: the audit, apart from how the pattern was found."""
    residual = Residual(figures, hidden)
    return all(residual.vouch(k, least) is not None for k in sorted(wanted))
