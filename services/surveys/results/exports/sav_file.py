"""SPSS system files, uncompressed, written a case at a time (the format as PSPP's developers' guide documents it).

Codes are numbers with value labels; words are strings, very long ones in segments. The library that reads these files needs the
whole table in memory to write one; this is checked by reading it back with that library.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from services.surveys.results.exports.fields import Field, Kind, Value

SYSMIS = struct.pack("<d", -1.7976931348623157e308)
SHORT, CHUNK, COUNTED = (
    255,
    255,
    252,
)  # a string's longest segment; bytes a segment holds; bytes its width is reckoned by
LONGEST = 32_767
_LABEL = 255
_OPTION = 120
_BAD = re.compile(r"[^A-Za-z0-9_]")

Rows = Callable[[], Iterable[Sequence[Value]]]


@dataclass(frozen=True, slots=True)
class _Variable:
    field: Field
    name: str  # long, as people see it
    short: str
    width: int  # bytes; 0 is a number

    @property
    def segments(self) -> list[int]:
        """The widths under which a string is declared."""
        if self.width <= SHORT:
            return [self.width]
        number = -(-self.width // COUNTED)
        return [SHORT] * (number - 1) + [self.width - (number - 1) * COUNTED]


def write_sav(out: BinaryIO, fields: Sequence[Field], rows: Rows, *, title: str, now: datetime) -> None:
    """`rows` is read twice: once for the width of words, once to write them."""
    variables = _variables(fields, _widths(fields, rows()))
    _header(out, variables, title, now)
    places = _dictionary(out, variables)
    _value_labels(out, variables, places)
    _information(out, variables)
    out.write(struct.pack("<ii", 999, 0))
    for row in rows():
        for variable, value in zip(variables, row, strict=True):
            out.write(_case(variable, value))


def _widths(fields: Sequence[Field], rows: Iterable[Sequence[Value]]) -> list[int]:
    widths = [1 if field.kind is Kind.WORDS else 0 for field in fields]
    words = [k for k, field in enumerate(fields) if field.kind is Kind.WORDS]
    for row in rows:
        for k in words:
            value = row[k]
            if value is not None:
                widths[k] = max(widths[k], min(LONGEST, len(str(value).encode())))
    return widths


def _variables(fields: Sequence[Field], widths: Sequence[int]) -> list[_Variable]:
    used: set[str] = set()
    found = []
    for number, (field, width) in enumerate(zip(fields, widths, strict=True), 1):
        name = _BAD.sub("_", field.name)[:60]
        name = name if name[:1].isalpha() else f"v_{name}"
        while name.upper() in used:
            name = f"{name[:55]}_{number}"
        used.add(name.upper())
        found.append(_Variable(field, name, f"V{number}", width))
    return found


def _header(out: BinaryIO, variables: Sequence[_Variable], title: str, now: datetime) -> None:
    size = sum(-(-width // 8) if width else 1 for variable in variables for width in variable.segments)
    out.write(b"$FL2" + b"@(#) SPSS DATA FILE Homeroom".ljust(60))
    out.write(struct.pack("<iiiii", 2, size, 0, 0, -1) + struct.pack("<d", 100.0))
    out.write(now.strftime("%d %b %y").encode()[:9].ljust(9) + now.strftime("%H:%M:%S").encode())
    out.write(_cut(title, 64).ljust(64) + b"\0\0\0")


def _dictionary(out: BinaryIO, variables: Sequence[_Variable]) -> list[int]:
    """Variable records; the dictionary's index of each variable, counted from 1."""
    places, place = [], 1
    for variable in variables:
        places.append(place)
        for number, width in enumerate(variable.segments):
            short = variable.short if number == 0 else f"{variable.short[:5]}{number:03}"
            label = _cut(variable.field.label, _LABEL) if number == 0 else b""
            form = (
                (1 << 16) | (min(width, SHORT) << 8)
                if width
                else (5 << 16) | (8 << 8) | (0 if variable.field.codes else 2)
            )
            out.write(struct.pack("<iiiiii", 2, width, int(bool(label)), 0, form, form) + short.encode().ljust(8))
            if label:
                out.write(struct.pack("<i", len(label)) + label.ljust(-(-len(label) // 4) * 4))
            further = max(0, -(-width // 8) - 1)
            for _ in range(further):
                out.write(struct.pack("<iiiiii", 2, -1, 0, 0, 0, 0) + b" " * 8)
            place += 1 + further
    return places


def _value_labels(out: BinaryIO, variables: Sequence[_Variable], places: Sequence[int]) -> None:
    for variable, place in zip(variables, places, strict=True):
        codes = variable.field.codes
        if codes:
            out.write(struct.pack("<ii", 3, len(codes)))
            for number, label in codes.values():
                text = _cut(label, _OPTION)
                out.write(struct.pack("<d", number) + (bytes([len(text)]) + text).ljust(-(-(len(text) + 1) // 8) * 8))
            out.write(struct.pack("<iii", 4, 1, place))


def _information(out: BinaryIO, variables: Sequence[_Variable]) -> None:
    _extension(out, 3, 4, struct.pack("<iiiiiiii", 1, 0, 0, -1, 1, 1, 2, 65001))
    _extension(out, 4, 8, struct.pack("<ddd", -1.7976931348623157e308, 1.7976931348623157e308, -1.797693134862315e308))
    _extension(out, 13, 1, b"\t".join(f"{one.short}={one.name}".encode() for one in variables))
    long = [one for one in variables if one.width > SHORT]
    if long:
        _extension(out, 14, 1, b"".join(f"{one.short}={one.width:05}".encode() + b"\0\t" for one in long))
    _extension(out, 20, 1, b"UTF-8")


def _extension(out: BinaryIO, subtype: int, size: int, data: bytes) -> None:
    out.write(struct.pack("<iiii", 7, subtype, size, len(data) // size) + data)


def _case(variable: _Variable, value: Value) -> bytes:
    if variable.width:
        return b"".join(_pieces(variable, "" if value is None else str(value)))
    if value is None:
        return SYSMIS
    if isinstance(value, str):
        known = variable.field.codes.get(value)
        return struct.pack("<d", known[0]) if known is not None else SYSMIS
    return struct.pack("<d", value)


def _pieces(variable: _Variable, text: str) -> Iterator[bytes]:
    data = _cut(text, variable.width)
    for number, width in enumerate(variable.segments):
        piece = data[number * CHUNK : (number + 1) * CHUNK] if variable.width > SHORT else data
        yield piece.ljust(-(-width // 8) * 8)


def _cut(text: str, most: int) -> bytes:
    """UTF-8 of at most so many bytes, whole characters only."""
    return text.encode()[:most].decode(errors="ignore").encode()
