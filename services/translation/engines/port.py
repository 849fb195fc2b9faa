"""What an engine is to this service: pairs it can do, and a batch that comes back as results or named failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from services.translation.domain.protection import TokenStyle

Pair = tuple[str, str]


class FailureKind(StrEnum):
    """Closed: what can go wrong with a segment, and so what the caller may do about it."""

    QUOTA = "quota"  # long stop: fail over
    RATE = "rate"  # try again later
    AUTH = "auth"  # somebody has to act
    UNSUPPORTED_PAIR = "unsupported_pair"
    TOO_LARGE = "too_large"  # split it
    LOW_CONFIDENCE_DETECT = "low_confidence_detect"
    TIMEOUT = "timeout"
    CORRUPT = "corrupt"  # the engine breaks placeholders, or its answer cannot be read
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Segment:
    """A masked text on its way from `source` to `target` (BCP 47).

    `source` is "" where nobody knows it (an engine that detects may then guess). `hidden`: names that were masked, so
    that whoever lets a text out of the district can see that none of them is left in it.
    """

    id: str
    source: str
    target: str
    text: str
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a segment.

    `unknown_ratio`: share of words that the engine did not know, 0 to 1. `score`: the engine's own confidence, 0 to 1.
    `billed`: characters that are paid for (every vendor bills by these, whatever it limits by; 0: nothing is paid).
    """

    segment_id: str
    text: str
    engine: str
    unknown_ratio: float = 0.0
    model_version: str = ""
    score: float | None = None
    detected: str | None = None
    billed: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a segment has no answer; carries no text. `retry_after`: seconds that the engine asked for."""

    segment_id: str
    kind: FailureKind
    retry_after: float | None = None


class GlossaryMode(StrEnum):
    """How an engine takes terms: by itself, masked by us, or not at all."""

    NATIVE = "native"
    MASK = "mask"
    NONE = "none"


class TagMode(StrEnum):
    """Which marks an engine is told to leave alone."""

    NONE = "none"
    HTML = "html"
    XML = "xml"


class SizeUnit(StrEnum):
    """What an engine counts when it says that a text is too large, or what it bills."""

    CODE_POINTS = "code_points"
    BYTES = "bytes"  # UTF-8
    CHARACTERS_X_TARGETS = "characters_x_targets"

    def of(self, text: str, *, targets: int = 1) -> int:
        """The size of a text that goes into so many languages at once."""
        if self is SizeUnit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) * (targets if self is SizeUnit.CHARACTERS_X_TARGETS else 1)


class Pairs(Set[Pair]):
    """Every source with every target (never a language with itself), without holding them all."""

    __slots__ = ("_sources", "_targets")

    def __init__(self, sources: Set[str], targets: Set[str]) -> None:
        self._sources, self._targets = frozenset(sources), frozenset(targets)

    def __contains__(self, pair: object) -> bool:
        if not isinstance(pair, tuple) or len(pair) != 2:
            return False
        return pair[0] in self._sources and pair[1] in self._targets and pair[0] != pair[1]

    def __iter__(self) -> Iterator[Pair]:
        return ((one, other) for one in sorted(self._sources) for other in sorted(self._targets) if one != other)

    def __len__(self) -> int:
        return len(self._sources) * len(self._targets) - len(self._sources & self._targets)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do.

    `pairs` holds every (source, target), pivots included. `max_size` is of one text and `max_request` of one request,
    both in `unit`. `price_per_million` is in US dollars for a million characters. `residency`: where the text is while it is
    being translated; `leaves_district` if that is not the district's own machines.
    """

    name: str
    pairs: Set[Pair] = field(default_factory=frozenset)
    max_items: int = 500
    max_size: int = 10_000
    unit: SizeUnit = SizeUnit.CODE_POINTS
    max_request: int = 1_000_000
    glossary: GlossaryMode = GlossaryMode.NONE
    formality: bool = False
    tags: TagMode = TagMode.NONE
    detects: bool = False
    price_per_million: Decimal = Decimal(0)
    residency: str = "district"
    leaves_district: bool = False


class Engine(Protocol):
    """A machine translator. None of these raise for a text: a segment comes back as a `Result` or a `Failure`."""

    def capabilities(self) -> Capabilities:
        """What it can do on this machine, now; empty pairs where it is not installed."""
        ...

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        """The mask that this pair was seen to carry through whole; None refuses the pair."""
        ...

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        """One answer per segment, in order, before `deadline` (shared.clock.monotonic seconds).

        `key`: the same for the same question asked again, so that nobody pays twice.
        """
        ...

    def close(self) -> None:
        """Give back processes and connections."""
        ...
