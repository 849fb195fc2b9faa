"""Notifications on a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.tables import METADATA
from tests.unit.services.notifications.world import District


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    """Greenview, with Mateo's two homes and his teacher."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'notifications.sqlite'}")
    with engine.begin() as connection:
        METADATA.create_all(connection)
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()
