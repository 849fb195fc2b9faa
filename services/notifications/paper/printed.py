"""What comes out of the press."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Printed:
    """One file, and how many pages each letter has in it (blank backs included)."""

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Nothing came out; `why` is a technical word."""

    why: str
