"""Statements through the driver itself: what they give, and that their errors are SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from shared.store.looking import look, tell
from shared.tenancy.database import postgresql_engine

ROW = "SELECT row_to_json(person) FROM person WHERE name = $1"


@pytest.fixture
def engine(pg_database: str) -> Iterator[sa.Engine]:
    engine = postgresql_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"), "public")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE person (name text PRIMARY KEY, age int)")
        connection.exec_driver_sql("INSERT INTO person VALUES ('Añá', 7)")
    yield engine
    engine.dispose()


def test_a_look_gives_the_one_text_or_none(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        for _ in range(3):
            assert look(connection, ROW, "Añá") == '{"name":"Añá","age":7}'.encode()
            assert look(connection, ROW, "nobody") is None


def test_a_look_in_a_transaction_sees_what_was_told_in_it(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        with connection.begin() as begun:
            tell(connection, "INSERT INTO person VALUES (%(name)s, %(age)s)", {"name": "Bo", "age": 1})
            assert look(connection, ROW, "Bo") == b'{"name":"Bo","age":1}'
            begun.rollback()
        assert look(connection, ROW, "Bo") is None


def test_a_look_goes_on_after_whatever_rolled_back(engine: sa.Engine) -> None:
    """The driver has the server forget every prepared statement then."""
    for way in ("transaction", "savepoint", "left open", "error"):
        with engine.connect() as connection:
            with connection.begin() as begun:
                tell(connection, "INSERT INTO person VALUES ('Bo', 1)", {})
                assert look(connection, ROW, "Añá") is not None
                if way == "savepoint":
                    connection.begin_nested().rollback()
                    assert look(connection, ROW, "Añá") is not None
                if way != "left open":
                    begun.rollback()
            if way == "left open":
                connection.exec_driver_sql("DELETE FROM person WHERE name = 'Bo'")
                connection.commit()
                connection.exec_driver_sql("SELECT 1")
        if way == "error":
            with pytest.raises(sa.exc.ProgrammingError), engine.begin() as connection:
                look(connection, "SELECT nothing FROM nowhere WHERE $1 = ''", "x")
        with engine.connect() as connection, connection.begin():
            assert look(connection, ROW, "Añá") is not None


def test_a_look_by_an_engine_that_was_not_told_of_it_gives_the_same(pg_database: str, engine: sa.Engine) -> None:
    other = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with other.connect() as connection:
        assert look(connection, "SELECT name FROM person WHERE name = $1", "Añá") == "Añá".encode()
        assert look(connection, "SELECT name FROM person WHERE name = $1", "nobody") is None
    other.dispose()


def test_nothing_is_told_where_nobody_would_commit_it(engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.InvalidRequestError):
        tell(connection, "INSERT INTO person VALUES ('Bo', 1)", {})


def test_what_is_there_already_is_an_integrity_error_without_its_values(engine: sa.Engine) -> None:
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError) as refused:
        tell(connection, "INSERT INTO person VALUES (%(name)s, 1)", {"name": "Añá"})
    assert "INSERT INTO person" in str(refused.value)


def test_a_statement_that_is_wrong_is_a_programming_error(engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        look(connection, "SELECT nothing FROM nowhere WHERE $1 = ''", "x")


@pytest.mark.parametrize("way", ["look", "tell"])
def test_a_connection_that_the_server_has_ended_is_given_out_no_more(engine: sa.Engine, way: str) -> None:
    with pytest.raises(sa.exc.OperationalError) as lost:
        _use_one_that_was_ended(engine, way)
    assert lost.value.connection_invalidated
    with engine.connect() as connection:
        assert look(connection, ROW, "Añá") is not None


def _use_one_that_was_ended(engine: sa.Engine, way: str) -> None:
    with engine.connect() as connection, connection.begin():
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        look(connection, ROW, "x") if way == "look" else tell(connection, "SELECT 1", {})
