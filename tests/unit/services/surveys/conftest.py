"""The small district, moved in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.services.surveys.surveyhouse import House, settled


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    made = House.at(tmp_path)
    yield made
    made.runtime.databases.dispose()


@pytest.fixture
def house(empty: House) -> House:
    return settled(empty)
