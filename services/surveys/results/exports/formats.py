"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from services.surveys.domain.definition import Survey
from services.surveys.results.exports.csv_file import write_csv
from services.surveys.results.exports.ddi_file import write_ddi
from services.surveys.results.exports.edfi_file import write_edfi
from services.surveys.results.exports.fields import Value, fields_of
from services.surveys.results.exports.sav_file import write_sav


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    SAV = "sav"
    DDI = "ddi"
    EDFI = "edfi"


FORMATS = {
    Format.CSV: ("csv", "text/csv; charset=utf-8"),
    Format.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Format.SAV: ("sav", "application/x-spss-sav"),
    Format.DDI: ("xml", "application/xml"),
    Format.EDFI: ("json", "application/json"),
}

Rows = Callable[[], Iterable[Sequence[Value]]]


def write(out: BinaryIO, form: Format, survey: Survey, rows: Rows, *, now: datetime, school_year: int) -> int:
    """Write the responses; how many there were. `rows` may be read more than once and must give the same each time."""
    fields = fields_of(survey)
    counted = 0

    def counting() -> Iterable[Sequence[Value]]:
        nonlocal counted
        counted = 0
        for row in rows():
            counted += 1
            yield row

    if form is Format.CSV:
        write_csv(out, fields, counting())
    elif form is Format.XLSX:
        # loaded at the first download: a service's process does without the library's 20 MB
        from services.surveys.results.exports.xlsx_file import write_xlsx

        write_xlsx(out, fields, counting())
    elif form is Format.SAV:
        write_sav(out, fields, counting, title=survey.id, now=now)
    elif form is Format.DDI:
        cases = sum(1 for _ in counting())
        write_ddi(out, survey, fields, cases=cases, now=now)
    else:
        write_edfi(out, survey, fields, counting, school_year=school_year)
    return counted
