"""Which engines a district lets translate for it, and in which order, per pair. Made of `engines:` in district.yaml.

A text leaves the district only to an engine that the district has named: without a word of it, engines on its own
machines alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.translation.domain.languages import base
from services.translation.engines.port import Engine, Pair


@dataclass(frozen=True, slots=True)
class Order:
    """`use`: every engine, the best first (None: those that keep the text in the district, as they come).

    `pairs`: for "en-so", "*-so" or "en-*", the nearest first, the engines of that pair instead; also only named ones.
    `monthly_dollars`, `monthly_characters`: what may be spent in a calendar month (None: no limit).
    """

    use: tuple[str, ...] | None = None
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    monthly_dollars: Decimal | None = None
    monthly_characters: int | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> Order:
        """From the settings as they came with the district's configuration."""
        said = settings or {}
        dollars, characters, use = said.get("monthly_dollars"), said.get("monthly_characters"), said.get("use")
        return cls(
            None if use is None else tuple(use),
            {str(pair).lower(): tuple(names) for pair, names in (said.get("pairs") or {}).items()},
            None if dollars is None else Decimal(str(dollars)),
            None if characters is None else int(characters),
        )

    def of_pair(self, engines: Sequence[Engine], pair: Pair) -> list[Engine]:
        """The engines to be tried for a pair, the first first; those that do not have it are left out."""
        names = self._names(pair)
        if names is None:
            chosen = [engine for engine in engines if not engine.capabilities().leaves_district]
        else:
            known = {engine.capabilities().name: engine for engine in engines}
            chosen = [known[name] for name in dict.fromkeys(names) if name in known]
        return [engine for engine in chosen if pair_of(engine, pair) is not None]

    def _names(self, pair: Pair) -> tuple[str, ...] | None:
        source, target = (tag.lower() for tag in pair)
        for one in dict.fromkeys((source, base(source), "*")):
            for other in dict.fromkeys((target, base(target), "*")):
                if found := self.pairs.get(f"{one}-{other}"):
                    return found
        return self.use


NO_ORDER = Order()


def pair_of(engine: Engine, pair: Pair) -> Pair | None:
    """The engine's own pair for one that is wanted, with or without regions."""
    pairs = engine.capabilities().pairs
    for source in dict.fromkeys((pair[0], base(pair[0]))):
        for target in dict.fromkeys((pair[1], base(pair[1]))):
            if (source, target) in pairs:
                return source, target
    return None
