"""The pulse of a term: three questions to every home, told as a mean with its margin, never as anybody's answer (F49)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

KIND = "pulse"
LEAST = 10  # homes; a school may ask for more, never for fewer
CONFIDENT = 1.96  # 95 of 100 such rounds


@dataclass(frozen=True, slots=True)
class Score:
    """Of one item. `margin` is half the width of the 95 % interval; None where the group is too small to be told."""

    mean: float | None
    margin: float | None
    n: int | None
    suppressed: bool


def least(wanted: int | None) -> int:
    """A school's own threshold, where it is the stricter one."""
    return max(LEAST, wanted or LEAST)


def score(values: Sequence[float], *, invited: int, threshold: int = LEAST) -> Score:
    """Mean and margin of a finite group: who all answered leaves no doubt (Cochran 1977, section 2.6)."""
    n = len(values)
    if n < threshold:
        return Score(None, None, None, suppressed=True)
    mean = sum(values) / n
    spread = sum((value - mean) ** 2 for value in values) / (n - 1)
    whole = max(invited, n)
    left = (whole - n) / (whole - 1) if whole > 1 else 0.0
    return Score(round(mean, 2), round(CONFIDENT * sqrt(spread / n * left), 2), n, suppressed=False)


def ranked(chosen: Iterable[Sequence[str]], *, threshold: int = LEAST) -> list[dict[str, Any]]:
    """What would help, the most wanted first; what fewer homes than the threshold named stands at the end without a number."""
    counts = Counter(value for values in chosen for value in set(values))
    enough = [(value, number) for value, number in counts.items() if number >= threshold]
    told = sorted(enough, key=lambda pair: (-pair[1], pair[0]))
    small = sorted(value for value, number in counts.items() if number < threshold)
    return [{"need": value, "n": number} for value, number in told] + [{"need": value, "n": None} for value in small]
