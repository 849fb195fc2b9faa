"""Which cells of a published table stay hidden, so that no small group can be told from it, not even by subtraction.

The rule itself is shared (`shared.disclosure`); here it is asked by names. Of what must go along with a small group the
largest groups come first: a report on who is left out can do without the majority's own figure, not without another
minority's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import inf

from shared.disclosure import LEAST as LEAST
from shared.disclosure import Figures, protect
from shared.disclosure.flow import Residual

ALL = "*"  # in a key: the total over that side

Key = tuple[str, str]  # row, column


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
    figures, keys = _figures(dict(cells), column_totals=column_totals)
    known = with_totals(dict(cells))
    secret = protect(figures, figures.small(least=least, empty=False), least=least)
    return frozenset(keys[k] for k in secret if keys[k] in known)


def highest(cells: Mapping[Key, int], secret: Iterable[Key], key: Key, *, column_totals: bool = True) -> float:
    """The most that a reader of the published figures must reckon with for a hidden one; infinity where nothing bounds it."""
    figures, keys = _figures(cells, column_totals=column_totals)
    number = {one: k for k, one in enumerate(keys)}
    return Residual(figures, [number[one] for one in secret]).highest(number[key])


def _figures(cells: Mapping[Key, int], *, column_totals: bool) -> tuple[Figures, list[Key]]:
    """The table by number, and the key of each number. A pair that does not occur is seen not to: nothing hides in it."""
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    whole = with_totals(cells)
    keys = [(row, column) for row in (*rows, ALL) for column in (*columns, ALL)]
    values = [whole.get(key, 0) for key in keys]
    absent = frozenset(k for k, key in enumerate(keys) if key[0] == ALL and not column_totals)
    cost = [_price(key, count, max(1, values[-1])) for key, count in zip(keys, values, strict=True)]
    above = [inf if key in whole else 0.0 for key in keys]
    return Figures(len(rows), len(columns), values, cost, above, absent), keys


def _price(key: Key, count: int, everybody: int) -> float:
    """What the reader loses: a column's total is what every row is compared with; of the rows the largest is missed least."""
    row, column = key
    if row == ALL:
        return 10.0
    if column == ALL:
        return 6.0 - 5.0 * count / everybody
    return 1.0 + 1.0 / (1 + count)
