"""Small spreadsheets for tests: a table a sheet, the header first."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from services.surveys.exchange.imported import Imported
from services.surveys.exchange.place import Remark, Weight
from services.surveys.exchange.xlsform_import import import_xlsform

REPOSITORY = Path(__file__).resolve().parents[5]
EXAMPLES = REPOSITORY / "tests" / "data" / "xlsform"
Rows = Sequence[Sequence[object]]
HEADER = ("type", "name", "label", "hint")
WHY = "So that we plan well."


def workbook(**sheets: Rows) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def form(*rows: Sequence[object], header: Sequence[str] = HEADER, **sheets: Rows) -> Imported:
    """What an import says of these rows of the survey sheet."""
    settings = sheets.pop(
        "settings", (("form_title", "form_id", "homeroom_intro_en"), ("Hello", "hello", "Two questions."))
    )
    return import_xlsform(workbook(survey=[header, *rows], settings=settings, **sheets), stem="form")


def refused(imported: Imported) -> list[tuple[str, str]]:
    """Place and code of what keeps it from being imported."""
    return [(str(each.place), each.code) for each in imported.remarks if each.weight is Weight.REFUSED]


def completed(imported: Imported) -> list[Remark]:
    return [each for each in imported.remarks if each.weight is Weight.COMPLETE]
