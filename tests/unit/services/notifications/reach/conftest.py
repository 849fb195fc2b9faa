"""A reach house on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.tables import METADATA
from tests.unit.services.notifications.reach.reachhouse import ReachHouse


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a database with all tables, made once."""
    path = tmp_path_factory.mktemp("reach") / "blank.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def house(tmp_path: Path, blank: bytes) -> Iterator[ReachHouse]:
    """Two schools without families yet."""
    path = tmp_path / "reach.sqlite"
    path.write_bytes(blank)
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    made = ReachHouse(engine, tmp_path)
    made.school("greenview", "Greenview")
    made.school("northgate", "Northgate")
    yield made
    engine.dispose()
