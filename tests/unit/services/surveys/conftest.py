"""The small district, moved in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.services.surveys.surveyhouse import House, provisioned, settled


@pytest.fixture(scope="session")
def survey_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrations run once; each test has a copy."""
    return provisioned(tmp_path_factory.mktemp("survey-tables"))


@pytest.fixture
def empty(tmp_path: Path, survey_tables: Path) -> Iterator[House]:
    shutil.copytree(survey_tables, tmp_path, dirs_exist_ok=True)
    made = House.at(tmp_path)
    yield made
    made.runtime.databases.dispose()


@pytest.fixture
def house(empty: House) -> House:
    return settled(empty)
