"""The cells of one row by what they mean; every cell is taken by somebody or told to the reader of the findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.surveys.exchange.grid import Book, Row, Sheet
from services.surveys.exchange.headers import OURS, TRANSLATED, read_header
from services.surveys.exchange.place import Place, Remark, Weight

NOTHING = frozenset({"-", "–", "—", "–-"})  # what people write for "none": in a translation it is a gap


@dataclass(slots=True)
class Cells:
    """`by_meaning`: (key, language) to (header, text)."""

    row: Row
    by_meaning: dict[tuple[str, str], tuple[str, str]]
    headers: Mapping[tuple[str, str], str]  # also of empty cells
    taken: set[tuple[str, str]] = field(default_factory=set)
    said: dict[str, Any] | None = None

    def take(self, key: str) -> str:
        """The text of a column without a language; empty where there is none."""
        self.taken.add((key, ""))
        return self.by_meaning.get((key, ""), ("", ""))[1]

    def place(self, key: str, language: str = "") -> Place:
        return self.row.place(self.headers.get((key, language), key))

    def texts(self, key: str) -> dict[str, str]:
        """A translated column, by language; a dash is no text."""
        found = {}
        for (name, language), (_, text) in self.by_meaning.items():
            if name == key and language:
                self.taken.add((name, language))
                if text not in NOTHING:
                    found[language] = text
        return found

    def more(self, remarks: list[Remark]) -> dict[str, Any]:
        """What only our own column says, as JSON; refused where it is none."""
        if self.said is None:
            self.said = self._more(remarks)
        return {key: value for key, value in self.said.items() if key not in ("meant", "without")}

    def meant(self, column: str, cell: str, remarks: list[Remark]) -> str | None:
        """Our own words for a condition, as long as its cell still says what they were written beside."""
        self.more(remarks)
        told = (self.said or {}).get("meant")
        pair = told.get(column) if isinstance(told, dict) else None
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == cell and isinstance(pair[1], str):
            return pair[1]
        return None

    def without(self, remarks: list[Remark]) -> list[str]:
        """What the definition leaves to its default, though the spreadsheet must say it."""
        self.more(remarks)
        told = (self.said or {}).get("without")
        return [key for key in told if isinstance(key, str)] if isinstance(told, list) else []

    def _more(self, remarks: list[Remark]) -> dict[str, Any]:
        written = self.take(f"{OURS}more")
        if not written:
            return {}
        try:
            said = json.loads(written)
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict):
            return said
        place = self.place(f"{OURS}more")
        remarks.append(Remark("xlsform.invalid_more", place, "This cell holds no JSON object.", "Empty the cell."))
        return {}

    def left(self) -> Iterator[tuple[str, str]]:
        """Keys and headers of what nobody took."""
        for meaning, (header, _) in self.by_meaning.items():
            if meaning not in self.taken:
                yield meaning[0], header


@dataclass(frozen=True, slots=True)
class Columns:
    """A sheet's headers understood: `meaning` by header."""

    sheet: Sheet
    meaning: Mapping[str, tuple[str, str]]

    def rows(self) -> Iterator[Cells]:
        headers = {meaning: header for header, meaning in reversed(list(self.meaning.items()))}
        for row in self.sheet.rows:
            found: dict[tuple[str, str], tuple[str, str]] = {}
            for header, text in row.cells.items():
                meaning = self.meaning.get(header)
                if meaning is not None:
                    found.setdefault(meaning, (header, text))
            yield Cells(row, found, headers)

    def place_of(self, keys: Iterable[str]) -> Place:
        """The first header that means one of `keys`; the sheet's first row where none does."""
        for header, (key, _) in self.meaning.items():
            if key in keys:
                return Place(self.sheet.name, 1, self.sheet.headers[header], header)
        return Place(self.sheet.name, 1)


def columns(book: Book, name: str, *, default: str, remarks: list[Remark]) -> Columns | None:
    """The sheet's columns; a language nobody knows and a header that comes twice are refused at their header."""
    sheet = book.sheet(name)
    if sheet is None:
        return None
    meaning: dict[str, tuple[str, str]] = {}
    for header, column in sheet.headers.items():
        read = read_header(header)
        translated = read.key in TRANSLATED or read.language
        if read.language is None and translated:
            message = "This column's language is not known."
            remedy = "Write its code behind its name, like label::Soomaali (so)."
            remarks.append(Remark("xlsform.unknown_language", Place(sheet.name, 1, column, header), message, remedy))
        elif translated:
            meaning[header] = (read.key, read.language or default)
        else:
            meaning[header] = (read.key, "")
    for header, column in sheet.repeated:
        place = Place(sheet.name, 1, column, header)
        remarks.append(Remark("xlsform.repeated_column", place, "This header stands here twice.", "Leave one of them."))
    for first, second in _same(meaning):
        place = Place(sheet.name, 1, sheet.headers[second], second)
        message = f"This column says the same as {first}."
        remarks.append(Remark("xlsform.repeated_column", place, message, "Leave one of them."))
    return Columns(sheet, meaning)


def languages(found: Iterable[Columns | None], *, default: str) -> list[str]:
    """Of all translated columns, the default first."""
    seen = {default: None}
    for sheet in found:
        for key, language in sheet.meaning.values() if sheet else ():
            if language and key in TRANSLATED:
                seen[language] = None
    used = [language for sheet in found if sheet for _, language in sheet.meaning.values() if language]
    return [language for language in seen if language in used] or [default]


def told(cells: Cells, impossible: Mapping[str, str], seen: set[tuple[str, str]]) -> Iterator[Remark]:
    """Cells nobody took: refused where they would change what is asked, noted once a column where they would not."""
    for key, header in cells.left():
        place = cells.row.place(header)
        base = key.split("::")[0]
        if base in impossible:
            yield Remark(f"xlsform.{base.replace('-', '_')}", place, impossible[base], "Empty the cell.")
        elif (cells.row.sheet, header) not in seen:
            seen.add((cells.row.sheet, header))
            message = f"The column {header[:40]} is not used."
            yield Remark("xlsform.unused_column", place, message, "Nothing needs to be done.", Weight.NOTE)


def _same(meaning: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    first: dict[tuple[str, str], str] = {}
    for header, meant in meaning.items():
        if meant in first:
            yield first[meant], header
        else:
            first[meant] = header
