"""Notifications' tables, migration and queries on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import CADENCE, DELIVERY, METADATA
from shared.tenancy.migrate import differences
from tests.migrated import upgrade
from tests.unit.services.notifications.world import District


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


def test_the_migration_makes_the_tables_that_the_code_speaks_of(district):
    with district.engine.connect() as connection:
        assert differences(connection, METADATA) == []


def test_a_note_goes_to_both_homes_and_the_night_counts_cadence(district):
    author = Author("t-alvarez", "teacher", ("greenview",))
    for text in ("One.", "Two."):
        with district.transaction() as uow:
            writing.write(uow, district.ports, author, Note("info", text, "s-mateo"))
        district.settle()
    assert len(district.sms.took) == len(district.email.took) == 2
    assert {row["state"] for row in district.rows(DELIVERY)} == {"sent"}
    district.at(datetime(2026, 9, 30, 12, 0, tzinfo=UTC))
    assert [(row["students"], row["gaps"]) for row in district.rows(CADENCE)] == [(1, 0)]
