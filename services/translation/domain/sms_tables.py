"""The alphabets of text messages: the default one and the national language tables, read from `sms_tables.yaml`.

Source: 3GPP TS 23.038 §6.2.1 and annex A. Tables are kept as sets of characters: this side asks what a text costs;
how it is packed is the business of whoever sends it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).with_name("sms_tables.yaml")
_CODES = re.compile(r"([0-9A-F]{4})(?:-([0-9A-F]{4}))?\Z")
_RANGE = re.compile(r"(.)-(.)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """One language's tables. `locking` is None where the standard has none (Spanish)."""

    language: str
    locking: frozenset[str] | None
    single: frozenset[str]


@cache
def default() -> Table:
    """The default alphabet and its extension table: what every telephone reads."""
    held = _read()["default"]
    return Table("", _characters(held["locking"]) - frozenset("".join(held["without"])), _characters(held["single"]))


@cache
def national() -> Mapping[str, Table]:
    """The national tables by language."""
    held = _read()
    return {language: _table(language, entry, held["indic"]) for language, entry in held["tables"].items()}


def _table(language: str, entry: Mapping[str, Any], indic: Mapping[str, Sequence[str]]) -> Table:
    shared = indic if "indic" in entry else {"locking": (), "single": ()}
    single = _characters([*entry["single"], *shared["single"]])
    if "locking" not in entry:
        return Table(language, None, single)
    return Table(language, _characters([*entry["locking"], *shared["locking"]]), single)


def _characters(pieces: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for piece in pieces:
        if codes := _CODES.match(piece):
            first, last = int(codes[1], 16), int(codes[2] or codes[1], 16)
        elif ends := _RANGE.match(piece):
            first, last = ord(ends[1]), ord(ends[2])
        else:
            found.update(piece)
            continue
        found.update(map(chr, range(first, last + 1)))
    return frozenset(found)


def _read() -> dict[str, Any]:
    # every scalar a string: YAML would read the code point 0640 as an octal number
    held: dict[str, Any] = yaml.load(DATA.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return held
