"""CSV files written as a stream, with the dirt that files as a whole can have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO

from shared.directory.oneroster.spec import TABLES_12

_SPECIAL = frozenset('",\r\n')


def cell(text: str) -> str:
    """RFC 4180 quoting, only where it is needed."""
    if _SPECIAL.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


class CsvFile:
    """One CSV file; rows are lists of cells."""

    def __init__(
        self, path: Path, header: Iterable[str], *, bom: bool = False, crlf: bool = False, misspelt: bool = False
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream: IO[str] = path.open("w", encoding="utf-8", newline="", buffering=1 << 18)
        self._end = "\r\n" if crlf else "\n"
        self.rows = 0
        if bom:
            self._stream.write("\ufeff")
        names = list(header)
        if misspelt:
            names[4] = names[4].replace("Name", "name").replace("N", "n") + "s"
        self._stream.write(",".join(names) + self._end)

    def add(self, *cells: str) -> None:
        self.rows += 1
        self._stream.write(",".join(map(cell, cells)) + self._end)

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def manifest(path: Path, modes: dict[str, str]) -> None:
    """`manifest.csv` for OneRoster 1.2; files not named are absent."""
    with CsvFile(path, ("propertyName", "value")) as file:
        file.add("manifest.version", "1.0")
        file.add("oneroster.version", "1.2")
        for name in sorted(TABLES_12, key=str.casefold):
            file.add(f"file.{name}", modes.get(name, "absent"))
        file.add("source.systemName", "Homeroom generator")
