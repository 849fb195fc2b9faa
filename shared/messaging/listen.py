"""PostgreSQL's NOTIFY, as file descriptors to wait on: wakes the relay within milliseconds of a commit."""

from __future__ import annotations

import psycopg
import structlog

from shared.messaging.outbox import CHANNEL
from shared.messaging.relay import RELAY_ROLE
from shared.messaging.runtime import Runtime

log = structlog.get_logger(__name__)


class OutboxListener:
    """One connection per district; one that breaks is reopened at the next `descriptors`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._connections: dict[str, psycopg.Connection] = {}

    def descriptors(self) -> list[int]:
        """What to wait on (a district whose database is away is left out, and polled)."""
        for district in self._runtime.cell.districts:
            if district not in self._connections:
                self._open(district)
        for district in [name for name, connection in self._connections.items() if connection.closed]:
            del self._connections[district]
        return [connection.fileno() for connection in self._connections.values()]

    def drain(self) -> set[tuple[str, str]]:
        """Which (district, component) have said that something waits."""
        told: set[tuple[str, str]] = set()
        for district, connection in list(self._connections.items()):
            try:
                for notify in connection.notifies(timeout=0):
                    told.add((district, notify.payload))
            except psycopg.Error as error:
                log.warning("listen_lost", district=district, error=type(error).__name__)
                del self._connections[district]
        return told

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _open(self, district: str) -> None:
        url = self._runtime.databases.engine(RELAY_ROLE, district).url
        try:
            connection = psycopg.connect(
                host=url.host,
                port=url.port,
                user=url.username,
                password=url.password,
                dbname=url.database,
                autocommit=True,
                connect_timeout=5,
            )
            connection.execute(f"LISTEN {CHANNEL}")
            self._connections[district] = connection
        except psycopg.Error as error:
            log.warning("listen_failed", district=district, error=type(error).__name__)
