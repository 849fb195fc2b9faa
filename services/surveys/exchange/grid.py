"""A spreadsheet as rows of text, each cell knowing where it stands: .xlsx, .xlsm, .xls, or XLSForm's .csv of one file."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.reader.excel import ExcelReader
from pyxform.xls2json_backends import is_empty, xls_value_to_unicode, xlsx_value_to_str
from xlrd import open_workbook

from services.surveys.exchange.place import Place
from services.surveys.exchange.sheets import meant
from shared.errors import HomeroomError

BIGGEST = 8 << 20  # bytes of a file
BIGGEST_UNPACKED = 64 << 20  # bytes of what a zip unpacks to: a form is a few kB, a bomb is not
MOST_ROWS, MOST_COLUMNS = 5_000, 400
_EMPTY_ROWS, _EMPTY_COLUMNS = 60, 20  # pyxform stops reading there, and so do we
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` by header, none of them empty; `number` counts from 1, the sheet's own way."""

    sheet: str
    number: int
    cells: dict[str, str]
    columns: dict[str, int]

    def place(self, header: str | None = None) -> Place:
        """The cell under `header` (also an empty one), or the row."""
        return Place(self.sheet, self.number, self.columns.get(header or ""), header)


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    headers: dict[str, int]  # to column, from 1
    repeated: tuple[tuple[str, int], ...]  # headers that appeared before
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Sheets by name in small letters; `other` are those no form has."""

    sheets: dict[str, Sheet] = field(default_factory=dict)

    def sheet(self, name: str) -> Sheet | None:
        return self.sheets.get(name)


def read_book(raw: bytes) -> Book:
    """The sheets of a file, by what it is and not by what it is called (HomeroomError if it cannot be read)."""
    if len(raw) > BIGGEST:
        raise _unreadable(f"A form is below {BIGGEST >> 20} MB.", "Remove pictures and other sheets.")
    try:
        if raw.startswith(_ZIP):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl on validation lists and the like, which no form needs
                return _xlsx(raw)
        if raw.startswith(_OLE):
            return _xls(raw)
        return _csv(raw)
    except HomeroomError:
        raise
    except Exception as error:  # a library that reads a stranger's bytes may fail in any way: the answer is one
        raise _unreadable("The file is damaged, or no spreadsheet.", "Open it and save it again as .xlsx.") from error


def _xlsx(raw: bytes) -> Book:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(member.file_size for member in archive.infolist()) > BIGGEST_UNPACKED:
            raise _unreadable("The file unpacks to far more than a form.", "Save the form alone as a new .xlsx.")
    # Not read_only: that mode believes the sheet's own word on its size.
    reader = ExcelReader(io.BytesIO(raw), data_only=True, keep_links=False)
    reader.read()
    book = reader.wb
    try:
        return _book(
            (name, (tuple(_text(cell, xlsx_value_to_str) for cell in row) for row in _values(book[name])))
            for name in book.sheetnames
            if hasattr(book[name], "iter_rows")  # a chart is a sheet, too
        )
    finally:
        reader.archive.close()


def _values(sheet: Any) -> Iterator[Sequence[Any]]:
    widest, longest = min(sheet.max_column, MOST_COLUMNS + 1), min(sheet.max_row, MOST_ROWS + 1)
    yield from sheet.iter_rows(max_row=longest, max_col=widest, values_only=True)


def _xls(raw: bytes) -> Book:
    with open_workbook(file_contents=raw, on_demand=True, logfile=io.StringIO()) as book:

        def rows(sheet: Any) -> Iterator[tuple[str, ...]]:
            for cells in (sheet.row(number) for number in range(min(sheet.nrows, MOST_ROWS + 1))):
                yield tuple(
                    _text(cell.value, lambda value, kind=cell.ctype: xls_value_to_unicode(value, kind, book.datemode))
                    for cell in cells[: MOST_COLUMNS + 1]
                )

        return _book((sheet.name, rows(sheet)) for sheet in book.sheets())


def _csv(raw: bytes) -> Book:
    """One file with all sheets: a first column that names the sheet, then its header and its rows."""
    text = raw.decode("utf-8-sig")
    if "\0" in text:
        raise ValueError("bytes, not text")
    tables: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    name: str | None = None
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for cells in reader:
        if cells and cells[0].strip():
            name = cells[0].strip()
            tables.setdefault(name, [])
        if name is not None and any(cell.strip() for cell in cells[1:]):
            tables[name].append((line, ("", *(meant(cell.strip()) for cell in cells[1:]))))
        line = reader.line_num + 1
    return _whole(_sheet(name, iter(rows)) for name, rows in tables.items())


def _book(tables: Iterable[tuple[str, Iterable[tuple[str, ...]]]]) -> Book:
    return _whole(_sheet(name, iter(enumerate(rows, 1))) for name, rows in tables)


def _whole(sheets: Iterable[Sheet]) -> Book:
    return Book({sheet.name.lower(): sheet for sheet in sheets})


def _sheet(name: str, rows: Iterator[tuple[int, tuple[str, ...]]]) -> Sheet:
    columns, repeated = _headers(next(rows, (1, ()))[1])
    by_header = {header: column for column, header in columns.items()}
    found: list[Row] = []
    empty = 0
    for number, cells in rows:
        if number > MOST_ROWS:
            raise _unreadable(f"The sheet {name} has more than {MOST_ROWS} rows.", "Leave only the form in the file.")
        row = Row(
            name, number, {h: cells[c - 1] for c, h in columns.items() if c <= len(cells) and cells[c - 1]}, by_header
        )
        empty = 0 if row.cells else empty + 1
        if empty > _EMPTY_ROWS:
            break
        if row.cells:
            found.append(row)
    return Sheet(name, by_header, repeated, tuple(found))


def _headers(cells: Sequence[str]) -> tuple[dict[int, str], tuple[tuple[str, int], ...]]:
    columns: dict[int, str] = {}
    repeated: list[tuple[str, int]] = []
    empty = 0
    for column, cell in enumerate(cells, 1):
        header = " ".join(cell.split())
        empty = 0 if header else empty + 1
        if empty > _EMPTY_COLUMNS or column > MOST_COLUMNS:
            break
        if header in columns.values():
            repeated.append((header, column))
        elif header:
            columns[column] = header
    return columns, tuple(repeated)


def _text(value: Any, plain: Any) -> str:
    return "" if is_empty(value) else str(plain(value)).strip()


def _unreadable(message: str, remedy: str) -> HomeroomError:
    return HomeroomError("SURVEY_FILE_UNREADABLE", message, remedy)
