"""The audit log on PostgreSQL: the server refuses changes, and workers that append at once make one chain."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.audit import store
from shared.audit.entry import Entry
from shared.audit.tables import METADATA
from shared.tenancy import migrate
from tests.migrated import upgrade

NOW = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(pg_database: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with made.begin() as connection:
        upgrade(connection, Path(store.__file__).parent / "migrations")
        assert migrate.differences(connection, METADATA) == []
    yield made
    made.dispose()


def entry(name: str) -> Entry:
    return Entry(name, "district.record_viewed", "t-1", "s-1", NOW, {"outcome": "denied"})


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_the_server_refuses_to_change_remove_or_truncate(engine: sa.Engine, statement: str) -> None:
    with engine.begin() as connection:
        store.append(connection, [entry("e-1")], NOW, district="riverside")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with engine.begin() as connection:
        assert store.verify(connection).rows == 1


def test_workers_that_append_at_once_make_one_chain(engine: sa.Engine) -> None:
    def append(worker: int) -> None:
        for turn in range(10):
            with engine.begin() as connection:
                store.append(connection, [entry(f"{worker}-{turn}-{n}") for n in range(3)], NOW, district="riverside")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    with engine.begin() as connection:
        verdict = store.verify(connection)
    assert (verdict.ok, verdict.rows) == (True, 120)
