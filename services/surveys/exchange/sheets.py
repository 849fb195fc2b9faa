"""Sheets written as a spreadsheet or as XLSForm's one-file CSV. A text is a text: no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet program may run when a cell begins with it (OWASP)
_WIDEST = 60


@dataclass(slots=True)
class Table:
    """Rows by header; headers in the order in which they were first used."""

    headers: dict[str, None] = field(default_factory=dict)
    rows: list[Mapping[str, str]] = field(default_factory=list)

    def add(self, row: Mapping[str, str]) -> None:
        said = {header: text for header, text in row.items() if text != ""}
        self.headers.update(dict.fromkeys(said))
        self.rows.append(said)

    def lines(self) -> list[list[str]]:
        """The header, then the rows."""
        return [list(self.headers), *([row.get(header, "") for header in self.headers] for row in self.rows)]


def to_xlsx(tables: Mapping[str, Table]) -> bytes:
    """A workbook with a frozen header a sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        for number, line in enumerate(table.lines(), 1):
            for column, text in enumerate(line, 1):
                if text == "":
                    continue
                cell = sheet.cell(number, column)
                cell.value = text
                cell.data_type = "s"  # also where it looks like a formula
                cell.quotePrefix = text.startswith(FORMULA)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number == 1:
                    cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column, header in enumerate(table.headers, 1):
            longest = max([len(header), *(len(row.get(header, "")) for row in table.rows)])
            sheet.column_dimensions[get_column_letter(column)].width = min(longest + 2, _WIDEST)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def to_csv(tables: Mapping[str, Table]) -> bytes:
    """All sheets in one file: the sheet's name in the first column, as pyxform reads it; UTF-8 with its mark, for Excel."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for name, table in tables.items():
        writer.writerow([name])
        for line in table.lines():
            writer.writerow(["", *(harmless(text) for text in line)])
    return written.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A CSV cell that no program runs: an apostrophe before what looks like a formula (and before such an apostrophe)."""
    return f"'{text}" if _looks_run(text.lstrip("'")) and (text.startswith("'") or _looks_run(text)) else text


def meant(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _looks_run(cell.lstrip("'")) else cell


def _looks_run(text: str) -> bool:
    return text.startswith(FORMULA)


def tables(names: Sequence[str]) -> dict[str, Table]:
    return {name: Table() for name in names}
