"""What a text costs as a text message: alphabet, units, messages and price, and what it would cost otherwise.

Lengths: 3GPP TS 23.040 §9.2.3.24 (a message holds 140 octets; every header element takes its share). One accented
letter outside the default alphabet turns a message of 160 characters into one of 70: Spanish pays twice for "sí".
The national tables give that back where the provider and the telephones take them, so they are a capability of the
provider (`tables`), off unless named. Leaving accents out is a district's choice, never made here by itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import ceil

from services.translation.domain import sms_tables
from services.translation.domain.languages import base
from services.translation.domain.sms_tables import Table

OCTETS = 140
_CONCATENATION, _SHIFT = 5, 3  # octets of a header element: parts of a longer message, one national table


class Encoding(StrEnum):
    """How the characters travel."""

    GSM = "gsm7"
    NATIONAL = "gsm7-national"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one text to one telephone. `units`: septets, or UTF-16 code units; `room`: units left in the last message."""

    encoding: Encoding
    units: int
    messages: int
    room: int
    locking: str | None = None
    single: str | None = None

    def price(self, each: Decimal, *, readers: int = 1) -> Decimal:
        """For `readers` telephones at `each` a message, in the currency of `each`."""
        return each * self.messages * readers


@dataclass(frozen=True, slots=True)
class Advice:
    """What a text costs now, and what would make it cheaper. `accents`: the characters that make it dear, sorted."""

    now: Cost
    with_tables: Cost
    without_accents: Cost
    accents: tuple[str, ...]


def cost(text: str, *, tables: Collection[str] = ()) -> Cost:
    """The cheapest way that every telephone reads, or that `tables` (languages, or {"*"}) of the provider allow."""
    ways = [way for way in _ways(text, tables) if way is not None]
    best = min(ways, key=lambda way: (way.messages, way.units), default=None)
    wide = _ucs2(text)
    if best is None or (best.encoding is Encoding.NATIONAL and best.messages >= wide.messages):
        return wide  # a header that old telephones may not read, for nothing
    return best


def advice(text: str, *, language: str) -> Advice:
    """What a text in `language` costs as it is, with the tables of its language, and without its accents."""
    tables = {base(language)} & set(sms_tables.national())
    readable = _default_characters()
    return Advice(
        now=cost(text),
        with_tables=cost(text, tables=tables),
        without_accents=cost(without_accents(text)),
        accents=tuple(sorted({character for character in text if character not in readable})),
    )


def without_accents(text: str) -> str:
    """`text` with letters of the default alphabet for accented ones that it lacks (`sí` → `si`, but `ñ`, `é` stay)."""
    readable = _default_characters()
    return "".join(character if character in readable else _bare(character, readable) for character in text)


def _bare(character: str, readable: frozenset[str]) -> str:
    letters = "".join(each for each in unicodedata.normalize("NFD", character) if not unicodedata.combining(each))
    return letters if letters and all(letter in readable for letter in letters) else character


def _default_characters() -> frozenset[str]:
    plain = sms_tables.default()
    return (plain.locking or frozenset()) | plain.single


def _ways(text: str, tables: Collection[str]) -> Iterator[Cost | None]:
    """The default alphabet, and every pair of the tables allowed."""
    plain, held = sms_tables.default(), sms_tables.national()
    allowed = [table for language, table in held.items() if language in tables or "*" in tables]
    first = _septets(text, None, None, plain)
    yield first
    if first is not None:
        return  # no header is ever cheaper
    lockings: list[Table | None] = [None, *(table for table in allowed if table.locking is not None)]
    for locking in lockings:
        for single in (None, *allowed):
            yield _septets(text, locking, single, plain)


def _septets(text: str, locking: Table | None, single: Table | None, plain: Table) -> Cost | None:
    """None if the pair cannot say the text."""
    one = (locking or plain).locking or frozenset()
    two = (single or plain).single
    sizes = [1 if character in one else 2 if character in two else 0 for character in text]
    if 0 in sizes:
        return None
    shifts = (locking is not None) + (single is not None)
    encoding = Encoding.NATIONAL if shifts else Encoding.GSM
    alone, part = _septet_room(shifts, False), _septet_room(shifts, True)
    messages, room = _cut(sizes, alone, part)
    return Cost(
        encoding,
        sum(sizes),
        messages,
        room,
        locking.language if locking else None,
        single.language if single else None,
    )


def _septet_room(shifts: int, concatenated: bool) -> int:
    header = shifts * _SHIFT + (_CONCATENATION if concatenated else 0)
    octets = header + 1 if header else 0  # the header's own length is one more
    return (OCTETS * 8) // 7 - ceil(octets * 8 / 7)


def _ucs2(text: str) -> Cost:
    sizes = [2 if character > "\uffff" else 1 for character in text]
    messages, room = _cut(sizes, OCTETS // 2, (OCTETS - _CONCATENATION - 1) // 2)
    return Cost(Encoding.UCS2, sum(sizes), messages, room)


def _cut(sizes: list[int], alone: int, part: int) -> tuple[int, int]:
    """Messages and what is left in the last one; no character is cut in two."""
    if sum(sizes) <= alone:
        return 1, alone - sum(sizes)
    messages, room = 1, part
    for size in sizes:
        if size > room:
            messages, room = messages + 1, part
        room -= size
    return messages, room
