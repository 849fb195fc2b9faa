"""XLSX: typed cells, a frozen header, words never as formulas; written a row at a time. A second sheet says what columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from services.surveys.results.exports.fields import Field, Kind, Value

LONGEST = 32_767  # characters of a cell


def write_xlsx(out: BinaryIO, fields: Sequence[Field], rows: Iterable[Sequence[Value]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("responses")
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, field.name, bold=True) for field in fields])
    for row in rows:
        sheet.append([_typed(sheet, field, value) for field, value in zip(fields, row, strict=True)])
    codes = book.create_sheet("columns")
    codes.freeze_panes = "A2"
    codes.append([_cell(codes, name, bold=True) for name in ("column", "label", "value", "meaning")])
    for field in fields:
        for value, meaning in [(key, label) for key, (_, label) in field.codes.items()] or [("", "")]:
            codes.append([_cell(codes, text) for text in (field.name, field.label, value, meaning)])
    book.save(out)


def _typed(sheet: WriteOnlyWorksheet, field: Field, value: Value) -> object:
    if value is None or isinstance(value, float):
        return value
    if field.kind is Kind.CODE and value in ("0", "1"):
        return int(value)
    return _cell(sheet, value)


def _cell(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """Words as words, whatever they begin with."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", text)[:LONGEST])
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
