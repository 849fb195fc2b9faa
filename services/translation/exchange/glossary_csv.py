"""A glossary as a spreadsheet: `deploy/districts/<slug>/glossary/*.csv`, one term and language a row.

term,target,translation are needed; source (en), part_of_speech, forms, translation_forms, forbidden, case, near, note
may follow. Lists are separated by | (a value's own | is written \\|).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from services.translation.domain.glossary import PartOfSpeech, Term
from services.translation.domain.languages import normal
from services.translation.exchange.xml import UNWRITABLE, ExchangeError

COLUMNS = (
    "term", "source", "target", "translation", "part_of_speech", "forms", "translation_forms", "forbidden", "case", "near", "note",
)  # fmt: skip
_NEEDED = ("term", "target", "translation")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_LONGEST = 500
_LARGEST = 16 * 1024 * 1024


def read(path: Path) -> Iterator[Term]:
    """The terms of a file; ExchangeError with file:line:field for the first row that is wrong."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ExchangeError("FILE", "the file cannot be read", "check its name and rights", file=path.name) from error
    if len(raw) > _LARGEST:
        raise ExchangeError("TOO_LARGE", "the glossary is too large", "split it into files below 16 MB", file=path.name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = raw[: error.start].count(b"\n") + 1
        raise ExchangeError(
            "ENCODING", "the file is not UTF-8", "save it as CSV UTF-8", file=path.name, line=at
        ) from None
    yield from _rows(text, path.name)


def _rows(text: str, file: str) -> Iterator[Term]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, file)
        for cells in reader:
            line, begun = reader.line_num, line + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                remedy = 'put a cell with a comma into quotes: "a, b"'
                raise ExchangeError("ROW", "the row has more cells than the header", remedy, file=file, line=begun)
            yield _term(dict(zip(header, cells, strict=False)), file, begun)
    except csv.Error as error:
        remedy = "write quotes within a quoted cell twice"
        raise ExchangeError(
            "CSV", "this is not well-formed CSV", remedy, file=file, line=reader.line_num or line
        ) from error


def _check_header(header: list[str], file: str) -> None:
    for name in _NEEDED:
        if name not in header:
            remedy = "begin the file with: " + ",".join(COLUMNS)
            raise ExchangeError("HEADER", "a column is missing", remedy, file=file, line=1, element=name)
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or len(set(header)) != len(header):
        remedy = "leave the columns: " + ",".join(COLUMNS)
        raise ExchangeError("HEADER", "a column is not known or is there twice", remedy, file=file, line=1)


def _term(row: Mapping[str, str], file: str, line: int) -> Term:
    def wrong(field: str, message: str, remedy: str) -> ExchangeError:
        return ExchangeError("ROW", message, remedy, file=file, line=line, element=field)

    cells = {name: " ".join(row.get(name, "").split()) for name in COLUMNS}
    for name in _NEEDED:
        if not cells[name]:
            raise wrong(name, "the cell is empty", "fill it in, or take the row out")
    for name, cell in cells.items():
        if UNWRITABLE.search(cell):
            raise wrong(name, "the cell holds a control character", "write the cell anew")
        if len(cell) > _LONGEST:
            raise wrong(name, "the cell is too long", f"at most {_LONGEST} characters")
    for name in ("source", "target"):
        if cells[name] and not _TAG.fullmatch(cells[name]):
            raise wrong(name, "this is not a language tag", "write es, zh-Hans, pt-BR")
    if cells["part_of_speech"] not in set(PartOfSpeech):
        raise wrong(
            "part_of_speech", "the part of speech is not known", "one of: " + ", ".join(filter(None, PartOfSpeech))
        )
    if cells["case"] not in ("", "sensitive"):
        raise wrong("case", "the cell is not known", "write sensitive, or leave it empty")
    return Term(
        cells["term"],
        cells["translation"],
        normal(cells["target"]),
        normal(cells["source"] or "en"),
        PartOfSpeech(cells["part_of_speech"]),
        listed(cells["forms"]),
        listed(cells["translation_forms"]),
        listed(cells["forbidden"]),
        cells["case"] == "sensitive",
        listed(cells["near"]),
        cells["note"],
    )


def listed(cell: str) -> tuple[str, ...]:
    """`a|b` → (a, b); a value's own | is written \\| and its own \\ before one is written twice."""
    parts = re.findall(r"(?:\\[|\\]|[^|])+", cell)
    return tuple(re.sub(r"\\([|\\])", r"\1", part.strip()) for part in parts if part.strip())


def joined(values: Iterable[str]) -> str:
    """(a, b) → `a|b`."""
    return "|".join(re.sub(r"([|\\])", r"\\\1", value) for value in values)


def write(out: BinaryIO, terms: Iterable[Term]) -> int:
    """How many terms were written."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for term in terms:
        count += 1
        lists = (joined(term.forms), joined(term.translation_forms), joined(term.forbidden))
        case = "sensitive" if term.case_sensitive else ""
        languages = (normal(term.source), normal(term.target))
        writer.writerow(
            (term.term, *languages, term.translation, term.part_of_speech, *lists, case, joined(term.near), term.note)
        )
    out.write(text.getvalue().encode("utf-8", "surrogatepass"))
    return count
