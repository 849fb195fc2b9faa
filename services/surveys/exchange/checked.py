"""pyxform's own word on a form: its tree is built (never its Java validation), and what it refuses is refused with its row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyxform.errors import PyXFormError
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import DefinitionData

from services.surveys.exchange.grid import Book, Sheet
from services.surveys.exchange.place import Place, Remark

_ROW = re.compile(r"\[row\s*:\s*(\d+)\]|\brow (?:number )?(\d+)", re.IGNORECASE)
_SHEET = re.compile(r"'?(survey|choices|settings|entities|external_choices|osm)'?\s+sheet", re.IGNORECASE)
_LONGEST = 300


def refusals(book: Book) -> Iterator[Remark]:
    """Why this is no form at all; nothing where pyxform builds its tree."""
    try:
        workbook_to_json(_data(book), form_name="form", fallback_form_name="form", warnings=[])
    except PyXFormError as error:
        yield _remark(str(error), book)
    except RecursionError:
        yield _remark("The form is nested too deeply.", book)
    except Exception:  # a form that its own library stumbles over is refused like one it refuses
        yield _remark("The form cannot be read as an XLSForm.", book)


def _data(book: Book) -> DefinitionData:
    tables: dict[str, object] = {}
    for name, sheet in book.sheets.items():
        if name in ("survey", "choices", "settings", "external_choices", "osm"):
            tables[name] = _padded(sheet)
            tables[f"{name}_header"] = [dict.fromkeys(sheet.headers)]
    return DefinitionData(sheet_names=list(book.sheets), **tables)


def _padded(sheet: Sheet) -> list[dict[str, str]]:
    """Rows as pyxform counts them: an empty one between keeps the numbers right."""
    rows: list[dict[str, str]] = []
    for row in sheet.rows:
        while len(rows) < row.number - 2:
            rows.append({})
        rows.append(dict(row.cells))
    return rows


def _remark(message: str, book: Book) -> Remark:
    text = " ".join(message.split())
    row = _ROW.search(text)
    sheet = _SHEET.search(text)
    name = sheet[1].lower() if sheet else "survey"
    number = int(row[1] or row[2]) if row else None
    place = Place(name, number) if number else Place(name if name in book.sheets else "")
    return Remark("xlsform.invalid", place, text[:_LONGEST], "Correct this place in the spreadsheet.")
