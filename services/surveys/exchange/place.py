"""Where something stands in somebody else's file, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.directory.finding import Finding, Severity


class Weight(StrEnum):
    """`REFUSED`: nothing is imported. `COMPLETE`: imported, but to be completed before anybody is asked. `NOTE`: told."""

    REFUSED = "refused"
    COMPLETE = "complete"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """A cell (`survey!C7`), a row (`survey!7`), a sheet, or a path in JSON (`pages[0].elements[2].visibleIf`)."""

    sheet: str = ""
    row: int | None = None
    column: int | None = None
    header: str | None = None

    def __str__(self) -> str:
        if self.row is None:
            return self.sheet
        return f"{self.sheet}!{letters(self.column) if self.column else ''}{self.row}"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a person should know about the file; `message` never quotes more than a name or a function."""

    code: str
    place: Place
    message: str
    remedy: str
    weight: Weight = Weight.REFUSED

    def finding(self, file: str) -> Finding:
        """As every other command prints it: `form.xlsx:survey!C7`."""
        return Finding(
            self.code,
            f"{file}:{self.place}" if str(self.place) else file,
            field=self.place.header,
            message=self.message,
            remedy=self.remedy,
            severity=Severity.ERROR if self.weight is Weight.REFUSED else Severity.WARNING,
        )


def letters(column: int) -> str:
    """1 is A, 27 is AA, as spreadsheets count."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
