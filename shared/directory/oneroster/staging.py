"""The on-disk SQLite file that a drop is read into, so that size costs time and disk, not memory.

One table per OneRoster table in the 1.2 layout, plus `_row` (line in its file) and `_hash` (of the cells that matter).
List cells that refer to records are also spread into `listref`. The file is private to one run and has no name once it is open.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

from shared.directory.oneroster.spec import TABLES_12, Type

BATCH = 2_000
CONTACT_COLUMNS = (
    "studentSourcedId", "contactSourcedId", "relation", "legalGuardian", "livesWith", "primaryContact",
    "emergencyContact", "priority", "restrictions", "correspondenceLanguage", "mayPickUp", "receives", "household",
)  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    **{name: table.header for name, table in TABLES_12.items()},
    "contacts": ("sourcedId", "status", "dateLastModified", *CONTACT_COLUMNS),
}
NOT_KEPT = frozenset({"password"})  # credentials have no business here


def digest(cells: Sequence[str]) -> str:
    """Sixteen hex digits that change when any cell does."""
    return blake2b("\x1f".join(cells).encode(), digest_size=8).hexdigest()


class Staging:
    """The staging database of one run. Use as a context manager; its space is freed when it ends, however it ends."""

    def __init__(self, folder: Path | None = None) -> None:
        handle, name = tempfile.mkstemp(prefix="homeroom-staging-", suffix=".sqlite", dir=folder)
        os.close(handle)
        self.path = Path(name)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000; BEGIN;")
        for kind, header in KINDS.items():
            columns = ", ".join(f'"{name}"' for name in header)
            self.db.execute(f'CREATE TABLE "{kind}" ({columns}, _row INTEGER, _hash TEXT)')
        self.db.execute("CREATE TABLE listref (kind, field, key, _row INTEGER, target)")
        self.path.unlink()  # the open file lives on without a name: a killed run leaves nobody's data on the disk

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    def writer(self, kind: str) -> Writer:
        return Writer(self, kind)

    def count(self, kind: str) -> int:
        value: int = self.db.execute(f'SELECT count(*) FROM "{kind}"').fetchone()[0]
        return value

    def index(self, kind: str, *columns: str) -> None:
        """An index on `columns`, made once rows are in: cheaper than keeping it while they come."""
        name = "_".join((kind, *columns))
        names = ", ".join(f'"{column}"' for column in columns)
        self.db.execute(f'CREATE INDEX IF NOT EXISTS "ix_{name}" ON "{kind}" ({names})')

    def index_all(self) -> None:
        """Every index that checks and derivation use."""
        for kind in KINDS:
            self.index(kind, "sourcedId", "_hash", "status", "_row")  # covers the merge with the district's records
        for kind, column in (
            ("enrollments", "userSourcedId"),
            ("contacts", "studentSourcedId"), ("contacts", "contactSourcedId"), ("results", "studentSourcedId"),
            ("listref", "key"), ("listref", "target"),
        ):  # fmt: skip
            self.index(kind, column)
        self.index("enrollments", "classSourcedId", "role")
        self.index("roles", "userSourcedId", "role")


class Writer:
    """Buffers rows of one kind into the staging file."""

    def __init__(self, staging: Staging, kind: str) -> None:
        header = KINDS[kind]
        marks = ", ".join("?" * (len(header) + 2))
        self._insert = f'INSERT INTO "{kind}" VALUES ({marks})'
        self._db = staging.db
        self._kind = kind
        self._rows: list[tuple[object, ...]] = []
        self._references: list[tuple[object, ...]] = []
        table = TABLES_12.get(kind)
        columns = table.columns if table else ()
        self._lists = [(place, c.name) for place, c in enumerate(columns) if c.type is Type.GUIDS]
        self._blank = [place for place, name in enumerate(header) if name in NOT_KEPT]

    def add(self, cells: list[str], row: int) -> None:
        """One row in the 1.2 layout; its hash leaves out status and date, which say how it came, not what it is."""
        for place in self._blank:
            cells[place] = ""
        self._rows.append((*cells, row, digest(cells[3:])))
        for place, name in self._lists:
            if cells[place]:
                key = cells[0]
                self._references += [(self._kind, name, key, row, item) for item in cells[place].split(",")]
        if len(self._rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        self._db.executemany(self._insert, self._rows)
        if self._references:
            self._db.executemany("INSERT INTO listref VALUES (?, ?, ?, ?, ?)", self._references)
        self._rows.clear()
        self._references.clear()


def batches(rows: Iterable[tuple[object, ...]], size: int = BATCH) -> Iterable[list[tuple[object, ...]]]:
    """`rows` in lists of at most `size`."""
    part: list[tuple[object, ...]] = []
    for row in rows:
        part.append(row)
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part
