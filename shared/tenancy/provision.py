"""Makes a district's databases: on PostgreSQL database, schemas, roles and grants; then everybody's migrations.

Safe to run again: what is there stays. A service's role reads and writes its own schema and cannot see another's; the
relay's role reaches the outboxes only; the audit log can be added to and read, never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from shared.tenancy.cell import Cell
from shared.tenancy.database import Databases, database_name, postgresql_engine, role_name, role_password
from shared.tenancy.migrate import upgrade

RELAY = "relay"
APPEND_ONLY = "audit"


class Migrated(Protocol):
    """What provisioning knows of a component."""

    @property
    def name(self) -> str: ...

    @property
    def migrations(self) -> Path: ...


Upgrade = Callable[[sa.Connection, Path], None]


def provision(
    cell: Cell, databases: Databases, components: Sequence[Migrated], *, upgrade: Upgrade = upgrade
) -> None:
    """Make or bring up to date every district of the cell; `upgrade` makes a component's tables."""
    for district in cell.districts:
        if cell.sqlite:
            for component in components:
                with databases.transaction(component.name, district) as connection:
                    upgrade(connection, component.migrations)
        else:
            _postgresql(make_url(cell.database), district, components, upgrade)


def _postgresql(admin: URL, district: str, components: Sequence[Migrated], upgrade: Upgrade) -> None:
    admin = admin.set(drivername="postgresql+psycopg")
    server = sa.create_engine(admin, isolation_level="AUTOCOMMIT", hide_parameters=True)
    database = database_name(district)
    with server.connect() as connection:
        known = connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database})
        if known.first() is None:
            connection.exec_driver_sql(f'CREATE DATABASE "{database}" ENCODING \'UTF8\' TEMPLATE template0')
        connection.exec_driver_sql(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        for name in [component.name for component in components] + [RELAY]:
            _role(connection, district, name)
            connection.exec_driver_sql(f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{role_name(district, name)}"')
    server.dispose()
    for component in components:
        _schema(admin.set(database=database), district, component, upgrade)


def _role(connection: sa.Connection, district: str, name: str) -> None:
    role = role_name(district, name)
    known = connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).first()
    verb = "ALTER" if known else "CREATE"
    # the password is hexadecimal of our own making, so quoting it cannot go wrong
    connection.exec_driver_sql(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{role_password(district, name)}'")


def _schema(url: URL, district: str, component: Migrated, upgrade: Upgrade) -> None:
    schema = component.name
    role, relay = role_name(district, schema), role_name(district, RELAY)
    engine = postgresql_engine(url, schema, pool_size=1)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        upgrade(connection, component.migrations)
        rights = "SELECT, INSERT, UPDATE, DELETE"
        for statement in _grants(schema, role, relay, rights):
            connection.exec_driver_sql(statement)
        if schema == APPEND_ONLY:
            for table in _own_tables(connection, schema):
                connection.exec_driver_sql(f'REVOKE UPDATE, DELETE ON "{schema}"."{table}" FROM "{role}"')
    engine.dispose()


def _grants(schema: str, role: str, relay: str, rights: str) -> Iterable[str]:
    yield f'GRANT USAGE ON SCHEMA "{schema}" TO "{role}"'
    yield f'GRANT {rights} ON ALL TABLES IN SCHEMA "{schema}" TO "{role}"'
    yield f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO "{role}"'
    yield f'GRANT USAGE ON SCHEMA "{schema}" TO "{relay}"'
    yield f'GRANT SELECT, UPDATE, DELETE ON "{schema}".outbox TO "{relay}"'


def _own_tables(connection: sa.Connection, schema: str) -> list[str]:
    """Tables that are nobody's machinery: the log itself."""
    machinery = {"outbox", "inbox", "parked", "attempt", "due_work", "alembic_version"}
    return [name for name in sa.inspect(connection).get_table_names(schema=schema) if name not in machinery]
