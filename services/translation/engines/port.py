"""What an engine is to this service: pairs it can do, and a batch that comes back as results or named failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from services.translation.domain.protection import TokenStyle


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
    """A masked text on its way from `source` to `target` (BCP 47)."""

    id: str
    source: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a segment. `unknown_ratio`: share of words that the engine did not know, 0 to 1."""

    segment_id: str
    text: str
    engine: str
    unknown_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a segment has no answer; carries no text."""

    segment_id: str
    kind: FailureKind


class GlossaryMode(StrEnum):
    """How an engine takes terms: by itself, masked by us, or not at all."""

    NATIVE = "native"
    MASK = "mask"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do. `pairs` holds every (source, target), pivots included; `max_size` is in code points."""

    name: str
    pairs: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    max_items: int = 500
    max_size: int = 10_000
    glossary: GlossaryMode = GlossaryMode.NONE
    leaves_district: bool = False


class Engine(Protocol):
    """A machine translator. None of these raise for a text: a segment comes back as a `Result` or a `Failure`."""

    def capabilities(self) -> Capabilities:
        """What it can do on this machine, now; empty pairs where it is not installed."""
        ...

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        """The mask that this pair was seen to carry through whole; None refuses the pair."""
        ...

    def translate(self, batch: Sequence[Segment], *, deadline: float) -> list[Result | Failure]:
        """One answer per segment, in order, before `deadline` (shared.clock.monotonic seconds)."""
        ...

    def close(self) -> None:
        """Give back processes and connections."""
        ...
