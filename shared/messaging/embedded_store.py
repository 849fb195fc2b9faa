"""The embedded broker's memory on disk: one SQLite file, written in whole batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from shared.errors import HomeroomError
from shared.tenancy.cell import Durability

_SCHEMA = """
CREATE TABLE IF NOT EXISTS exchange (name TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, arguments BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS binding (exchange TEXT, key TEXT, queue TEXT, PRIMARY KEY (exchange, key, queue));
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, exchange TEXT NOT NULL, routing_key TEXT NOT NULL,
    headers BLOB NOT NULL, body BLOB NOT NULL, deliveries INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS run (closed INTEGER NOT NULL);
"""


class MessageStore:
    """One process at a time (an exclusive lock says so)."""

    def __init__(self, path: Path, durability: Durability) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=2, check_same_thread=False)
        self._synchronous = "FULL" if durability is Durability.POWER else "NORMAL"
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={self._synchronous}")
            self._db.executescript(_SCHEMA)
            self._begin_run()
        except sqlite3.OperationalError as error:
            self._db.close()
            raise HomeroomError(
                "broker.in_use",
                f"the embedded broker's file cannot be opened ({error})",
                "only one process may use a state directory: end the other one, or use RabbitMQ",
                where=path.name,
            ) from None
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'message'").fetchone()
        self._last = int(row[0]) if row else 0

    def _begin_run(self) -> None:
        """After a crash nobody knows what was being handled: count a delivery for all that was there."""
        row = self._db.execute("SELECT closed FROM run").fetchone()
        with self._transaction():
            if row is not None and not row[0]:
                self._db.execute("UPDATE message SET deliveries = deliveries + 1")
            self._db.execute("DELETE FROM run")
            self._db.execute("INSERT INTO run VALUES (0)")

    def _transaction(self) -> Any:
        return _Transaction(self._db)

    @contextmanager
    def _forgettable(self) -> Iterator[None]:
        """A transaction that a power cut may undo, hence without an fsync of its own: a message that comes back after
        its acknowledgement is known to the inbox. The next one that adds a message syncs this one too."""
        self._db.execute("PRAGMA synchronous=NORMAL")
        try:
            with self._transaction():
                yield
        finally:
            self._db.execute(f"PRAGMA synchronous={self._synchronous}")

    def exchanges(self) -> Iterator[tuple[str, str]]:
        yield from self._db.execute("SELECT name, kind FROM exchange")

    def queues(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, arguments in self._db.execute("SELECT name, arguments FROM queue"):
            yield name, orjson.loads(arguments)

    def bindings(self) -> Iterator[tuple[str, str, str]]:
        yield from self._db.execute("SELECT exchange, key, queue FROM binding")

    def messages(self) -> Iterator[tuple[Any, ...]]:
        query = "SELECT id, queue, exchange, routing_key, headers, body, deliveries FROM message ORDER BY id"
        for id_, queue, exchange, key, headers, body, deliveries in self._db.execute(query):
            yield id_, queue, exchange, key, orjson.loads(headers), body, deliveries

    def add_exchange(self, name: str, kind: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO exchange VALUES (?, ?)", (name, kind))

    def add_queue(self, name: str, arguments: Mapping[str, Any]) -> None:
        self._db.execute("INSERT OR IGNORE INTO queue VALUES (?, ?)", (name, orjson.dumps(dict(arguments))))

    def add_binding(self, exchange: str, key: str, queue: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO binding VALUES (?, ?, ?)", (exchange, key, queue))

    def add(self, rows: Sequence[tuple[str, str, str, Mapping[str, Any], bytes, int]]) -> int:
        """Store in one transaction; ids run up from the one returned."""
        first = self._last + 1
        values = (
            (first + offset, queue, exchange, key, orjson.dumps(dict(headers)), body, deliveries)
            for offset, (queue, exchange, key, headers, body, deliveries) in enumerate(rows)
        )
        with self._transaction():
            self._db.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self._last += len(rows)
        return first

    def delete(self, ids: Iterable[int]) -> None:
        with self._forgettable():
            self._db.executemany("DELETE FROM message WHERE id = ?", ((id_,) for id_ in ids))

    def count_delivery(self, ids: Iterable[int]) -> None:
        with self._forgettable():
            self._db.executemany("UPDATE message SET deliveries = deliveries + 1 WHERE id = ?", ((i,) for i in ids))

    def close(self) -> None:
        self._db.execute("UPDATE run SET closed = 1")
        self._db.close()


class StoreFailed(OSError):
    """The broker's file could not be written (disk full, most often); what was there is as it was."""


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: Any, error: BaseException | None, _trace: Any) -> None:
        failure = error
        if error is None:
            try:
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as refused:
                failure = refused
        if self._db.in_transaction:  # SQLite has rolled back by itself when the disk was full
            self._db.execute("ROLLBACK")
        if isinstance(failure, sqlite3.OperationalError):
            raise StoreFailed(f"the embedded broker's file: {failure}") from None
