"""Enough values of a question to tell its conditions apart: one for every way in which the comparisons can come out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

from services.surveys.expressions.kinds import Shape, Type
from services.surveys.expressions.tree import Value

MOST_OPTIONS = 8  # named in conditions of one question of several choices; beyond, subsets would be too many
Limits = tuple[float | None, float | None, float | None]  # smallest, largest, step
_ORDERED_TEXT = frozenset({Shape.DATE, Shape.DATETIME, Shape.TIME})


def domain(kind: Type, compared: Sequence[Value], limits: Limits) -> tuple[Value, ...] | None:
    """Empty first. Too many values are fine, too few are not: None where there would have to be very many."""
    if kind.shape is Shape.BOOL:
        return (None, True, False)
    if kind.shape is Shape.NUMBER:
        return (None, *_numbers(sorted({each for each in compared if isinstance(each, float)}), limits))
    words = sorted({each for each in compared if isinstance(each, str)})
    if kind.shape in _ORDERED_TEXT:
        # "" + "!" sorts before every date, and a date with "!" behind it right after the date.
        return (None, "!", *(value for word in words for value in (word, word + "!")))
    other = next((option for option in kind.options if option not in words), None)
    if kind.shape in (Shape.CHOICES, Shape.RANKING):
        if len(words) > MOST_OPTIONS:
            return None
        named = [*words, *([other] if other is not None else [])]
        return (None, *(each for size in range(1, len(named) + 1) for each in combinations(named, size)))
    if kind.shape is Shape.CHOICE:
        return (None, *words, *([other] if other is not None else []))
    return (None, *words, "?")


def _numbers(named: Sequence[float], limits: Limits) -> list[float]:
    """Each fixed number, something between two, something on either side; on the steps where there are steps."""
    low, high, step = limits
    points = {0.0, *named, *(bound for bound in (low, high) if bound is not None)}
    points |= {(left + right) / 2 for left, right in pairwise(named)}
    points |= {point + near for point in named for near in (-1.0, 1.0)}
    if step:
        base = low or 0.0
        beside = {math.floor((point - base) / step) for point in points}
        points = {base + (count + more) * step for count in beside for more in (-1, 0, 1, 2)}
    return [point for point in sorted(points) if (low is None or point >= low) and (high is None or point <= high)]
