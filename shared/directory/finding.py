"""What validation has to say: a coded place and a remedy, never a cell's value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

KEPT_PER_CODE = 500  # findings kept in full per code; the rest are only counted, so that a broken file costs no memory


class Profile(Enum):
    """How forgiving the reader is: `strict` is the specification, `lenient` takes what real exports get wrong."""

    STRICT = "strict"
    LENIENT = "lenient"


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `row` counts from 1, the header; `column` is a character (YAML) or cell position."""

    code: str
    file: str
    row: int | None = None
    field: str | None = None
    expected: str | None = None
    actual: str | None = None
    message: str = ""
    remedy: str = ""
    column: int | None = None
    severity: Severity = Severity.ERROR

    def as_warning(self) -> Finding:
        return replace(self, severity=Severity.WARNING)

    @property
    def place(self) -> str:
        """`file:row:column`, as editors understand it."""
        parts = [self.file]
        if self.row is not None:
            parts.append(str(self.row))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)

    def as_dict(self) -> dict[str, str | int | None]:
        return {
            "severity": self.severity.value,
            "code": self.code,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "field": self.field,
            "expected": self.expected,
            "actual": self.actual,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class Findings:
    """Collects findings; keeps the first of each code and counts all."""

    kept: list[Finding] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        counter = self.errors if finding.severity is Severity.ERROR else self.warnings
        counter[finding.code] += 1
        if counter[finding.code] <= KEPT_PER_CODE:
            self.kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)

    @property
    def error_count(self) -> int:
        return sum(self.errors.values())

    @property
    def warning_count(self) -> int:
        return sum(self.warnings.values())

    def errors_in(self, file: str, families: tuple[str, ...] = ()) -> bool:
        """Whether `file` has an error, of the code families if any are named ("reference", "row", …)."""
        return any(
            found.severity is Severity.ERROR
            and found.file == file
            and (not families or found.code.split(".", 1)[0] in families)
            for found in self.kept
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a validation."""

    findings: tuple[Finding, ...]
    errors: int
    warnings: int
    rows: int = 0
    files: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.errors == 0
