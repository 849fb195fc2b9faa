"""What was noticed about a student, dated and specific, and which kinds nobody has noticed yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KINDS = ("academic", "social", "emotional", "creative", "kindness", "leadership")


@dataclass(frozen=True, slots=True)
class Example:
    """`source`: school or home."""

    at: datetime
    text: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Strengths:
    """Examples by kind, the newest first; `unnoticed`: what to look for next."""

    examples: Mapping[str, tuple[Example, ...]]
    unnoticed: tuple[str, ...]

    def count(self, kind: str) -> int:
        return len(self.examples.get(kind, ()))


def gather(rows: Iterable[Mapping[str, Any]]) -> Strengths:
    """From the ledger's rows (category, at, text, source), in any order."""
    found: dict[str, list[Example]] = {kind: [] for kind in KINDS}
    for row in sorted(rows, key=lambda row: row["at"], reverse=True):
        found.setdefault(row["category"], []).append(Example(row["at"], row["text"], row["source"]))
    return Strengths(
        {kind: tuple(examples) for kind, examples in found.items() if examples},
        tuple(kind for kind in KINDS if not found[kind]),
    )
