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
    times: tuple[int, ...]
    converged: bool
    turns: int
    gap: float
    capped: int
    empty: tuple[Empty, ...]

    @property
    def effective_n(self) -> float:
        """(Σw)² / Σw²: as many equal answers carry as much (Kish 1965)."""
        pairs = list(zip(self.weights, self.times, strict=True))
        squares = sum(weight * weight * many for weight, many in pairs)
        return sum(weight * many for weight, many in pairs) ** 2 / squares if squares else 0.0

    @property
    def failed(self) -> bool:
        """The weights must not be used: groups without an answer, or margins that the limits do not let hold."""
        return bool(self.empty) or not self.converged


def rake(
    respondents: Sequence[Traits],
    roster: Mapping[str, Mapping[str, int]],
    *,
    times: Sequence[int] = (),
    most: float = MOST,
    least: float = LEAST,
    turns: int = TURNS,
) -> Weighted:
    """`roster`: by trait, how many were asked in each group. Empty groups are named and their margin is left out.

    `times`: how many respondents each line stands for (one, if not said); they all get its weight.
    """
    times = times or [1] * len(respondents)
    targets = {trait: _shares(groups) for trait, groups in roster.items()}
    seen = {trait: {one.get(trait, "") for one in respondents} for trait in targets}
    empty = tuple(
        Empty(trait, group, share)
        for trait, groups in sorted(targets.items())
        for group, share in sorted(groups.items())
        if share > 0 and group not in seen[trait]
    )
    fit = {trait: groups for trait, groups in targets.items() if not any(each.trait == trait for each in empty)}
    fitting = _Fitting(respondents, times, fit)
    gap, turn = fitting.gap(), 0
    while gap > CLOSE and turn < turns:
        for trait in fit:
            fitting.scale(trait)
        fitting.limit(most, least)
        gap, turn = fitting.gap(), turn + 1
    capped = sum(
        many for weight, many in zip(fitting.weights, times, strict=True) if not least * 1.001 < weight < most * 0.999
    )
    return Weighted(tuple(fitting.weights), tuple(times), gap <= CLOSE, turn, gap, capped, empty)


def _shares(groups: Mapping[str, int]) -> dict[str, float]:
    whole = sum(groups.values())
    return {group: count / whole for group, count in groups.items()} if whole else {}


class _Fitting:
    """The weights on their way."""

    def __init__(
        self, respondents: Sequence[Traits], times: Sequence[int], fit: Mapping[str, Mapping[str, float]]
    ) -> None:
        self.weights = [1.0] * len(respondents)
        self._times = times
        self._fit = fit
        self._groups = {trait: [one.get(trait, "") for one in respondents] for trait in fit}

    def _whole(self) -> float:
        return sum(weight * many for weight, many in zip(self.weights, self._times, strict=True))

    def _sums(self, trait: str) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for group, weight, many in zip(self._groups[trait], self.weights, self._times, strict=True):
            found[group] += weight * many
        return found

    def scale(self, trait: str) -> None:
        """Meet this margin."""
        sums, whole, shares = self._sums(trait), self._whole(), self._fit[trait]
        ratios = {group: shares.get(group, 0.0) * whole / held if held else 1.0 for group, held in sums.items()}
        self.weights = [weight * ratios[group] for weight, group in zip(self.weights, self._groups[trait], strict=True)]

    def limit(self, most: float, least: float) -> None:
        """Mean 1, then the limits."""
        mean = self._whole() / sum(self._times) if self.weights else 1.0
        self.weights = [min(most, max(least, weight / mean)) if mean else 1.0 for weight in self.weights]

    def gap(self) -> float:
        """The largest difference of a margin that is left, as a share of everybody."""
        whole = self._whole()
        if not whole:
            return 0.0
        sums = {trait: self._sums(trait) for trait in self._fit}
        return max(
            (
                abs(share - sums[trait].get(group, 0.0) / whole)
                for trait, groups in self._fit.items()
                for group, share in groups.items()
            ),
            default=0.0,
        )
