"""Where derived records are collected, and what keeps derivation to the people in scope."""

from __future__ import annotations

from typing import Any

import orjson

from shared.directory.engine.workspace import Workspace
from shared.directory.oneroster.staging import BATCH, digest


class Derived:
    """Buffers rows of the `derived` table."""

    def __init__(self, workspace: Workspace) -> None:
        self._db = workspace.db
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self, kind: str, key: str, data: dict[str, Any], *, a: str | None = None, b: str | None = None, of: str = ""
    ) -> None:
        """`of` is what the hash is made of when that is not the whole body."""
        body = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()
        self._rows.append((kind, key, digest((of or body,)), body, a, b))
        if len(self._rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        self._db.executemany("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()


def only_scope(workspace: Workspace, column: str) -> str:
    """A condition that keeps `column` to the people in scope; nothing when everybody is."""
    return "" if workspace.everyone else f"AND {column} IN (SELECT id FROM scope)"
