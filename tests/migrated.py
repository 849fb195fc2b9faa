"""Empty databases with every table: the migrations run once a process, however many tests ask.

Only for what starts empty. A test of the migrations themselves calls `shared.tenancy.migrate`.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from shared.tenancy import migrate
from shared.tenancy.database import sqlite_engine

Statements = list[tuple[str, Any]]
_SAID: dict[tuple[str, Path], Statements] = {}


def upgrade(connection: sa.Connection, migrations: Path) -> None:
    """As `shared.tenancy.migrate.upgrade` on an empty database; from the second time on the same statements are said again."""
    key = (connection.dialect.name, migrations)
    if key not in _SAID:
        _SAID[key] = _listened(connection, migrations)
        return
    for statement, parameters in _SAID[key]:
        connection.exec_driver_sql(statement, parameters or None)


def _listened(connection: sa.Connection, migrations: Path) -> Statements:
    said: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        assert not many, "a migration of an empty database has no rows to write"
        if not statement.lstrip().startswith("SELECT"):
            said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    migrate.upgrade(connection, migrations)
    event.remove(connection, "before_cursor_execute", note)
    return said


def write_migrated(path: Path, migrations: Path) -> None:
    """A database file with every table that the folder of migrations makes."""
    path.write_bytes(_migrated(migrations))


@cache
def _migrated(migrations: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite"
        engine = sqlite_engine(path)
        with engine.begin() as connection:
            migrate.upgrade(connection, migrations)
        engine.dispose()  # the last to leave puts everything into the one file
        return path.read_bytes()
