"""Notifications on a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.tables import METADATA
from tests.unit.services.notifications.world import District


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a database with all tables, made once."""
    path = tmp_path_factory.mktemp("notifications") / "empty.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def district(tmp_path: Path, empty: bytes) -> Iterator[District]:
    """Greenview, with Mateo's two homes and his teacher."""
    path = tmp_path / "notifications.sqlite"
    path.write_bytes(empty)
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", _quickly)
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


def _quickly(connection: Any, _record: Any) -> None:
    """A test's database need not survive the machine."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=MEMORY")
