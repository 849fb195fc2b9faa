"""The small district, moved in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.scheduling.scene import World, on_sqlite


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path).move_in()
    yield made
    made.engine.dispose()
