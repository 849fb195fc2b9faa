"""How far a figure may be off because not everybody answered: 95 %, with the finite-population correction."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959964  # two-sided 95 % of a normal distribution


def share_margin(share: float, *, n: float, population: int) -> float | None:
    """Half the width of Wilson's interval (1927) for a share (0 to 1), as a fraction; None where there is nothing to tell of.

    Families are drawn from the finite number who were asked: the sampling error shrinks by √((N - n) / (N - 1)), to nothing when
    all answered. `n` may be an effective n. It says nothing about those who never answer being different: see `nonresponse`.
    """
    if n <= 0 or population <= 0:
        return None
    z = Z95 * _correction(n, population)
    return z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)


def mean_margin(variance: float, *, n: float, population: int) -> float | None:
    """Half the 95 % interval of a mean; `variance` is the sample's. None from fewer than two answers."""
    if n < 2:
        return None
    return Z95 * sqrt(variance / n) * _correction(n, population)


def _correction(n: float, population: int) -> float:
    return sqrt(max(0.0, population - n) / (population - 1)) if population > 1 else 0.0
