"""Many rows in one statement.

On PostgreSQL plain inserts go by COPY; what must mind conflicts or return something goes as one JSON document through
`INSERT … SELECT … FROM json_to_recordset`: one parse, one round trip, whatever the number of rows, and a third of what
psycopg spends on quoting arrays for `unnest`. On SQLite `executemany` in the open transaction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from shared.store.types import UtcDateTime

OnConflict = Literal["error", "ignore", "update"]
CHUNK = 5_000  # rows per statement: bounds the memory of one statement


def insert_rows(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: OnConflict = "error",
    returning: str | None = None,
    newer_by: str | None = None,
) -> list[Any]:
    """Insert `rows` (all with the same keys); returns the `returning` column of the rows written.

    `on_conflict` speaks of the primary key: "ignore" keeps the row there is, "update" overwrites it, and with
    `newer_by="revision"` only where the new row's value is greater (projections that ignore what is older).
    """
    written: list[Any] = []
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        if connection.dialect.name == "postgresql":
            written += _postgresql(connection, table, part, on_conflict, returning, newer_by)
        else:
            written += _sqlite(connection, table, part, on_conflict, returning, newer_by)
    return written


def update_rows(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Set other columns of the rows named by `key`; all of `rows` have the same columns, each row once."""
    if not rows:
        return
    columns = tuple(name for name in rows[0] if name != key)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        if connection.dialect.name == "postgresql":
            connection.execute(_update_statement(table, columns, key), {"rows": document(part)})
            continue
        sets = ", ".join(f'"{name}" = ?' for name in columns)
        values = _plain_rows(table, (*columns, key), part)
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET {sets} WHERE "{key}" = ?', values)


@functools.lru_cache(maxsize=512)
def _update_statement(table: sa.Table, columns: tuple[str, ...], key: str) -> sa.TextClause:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect)}' for name in (*columns, key))
    sets = ", ".join(f'"{name}" = r."{name}"' for name in columns)
    rows = f"json_to_recordset(CAST(:rows AS json)) AS r({typed})"
    return sa.text(f'UPDATE "{table.name}" SET {sets} FROM {rows} WHERE "{table.name}"."{key}" = r."{key}"')


def _conflict_clause(table: sa.Table, columns: tuple[str, ...], on_conflict: OnConflict, newer_by: str | None) -> str:
    if on_conflict == "error":
        return ""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    others = [name for name in columns if not table.c[name].primary_key]
    if on_conflict == "ignore" or not others:
        return f" ON CONFLICT ({keys}) DO NOTHING"
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    where = f' WHERE excluded."{newer_by}" > "{table.name}"."{newer_by}"' if newer_by else ""
    return f" ON CONFLICT ({keys}) DO UPDATE SET {sets}{where}"


@functools.lru_cache(maxsize=512)
def _statement(
    table: sa.Table, columns: tuple[str, ...], on_conflict: OnConflict, returning: str | None, newer_by: str | None
) -> sa.TextClause:
    """The PostgreSQL statement, built once per shape; record columns are typed as the table's are."""
    clause = _conflict_clause(table, columns, on_conflict, newer_by)
    tail = f' RETURNING "{returning}"' if returning else ""
    return sa.text(f"{inserting(table, columns)}{clause}{tail}")


def inserting(table: sa.Table, columns: Sequence[str]) -> str:
    """PostgreSQL's INSERT of the rows of one JSON document (`:rows`, made by `document`), to be part of a statement."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    names = ", ".join(f'"{name}"' for name in columns)
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect)}' for name in columns)
    rows = f"json_to_recordset(CAST(:rows AS json)) AS t({typed})"
    return f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM {rows}'


def document(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=_as_json, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


def _postgresql(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    on_conflict: OnConflict,
    returning: str | None,
    newer_by: str | None,
) -> list[Any]:
    columns = tuple(rows[0])
    if on_conflict == "error" and returning is None and len(rows) > 1:
        _copy(connection, table, columns, rows)
        return []
    if on_conflict == "update":
        rows = _last_per_key(table, rows, newer_by)
    result = connection.execute(_statement(table, columns, on_conflict, returning, newer_by), {"rows": document(rows)})
    return list(result.scalars()) if returning else []


def _copy(connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    as_json = frozenset(name for name in columns if isinstance(table.c[name].type, sa.JSON))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(
                [
                    orjson.dumps(row[name]).decode() if name in as_json and row[name] is not None else row[name]
                    for name in columns
                ]
            )


def _as_json(value: Any) -> Any:
    """What orjson does not know: bytes as PostgreSQL's hex input, enumerations as their text, mappings as objects."""
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _last_per_key(
    table: sa.Table, rows: Sequence[Mapping[str, Any]], newer_by: str | None
) -> list[Mapping[str, Any]]:
    """PostgreSQL refuses to update one row twice in a statement: keep the newest (else the last) of each key."""
    keys = [column.name for column in table.primary_key]
    kept: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if newer_by is None or key not in kept or row[newer_by] >= kept[key][newer_by]:
            kept[key] = row
    return list(kept.values())


def _sqlite(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    on_conflict: OnConflict,
    returning: str | None,
    newer_by: str | None,
) -> list[Any]:
    columns = tuple(rows[0])
    values = _plain_rows(table, columns, rows)
    if returning is None:
        sql = _sqlite_statement(table, columns, on_conflict, None, newer_by, 1)
        connection.exec_driver_sql(sql, values)
        return []
    # SQLite has RETURNING, but not for executemany: rows of VALUES, bounded by its limit on variables.
    size = max(1, 30_000 // len(columns))
    written: list[Any] = []
    for start in range(0, len(values), size):
        part = values[start : start + size]
        sql = _sqlite_statement(table, columns, on_conflict, returning, newer_by, len(part))
        written += connection.exec_driver_sql(sql, tuple(chain.from_iterable(part))).scalars()
    return written


@functools.lru_cache(maxsize=2048)
def _sqlite_statement(
    table: sa.Table,
    columns: tuple[str, ...],
    on_conflict: OnConflict,
    returning: str | None,
    newer_by: str | None,
    count: int,
) -> str:
    """Built once per shape: compiling a wide insert anew costs more than running it."""
    names = ", ".join(f'"{name}"' for name in columns)
    row = f"({', '.join('?' * len(columns))})"
    clause = _conflict_clause(table, columns, on_conflict, newer_by)
    tail = f' RETURNING "{returning}"' if returning else ""
    return f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([row] * count)}{clause}{tail}'


def _plain_rows(table: sa.Table, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """What SQLite is given, column by column: most of them pass as they are."""
    given = []
    for name in columns:
        convert = _plainer(table.c[name])
        given.append([row[name] for row in rows] if convert is None else [convert(row[name]) for row in rows])
    return list(zip(*given, strict=True))


def _plainer(column: sa.Column[Any]) -> Callable[[Any], Any] | None:
    """What the column's type would make of a value on its way into SQLite; None where it stays."""
    if isinstance(column.type, sa.JSON):
        return lambda value: None if value is None else orjson.dumps(value, default=_as_json).decode()
    if isinstance(column.type, UtcDateTime):
        return UtcDateTime.as_text
    if isinstance(column.type, sa.Date):
        return lambda value: None if value is None else value.isoformat()
    return None
