"""Weights that make those who answered look like those who were asked (raking: Deming and Stephan 1940), with limits.

Weights start at 1, and each margin in turn is scaled to the roster's counts until all of them hold. No weight grows beyond
`most` times the mean or shrinks below `least` of it: one family must not speak for a hundred. What was not reached is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST = 5.0  # times the mean weight
LEAST = 0.2
CLOSE = 1e-4  # the largest gap of a margin, as a share of everybody, that counts as met
TURNS = 200

Traits = Mapping[str, str]  # by trait: language, school, grade, channel


@dataclass(frozen=True, slots=True)
class Empty:
    """A group of the roster in which nobody answered: no weight can speak for it."""

    trait: str
    group: str
    share: float


@dataclass(frozen=True, slots=True)
class Weighted:
    """`weights` in the order of the respondents, with mean 1. `gap`: the largest difference left in a margin, as a share."""

    weights: tuple[float, ...]
    converged: bool
    turns: int
    gap: float
    capped: int
    empty: tuple[Empty, ...]

    @property
    def effective_n(self) -> float:
        """(Σw)² / Σw²: as many equal answers carry as much (Kish 1965)."""
        squares = sum(weight * weight for weight in self.weights)
        return sum(self.weights) ** 2 / squares if squares else 0.0

    @property
    def failed(self) -> bool:
        """The weights must not be used: groups without an answer, or margins that the limits do not let hold."""
        return bool(self.empty) or not self.converged


def rake(
    respondents: Sequence[Traits],
    roster: Mapping[str, Mapping[str, int]],
    *,
    most: float = MOST,
    least: float = LEAST,
    turns: int = TURNS,
) -> Weighted:
    """`roster`: by trait, how many were asked in each group. Empty groups are named and their margin is left out."""
    targets = {trait: _shares(groups) for trait, groups in roster.items()}
    seen = {trait: {one.get(trait, "") for one in respondents} for trait in targets}
    empty = tuple(
        Empty(trait, group, share)
        for trait, groups in sorted(targets.items())
        for group, share in sorted(groups.items())
        if share > 0 and group not in seen[trait]
    )
    fit = {trait: groups for trait, groups in targets.items() if not any(each.trait == trait for each in empty)}
    weights = [1.0] * len(respondents)
    gap, turn = _gap(respondents, weights, fit), 0
    while gap > CLOSE and turn < turns:
        for trait, groups in fit.items():
            weights = _scaled(respondents, weights, trait, groups)
        weights = _limited(weights, most, least)
        gap, turn = _gap(respondents, weights, fit), turn + 1
    capped = sum(not least * 1.001 < weight < most * 0.999 for weight in weights)
    return Weighted(tuple(weights), gap <= CLOSE, turn, gap, capped, empty)


def _shares(groups: Mapping[str, int]) -> dict[str, float]:
    whole = sum(groups.values())
    return {group: count / whole for group, count in groups.items()} if whole else {}


def _sums(respondents: Sequence[Traits], weights: Sequence[float], trait: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for one, weight in zip(respondents, weights, strict=True):
        found[one.get(trait, "")] += weight
    return found


def _scaled(
    respondents: Sequence[Traits], weights: Sequence[float], trait: str, groups: Mapping[str, float]
) -> list[float]:
    sums = _sums(respondents, weights, trait)
    whole = sum(sums.values())
    ratios = {group: groups.get(group, 0.0) * whole / sums[group] if sums[group] else 1.0 for group in sums}
    return [weight * ratios[one.get(trait, "")] for one, weight in zip(respondents, weights, strict=True)]


def _limited(weights: Sequence[float], most: float, least: float) -> list[float]:
    """Mean 1, then the limits."""
    mean = sum(weights) / len(weights) if weights else 1.0
    return [min(most, max(least, weight / mean)) if mean else 1.0 for weight in weights]


def _gap(respondents: Sequence[Traits], weights: Sequence[float], fit: Mapping[str, Mapping[str, float]]) -> float:
    whole = sum(weights)
    if not whole:
        return 0.0
    return max(
        (
            abs(share - _sums(respondents, weights, trait).get(group, 0.0) / whole)
            for trait, groups in fit.items()
            for group, share in groups.items()
        ),
        default=0.0,
    )
