"""RFC 4180 rows from a byte stream, one at a time, with the place of whatever breaks the format.

The binding adds: UTF-8, no line break inside a field. Memory is one line, whatever the file's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 1 << 20  # bytes; a longer "line" is a file without line ends, not a roster


@dataclass
class CsvBroken(Exception):
    """The file cannot be read further. `code` is an issue code, `row` the line (header = 1), `column` a character."""

    code: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.code} at row {self.row}, character {self.column}"


class CsvStream:
    """Iterates over `(row number, cells)`. With `line_breaks=True` quoted fields may hold line breaks (lenient)."""

    def __init__(self, stream: BinaryIO, *, line_breaks: bool = False) -> None:
        self._stream = stream
        self._line_breaks = line_breaks
        self.had_bom = False
        self.broken_fields: list[int] = []  # rows with a line break inside a field, when those are allowed

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        row = 0
        while True:
            raw = self._stream.readline(LONGEST_LINE)
            if not raw:
                return
            row += 1
            if row == 1 and raw.startswith(BOM):
                self.had_bom = True
                raw = raw[3:]
                if not raw:
                    return
            line = _text(raw, row)
            if '"' not in line:
                if "\r" in line:
                    raise CsvBroken("csv.bare_carriage_return", row, line.index("\r") + 1)
                yield row, line.split(",")
            else:
                yield row, self._quoted(line, row)

    def _quoted(self, line: str, row: int) -> list[str]:
        cells: list[str] = []
        position, length = 0, len(line)
        while True:
            if position < length and line[position] == '"':
                cell, position, line = self._one_quoted(line, position + 1, row)
                length = len(line)
                cells.append(cell)
                if position < length and line[position] != ",":
                    raise CsvBroken("csv.unexpected_character_after_quote", row, position + 1)
            else:
                comma = line.find(",", position)
                end = length if comma < 0 else comma
                cell = line[position:end]
                if '"' in cell:
                    raise CsvBroken("csv.unescaped_quote", row, position + cell.index('"') + 1)
                if "\r" in cell:
                    raise CsvBroken("csv.bare_carriage_return", row, position + cell.index("\r") + 1)
                cells.append(cell)
                position = end
            if position >= length:
                return cells
            position += 1

    def _one_quoted(self, line: str, start: int, row: int) -> tuple[str, int, str]:
        """The field that begins at `start`, the position after its closing quote, and the (perhaps longer) line."""
        pieces: list[str] = []
        position = start
        while True:
            quote = line.find('"', position)
            if quote < 0:
                line = self._continued(line, row)
                continue
            pieces.append(line[position:quote])
            if line[quote + 1 : quote + 2] == '"':
                pieces.append('"')
                position = quote + 2
                continue
            cell = "".join(pieces)
            if "\r" in cell and not self._line_breaks:
                raise CsvBroken("csv.line_break_in_quoted_field", row, start)
            return cell, quote + 1, line

    def _continued(self, line: str, row: int) -> str:
        """The line joined with the next, for a quoted field that has not ended."""
        more = self._stream.readline(LONGEST_LINE)
        if not more:
            raise CsvBroken("csv.unclosed_quote", row, len(line) + 1)
        if not self._line_breaks:
            raise CsvBroken("csv.line_break_in_quoted_field", row, len(line) + 1)
        if len(line) > LONGEST_LINE:
            raise CsvBroken("csv.unclosed_quote", row, len(line) + 1)
        if row not in self.broken_fields[-1:]:
            self.broken_fields.append(row)
        return line + "\n" + _text(more, row)


def _text(raw: bytes, row: int) -> str:
    """The line without its end, decoded."""
    if raw.endswith(b"\r\n"):
        raw = raw[:-2]
    elif raw.endswith(b"\n"):
        raw = raw[:-1]
    elif len(raw) >= LONGEST_LINE:
        _too_long(row)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CsvBroken("csv.invalid_utf8", row, error.start + 1) from None


def _too_long(row: int) -> NoReturn:
    raise CsvBroken("csv.line_too_long", row, LONGEST_LINE)
