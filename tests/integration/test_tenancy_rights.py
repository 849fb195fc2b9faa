"""Who may reach what on PostgreSQL: a service its own schema, the relay the outboxes, nobody the past of the log."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from shared.backing import BackingUrls
from shared.benches.cell import create_tables
from shared.launcher.components import Component
from shared.tenancy.cell import Cell, Mode
from shared.tenancy.database import SEED, Databases, database_name, role_name
from shared.tenancy.provision import RELAY, provision

COMPONENTS = tuple(Component(name, "shared.benches") for name in ("directory", "surveys", "audit"))


@pytest.fixture
def cell(backing: BackingUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    monkeypatch.setenv(SEED, secrets.token_hex(32))
    districts = tuple(f"t{secrets.token_hex(4)}" for _ in range(2))
    url = backing.pg.rpartition("/")[0]
    yield Cell("test", Mode.PRODUCTION, backing.amqp, url, tmp_path, "http://127.0.0.1", districts)
    with psycopg.connect(backing.pg, autocommit=True) as connection:
        for district in districts:
            connection.execute(f'DROP DATABASE IF EXISTS "{database_name(district)}" WITH (FORCE)')
            for name in [*(component.name for component in COMPONENTS), RELAY]:
                connection.execute(f'DROP ROLE IF EXISTS "{role_name(district, name)}"')


@pytest.fixture
def databases(cell: Cell) -> Iterator[Databases]:
    made = Databases(cell, pool_size=1)
    for _ in range(2):  # a second time changes nothing
        provision(cell, made, COMPONENTS, upgrade=create_tables)
    yield made
    made.dispose()


def refused(databases: Databases, component: str, district: str, statement: str) -> bool:
    try:
        with databases.transaction(component, district) as connection:
            connection.exec_driver_sql(statement)
    except sa.exc.ProgrammingError as error:
        return isinstance(error.orig, psycopg.errors.InsufficientPrivilege)
    return False


def test_a_service_reads_and_writes_its_own_schema(cell: Cell, databases: Databases) -> None:
    district = cell.districts[0]
    statement = "INSERT INTO inbox VALUES ('e-1', now())"
    assert not refused(databases, "surveys", district, statement)
    with databases.transaction("surveys", district) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM inbox").scalar() == 1


@pytest.mark.parametrize("table", ["inbox", "outbox", "effect", "due_work"])
def test_a_service_cannot_read_anothers_tables(cell: Cell, databases: Databases, table: str) -> None:
    assert refused(databases, "surveys", cell.districts[0], f"SELECT * FROM directory.{table}")


def test_a_service_cannot_make_or_drop_tables(cell: Cell, databases: Databases) -> None:
    assert refused(databases, "surveys", cell.districts[0], "CREATE TABLE surveys.mine (x int)")
    assert refused(databases, "surveys", cell.districts[0], "DROP TABLE surveys.inbox")


def test_a_districts_role_cannot_enter_another_districts_database(cell: Cell, databases: Databases) -> None:
    mine, theirs = cell.districts
    url = databases.engine("surveys", mine).url.set(database=database_name(theirs))
    engine = sa.create_engine(url)
    with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
        engine.connect()
    engine.dispose()


def test_the_relay_reaches_outboxes_and_nothing_else(cell: Cell, databases: Databases) -> None:
    district = cell.districts[0]
    for schema in ("directory", "surveys", "audit"):
        assert not refused(databases, RELAY, district, f"SELECT * FROM {schema}.outbox FOR UPDATE SKIP LOCKED")
        assert not refused(databases, RELAY, district, f"DELETE FROM {schema}.outbox")
        assert refused(databases, RELAY, district, f"INSERT INTO {schema}.outbox SELECT * FROM {schema}.outbox")
        for table in ("inbox", "effect", "parked", "due_work"):
            assert refused(databases, RELAY, district, f"SELECT * FROM {schema}.{table}")


def test_the_log_can_be_added_to_but_not_changed_by_its_own_service(cell: Cell, databases: Databases) -> None:
    district = cell.districts[0]
    row = "INSERT INTO effect (event_id, student_id, lane, produced_at, handled_at) VALUES ('e','s','bulk',now(),now())"
    assert not refused(databases, "audit", district, row)
    assert not refused(databases, "audit", district, "SELECT * FROM effect")
    for statement in ("UPDATE effect SET event_id = 'x'", "DELETE FROM effect", "TRUNCATE effect"):
        assert refused(databases, "audit", district, statement)
