"""What a district has spent on engines this month, in characters and money: warned of at 80 %, stopped at 100 %."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.translation.engines.port import Capabilities, Failure, FailureKind, Result, Segment

WARN_AT = Decimal("0.8")
_MILLION = Decimal(1_000_000)


class Level(StrEnum):
    """How much of the month's budget is used."""

    FINE = "fine"
    WARNED = "warned"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class Spent:
    """Characters and US dollars."""

    characters: int = 0
    dollars: Decimal = Decimal(0)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.characters + other.characters, self.dollars + other.dollars)


@dataclass(slots=True)
class Budget:
    """A month of one district. `before`: what was spent until now, by engine; `now`: what this batch adds to it.

    `read` gives `before` when an engine is about to be paid, and only then: whoever reads keeps the others waiting.
    """

    monthly_dollars: Decimal | None = None
    monthly_characters: int | None = None
    before: Mapping[str, Spent] = field(default_factory=dict)
    now: dict[str, Spent] = field(default_factory=dict)
    read: Callable[[], Mapping[str, Spent]] | None = None

    @property
    def limited(self) -> bool:
        return self.monthly_dollars is not None or self.monthly_characters is not None

    @property
    def total(self) -> Spent:
        return self.spent_before + sum(self.now.values(), Spent())

    @property
    def spent_before(self) -> Spent:
        return sum(self.before.values(), Spent())

    def level(self, total: Spent | None = None) -> Level:
        """Of what is spent by now, or of another total; the worse of the two measures."""
        total = self.total if total is None else total
        shares = [
            Decimal(used) / limit if limit else Decimal(1)
            for used, limit in (
                (total.characters, self.monthly_characters),
                (total.dollars, self.monthly_dollars),
            )
            if limit is not None
        ]
        used = max(shares, default=Decimal(0))
        return Level.USED_UP if used >= 1 else Level.WARNED if used >= WARN_AT else Level.FINE

    def allows(self, can: Capabilities, segments: Sequence[Segment]) -> list[bool]:
        """Which of the segments still fit, in order: what would go beyond the month's end is not sent at all."""
        if not can.price_per_million:
            return [True] * len(segments)
        if self.limited and self.read is not None:
            self.before, self.read = self.read(), None
        total, allowed = self.total, []
        for segment in segments:
            after = total + cost(can, len(segment.text))
            fits = self._within(after)
            allowed.append(fits)
            total = after if fits else total
        return allowed

    def charge(self, can: Capabilities, answers: Sequence[Result | Failure]) -> None:
        """What the answers have cost."""
        billed = sum(answer.billed for answer in answers if isinstance(answer, Result))
        if billed:
            self.now[can.name] = self.now.get(can.name, Spent()) + cost(can, billed)

    def _within(self, total: Spent) -> bool:
        characters = self.monthly_characters is None or total.characters <= self.monthly_characters
        return characters and (self.monthly_dollars is None or total.dollars <= self.monthly_dollars)


def cost(can: Capabilities, characters: int) -> Spent:
    """What so many characters cost with this engine."""
    return Spent(characters, can.price_per_million * characters / _MILLION)


def refused(segment: Segment) -> Failure:
    """A text that the month's budget has no room for."""
    return Failure(segment.id, FailureKind.QUOTA)
