"""Reads which numbered slot a guardian meant."""

from __future__ import annotations

import unicodedata

_DECORATION = frozenset(".)(#:,;!-*°º")


def chosen_number(text: str) -> int | None:
    """The number that the answer is: "2", " 2. ", "(2)", "#2", "٢", "2️⃣"; None for anything else.

    Strict on purpose: "3 pm" or "2 or 3" is a sentence for the teacher, not a booking. Keycap signs and invisible
    direction marks that phones put around digits are dropped.
    """
    left = [char for char in text if not char.isspace() and char not in _DECORATION and not _invisible(char)]
    if len(left) != 1:
        return None
    return unicodedata.digit(left[0], None)


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Mn", "Me")
