"""Statements of the ways that everybody goes, without what nobody looks at: cursors' descriptions and result objects.

PostgreSQL only. Whatever is said here could be said through SQLAlchemy's connection, at two to three times the cost of the
round trip; errors are SQLAlchemy's, so that callers need not know which way was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, NoReturn

import psycopg
import sqlalchemy as sa
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

_PREPARED = "looking"  # in a pooled connection's `info`: names of statements by their text
_numbers = count()  # of names: what the server has not thrown away yet is not met again


def prepares(engine: sa.Engine) -> None:
    """Have `look` keep its statements prepared: the driver throws all of a connection's away whenever it rolls back."""

    @sa.event.listens_for(engine, "connect")
    def _begin(_connection: Any, record: Any) -> None:
        record.info[_PREPARED] = {}

    @sa.event.listens_for(engine, "rollback")
    def _forget(connection: sa.Connection) -> None:
        if not connection.invalidated:
            connection.info.get(_PREPARED, {}).clear()

    @sa.event.listens_for(engine, "rollback_savepoint")
    def _forget_all(connection: sa.Connection, *_: Any) -> None:
        connection.info.get(_PREPARED, {}).clear()

    @sa.event.listens_for(engine, "reset")
    def _forget_left(connection: Any, record: Any, _state: Any) -> None:
        if connection.pgconn.transaction_status != TransactionStatus.IDLE:
            record.info.get(_PREPARED, {}).clear()


def look(connection: sa.Connection, sql: str, *values: str) -> bytes | None:
    """The only column of the only row of `sql` (`$1`, `$2` … stand for `values`), None where there is none.

    Prepared and run by libpq itself where `prepares` was told of the engine, else by a cursor. It holds up its thread until
    the answer is there, all green threads too: never for a statement that may wait for a lock. DBAPIError as SQLAlchemy
    raises it.
    """
    driver: Any = connection.connection.driver_connection
    known: dict[str, bytes] | None = connection.info.get(_PREPARED)
    if known is None:
        result: Any = psycopg.RawCursor(driver).execute(sql, values).pgresult
        return result.get_value(0, 0) if result.ntuples else None
    name = known.get(sql)
    if name is None:
        name = f"look_{next(_numbers)}".encode()
        _checked(connection, sql, driver.pgconn.prepare(name, sql.encode()))
        known[sql] = name
    result = _checked(connection, sql, driver.pgconn.exec_prepared(name, [value.encode() for value in values]))
    found: bytes | None = result.get_value(0, 0) if result.ntuples else None
    return found


def tell(connection: sa.Connection, sql: str, values: Mapping[str, Any]) -> None:
    """Run `sql` (`%(name)s` stands for a value) in the open transaction, by the driver's own cursor; nothing comes back.

    Green threads go on meanwhile. DBAPIError as SQLAlchemy raises it, an IntegrityError where a row is there already;
    InvalidRequestError outside a transaction, for SQLAlchemy would not know that there is something to commit.
    """
    if not connection.in_transaction():
        raise sa.exc.InvalidRequestError("tell: begin a transaction first")
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(sql, values, prepare=True)
    except psycopg.Error as error:
        _raise(connection, sql, error)


def _checked(connection: sa.Connection, sql: str, result: Any) -> Any:
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        _raise(connection, sql, error_from_result(result))
    return result


def _raise(connection: sa.Connection, sql: str, error: psycopg.Error) -> NoReturn:
    driver: Any = connection.connection.driver_connection
    if driver.pgconn.status == ConnStatus.BAD:
        connection.invalidate(error)
        raise sa.exc.OperationalError(sql, None, error, hide_parameters=True, connection_invalidated=True) from error
    raise sa.exc.DBAPIError.instance(
        sql, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
    ) from error
