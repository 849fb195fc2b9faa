"""CSV (RFC 4180, UTF-8 with a mark for spreadsheets), a row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from services.surveys.results.exports.fields import Field, Value

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: BinaryIO, fields: Sequence[Field], rows: Iterable[Sequence[Value]]) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    lines = csv.writer(text)
    lines.writerow([field.name for field in fields])
    for row in rows:
        lines.writerow(
            ["" if value is None else _number(value) if isinstance(value, float) else inert(value) for value in row]
        )
    text.detach()


def inert(text: str) -> str:
    """Words that a spreadsheet would run as a formula get an apostrophe in front (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_RISKY) else text


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def figures_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """A small table of words."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
