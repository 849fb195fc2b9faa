"""What comes out of a press, and how it comes out of its process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Printed:
    """One file, and how many pages each piece has in it (blank backs included).

    `missing`: characters that no font of this machine has, as "U+1E900"; their readers see boxes.
    """

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]
    missing: tuple[str, ...] = ()

    def wire(self) -> bytes:
        """A line of JSON, then the PDF."""
        return json.dumps({"pages": self.pages, "missing": self.missing}).encode() + b"\n" + self.pdf

    @classmethod
    def of_wire(cls, said: bytes) -> Printed:
        """What `wire` made (ValueError, KeyError for anything else)."""
        head, _, pdf = said.partition(b"\n")
        told = json.loads(head)
        return cls(pdf, tuple(told["pages"]), tuple(told["missing"]))
