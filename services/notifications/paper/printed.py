"""What comes out of the press."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Printed:
    """One file, and how many pages each letter has in it (blank backs included).

    `missing`: characters that no font of this machine has, as "U+1E900"; their readers see boxes.
    """

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoiled:
    """Nothing came out; `why` is a technical word."""

    why: str
