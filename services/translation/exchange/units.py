"""A translation as files hold it: one text in several languages, with everything that was written beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.translation.exchange.xml import UNWRITABLE, Inline, Piece, flat

SLOT = "x-slot-"  # before the kind of a slot, where a file names the type of an element
Notes = tuple[tuple[tuple[tuple[str, str], ...], str], ...]  # (attributes, text) each


@dataclass(frozen=True, slots=True)
class Variant:
    """The text in one language."""

    language: str
    pieces: tuple[Piece, ...]
    attributes: tuple[tuple[str, str], ...] = ()
    notes: Notes = ()
    props: Notes = ()

    @property
    def text(self) -> str:
        return flat(self.pieces)


@dataclass(frozen=True, slots=True)
class Unit:
    """One text. `approved`: the file says that a person has approved it (TMX cannot say so: None). `line`: for reports."""

    variants: tuple[Variant, ...]
    attributes: tuple[tuple[str, str], ...] = ()
    notes: Notes = ()
    props: Notes = ()
    approved: bool | None = None
    source: str = ""
    line: int = field(default=0, compare=False)

    def prop(self, kind: str) -> str:
        """The value of a property of this type, "" where there is none."""
        return next((value for attributes, value in self.props if dict(attributes).get("type") == kind), "")


def pieces(
    text: str, kinds: Mapping[str, str], *, slot: Callable[[int, str, str], Inline], character: Callable[[str], Inline]
) -> tuple[Piece, ...]:
    """A text of ours for a file: slots (⟦0⟧, of these `kinds`) as elements, and characters that XML cannot hold."""
    found: list[Piece] = []
    number = 0
    for part in re.split(rf"(⟦\d+⟧|{UNWRITABLE.pattern})", text):
        if not part:
            continue
        if UNWRITABLE.fullmatch(part):
            found.append(character(part))
        elif part in kinds:
            number += 1
            found.append(slot(number, part, kinds[part]))
        else:
            found.append(part)
    return tuple(found)
