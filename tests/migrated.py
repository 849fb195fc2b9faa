"""SQLite files whose migrations have run: once a process, however many tests ask for one."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from shared.tenancy.database import sqlite_engine
from shared.tenancy.migrate import upgrade


def write_migrated(path: Path, migrations: Path) -> None:
    """A database file with every table that the folder of migrations makes."""
    path.write_bytes(_migrated(migrations))


@cache
def _migrated(migrations: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite"
        engine = sqlite_engine(path)
        with engine.begin() as connection:
            upgrade(connection, migrations)
        engine.dispose()  # the last to leave puts everything into the one file
        return path.read_bytes()
