"""The staging file seen as the district's next state: what came, what changed, who is touched, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from shared.directory.engine.kinds import PLAIN, unpack
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.staging import KINDS, Staging
from shared.directory.store import Stored


class Op(Enum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class Change(NamedTuple):
    kind: str
    key: str
    op: str
    hash: str
    was_a: str | None
    was_b: str | None


MANY = 200_000  # rows of a kind up to which their keys are kept in memory: some 20 MB


@dataclass(slots=True)
class Workspace:
    """One run's staging file with the tables that planning adds. `modes` says how each kind came."""

    staging: Staging
    modes: dict[str, Mode] = field(default_factory=dict)
    district: dict[str, Any] = field(default_factory=dict)
    schools: dict[str, dict[str, Any]] = field(default_factory=dict)
    everyone: bool = False  # whether derivation covers all people, or only those in `scope`

    def __post_init__(self) -> None:
        self.staging.db.executescript(
            """
            CREATE TABLE change (kind, key, op, hash, was_a, was_b, PRIMARY KEY (kind, key)) WITHOUT ROWID;
            CREATE TABLE plain (kind, key, hash, body, op, PRIMARY KEY (kind, key)) WITHOUT ROWID;
            CREATE TABLE derived (kind, key, hash, body, a, b, PRIMARY KEY (kind, key)) WITHOUT ROWID;
            CREATE TABLE scope (id PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE silenced (guardian, student, why, PRIMARY KEY (guardian, student)) WITHOUT ROWID;
            """
        )

    @property
    def db(self) -> Any:
        return self.staging.db

    def mode(self, kind: str) -> Mode:
        if kind == "config":
            return self.modes.get(kind, Mode.BULK)
        if kind == "drop":
            return Mode.DELTA
        return self.modes.get(kind, Mode.ABSENT)

    def note(self, changes: Iterable[Change]) -> None:
        self.db.executemany("INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?, ?, ?)", changes)

    def note_all_new(self, kind: str) -> None:
        """Every row of a kind is an addition: the district has none yet."""
        self.db.execute(
            f"INSERT INTO change SELECT ?, sourcedId, 'add', _hash, NULL, NULL FROM \"{kind}\" ORDER BY sourcedId",
            (kind,),
        )

    def changes(self, kind: str, op: Op | None = None) -> Iterator[Change]:
        clause, values = ("AND op = ?", (kind, op.value)) if op else ("", (kind,))
        query = f"SELECT kind, key, op, hash, was_a, was_b FROM change WHERE kind = ? {clause} ORDER BY key"
        for row in self.db.execute(query, values):
            yield Change(*row)

    def any_change(self) -> bool:
        return self.db.execute("SELECT 1 FROM change LIMIT 1").fetchone() is not None

    def rows_of(self, kind: str) -> Iterator[tuple[str, str, str]]:
        """(key, hash, status) of what came, in key order; of rows with the same key the last."""
        if kind in PLAIN:
            yield from self.db.execute("SELECT key, hash, op FROM plain WHERE kind = ? ORDER BY key", (kind,))
            return
        yield from self.db.execute(
            f'SELECT sourcedId, _hash, status FROM "{kind}" GROUP BY sourcedId HAVING _row = max(_row) ORDER BY sourcedId'
        )

    def add_stored(self, kind: str, stored: Iterable[Stored]) -> int:
        """Bring records of the district beside what came, which has precedence. Returns how many were new here."""
        header = KINDS[kind]
        marks = ", ".join("?" * (len(header) + 2))
        few = self.db.execute(f'SELECT count(*) FROM (SELECT 1 FROM "{kind}" LIMIT {MANY})').fetchone()[0] < MANY
        # beside a small drop what is here already is known by heart; beside a large one the index is asked per row
        known = self._here(kind) if few else None
        insert = f'INSERT INTO "{kind}" VALUES ({marks})'
        if known is None:
            insert = (
                f'INSERT INTO "{kind}" SELECT {marks} WHERE NOT EXISTS (SELECT 1 FROM "{kind}" WHERE sourcedId = ?)'
                " AND NOT EXISTS (SELECT 1 FROM change WHERE kind = ? AND key = ? AND op = 'remove')"
            )
        before = self.db.total_changes
        part: list[tuple[Any, ...]] = []
        for record in stored:
            if known is not None and record.key in known:
                continue
            cells = unpack(record.key, record.body)
            cells += [""] * (len(header) - len(cells))
            if known is None:
                part.append((*cells, 0, record.hash, record.key, kind, record.key))
            else:
                known.add(record.key)
                part.append((*cells, 0, record.hash))
            if len(part) >= 2_000:
                self.db.executemany(insert, part)
                part = []
        self.db.executemany(insert, part)
        return int(self.db.total_changes - before)

    def _here(self, kind: str) -> set[str]:
        """Keys that a stored record may not be added under: they came with the drop, or it removes them."""
        removed = self.db.execute("SELECT key FROM change WHERE kind = ? AND op = 'remove'", (kind,))
        return {row[0] for row in removed} | {row[0] for row in self.db.execute(f'SELECT sourcedId FROM "{kind}"')}

    def widen(self, ids: Iterable[str]) -> int:
        """Add people to the scope; returns how many were new."""
        before = self.db.total_changes
        self.db.executemany("INSERT OR IGNORE INTO scope VALUES (?)", ((one,) for one in ids))
        return int(self.db.total_changes - before)
