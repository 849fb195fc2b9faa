"""One database per district, one schema and one role per component; or one SQLite file per district and component."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from shared.clock import monotonic
from shared.errors import HomeroomError
from shared.store.looking import prepares
from shared.tenancy.cell import Cell, Durability

SEED = "HOMEROOM_DB_PASSWORD_SEED"
RESTED_S = 1.0


def database_name(district: str) -> str:
    return f"homeroom_{district}"


def role_name(district: str, component: str) -> str:
    return f"homeroom_{district}_{component}"


def role_password(district: str, component: str) -> str:
    """Derived, so that no list of passwords needs keeping: HMAC of the role's name under the seed."""
    seed = os.environ.get(SEED)
    if not seed:
        raise HomeroomError("secret.missing", f"{SEED} is not set", f"export {SEED}=<at least 32 random characters>")
    return hmac.new(seed.encode(), role_name(district, component).encode(), hashlib.sha256).hexdigest()[:40]


class Databases:
    """Engines by (component, district), made on first use."""

    def __init__(
        self, cell: Cell, *, pool_size: int = 5, lock: Callable[[], AbstractContextManager[Any]] = threading.Lock
    ) -> None:
        """`lock` makes the lock that keeps SQLite's writers apart: a green one where green threads write."""
        self.cell = cell
        self._lock = lock
        self._pool_size = pool_size
        self._engines: dict[tuple[str, str], sa.Engine] = {}
        self._locks: dict[tuple[str, str], AbstractContextManager[Any]] = {}
        self._making = threading.Lock()

    def engine(self, component: str, district: str) -> sa.Engine:
        """The engine with that component's rights (HomeroomError for a district of another cell)."""
        if district not in self.cell.districts:
            raise HomeroomError(
                "tenancy.unknown_district", f"district {district} is not in cell {self.cell.name}", "check the cell file"
            )
        key = (component, district)
        with self._making:
            if key not in self._engines:
                self._engines[key] = self._sqlite(key) if self.cell.sqlite else self._postgresql(key)
                self._locks[key] = self._lock()
            return self._engines[key]

    @contextmanager
    def transaction(self, component: str, district: str, *, repeatable: bool = False) -> Iterator[sa.Connection]:
        """A write transaction, committed at the end of the block, rolled back if it raises.

        SQLite has one writer: the lock makes green threads queue up here instead of blocking them all in the library.
        `repeatable` says that losing this commit to a power cut does no harm, so SQLite need not wait for an fsync.
        """
        engine = self.engine(component, district)
        if not self.cell.sqlite:
            with engine.begin() as connection:
                yield connection
            return
        with self._locks[component, district]:
            if repeatable and self.cell.durability is Durability.POWER:
                with engine.connect() as connection, _without_fsync(connection), connection.begin():
                    yield connection
                return
            with engine.begin() as connection:
                yield connection

    @contextmanager
    def look(self, component: str, district: str) -> Iterator[sa.Connection]:
        """For reading alone: each statement sees what is committed, and no page that only looks waits for a writer.

        PostgreSQL begins no transaction at all; SQLite begins one that takes no lock.
        """
        with self.engine(component, district).connect() as connection:
            if not self.cell.sqlite:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
                return
            connection.info["reading"] = True
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info.pop("reading", None)

    def sqlite_path(self, component: str, district: str) -> Path:
        return self.cell.state_dir / "districts" / district / f"{component}.sqlite"

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def _postgresql(self, key: tuple[str, str]) -> sa.Engine:
        component, district = key
        url = make_url(self.cell.database).set(
            drivername="postgresql+psycopg",
            username=role_name(district, component),
            password=role_password(district, component),
            database=database_name(district),
        )
        return postgresql_engine(url, component, pool_size=self._pool_size)

    def _sqlite(self, key: tuple[str, str]) -> sa.Engine:
        path = self.sqlite_path(*key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return sqlite_engine(path, durability=self.cell.durability)


@contextmanager
def _without_fsync(connection: sa.Connection) -> Iterator[None]:
    """SQLite's `synchronous` cannot change inside a transaction, so this goes around it, on the driver's connection."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=FULL")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def postgresql_engine(url: URL, schema: str, *, pool_size: int = 5) -> sa.Engine:
    """`search_path` is the component's schema and nothing else: tables of others cannot even be named by accident."""
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={"options": f"-csearch_path={schema} -ctimezone=UTC", "connect_timeout": 5},
    )
    _ping_who_rested(engine)
    prepares(engine)
    return engine


def _ping_who_rested(engine: sa.Engine) -> None:
    """A connection that its server has closed, or that has not been used for a second, is found out before it is given out.

    SQLAlchemy's `pool_pre_ping` asks the server every time, a fifth of what a small transaction costs. A server that ends
    says so: reading what has come (which waits for nothing) tells, and only after a rest is the server itself asked.
    """

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _proxy: Any) -> None:
        try:
            for _ in range(2):  # its last words first, then that there is nobody any more
                connection.pgconn.consume_input()
            if monotonic() - record.info.get("used", 0.0) >= RESTED_S:
                engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DisconnectionError from error

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()


def sqlite_engine(path: Path, *, durability: Durability = Durability.POWER) -> sa.Engine:
    """WAL, foreign keys on, and every transaction takes the write lock at its start (no upgrade deadlocks)."""
    engine = sa.create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        pool_size=2,
        connect_args={"check_same_thread": False, "timeout": 10, "isolation_level": None},
    )
    synchronous = "FULL" if durability is Durability.POWER else "NORMAL"

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={synchronous}", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.info.get("reading") else "BEGIN IMMEDIATE")

    return engine
