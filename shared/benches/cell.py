"""A throw-away cell on the real servers: its own vhost, database and keys, gone afterwards."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import requests
import sqlalchemy as sa
import yaml

from shared.backing import BackingUrls, urls
from shared.launcher.components import Component
from shared.launcher.process import build_runtime
from shared.messaging.runtime import Runtime
from shared.tenancy import provision as provisioning
from shared.tenancy.cell import Cell, load_cell
from shared.tenancy.database import database_name

DISTRICT = "bench"
DIRECTORY = Component("directory", "shared.benches")
BENCH = Component("notifications", "shared.benches", "shared.benches.stand:BenchService")
AUDIENCE = ("notifications", "scheduling", "audit")  # whose queues exist: hearers of what is said


@dataclass(frozen=True)
class BenchCell:
    """`environment` has the secrets that child processes need."""

    cell: Cell
    file: Path
    runtime: Runtime
    environment: dict[str, str]
    database_url: str
    management: str
    vhost: str

    def connect(self) -> psycopg.Connection:
        """An administrator's connection to the district's database, search_path on the service's schema."""
        return psycopg.connect(self.database_url, autocommit=True, options="-csearch_path=notifications")

    def spawn(self, module: str, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        """A child process of ours in this cell."""
        command = [sys.executable, "-m", module, str(self.file), *arguments]
        output = log.open("ab") if log else subprocess.DEVNULL
        return subprocess.Popen(command, env=self.environment, stdout=output, stderr=output)

    def queue_depth(self, name: str) -> int:
        """Messages ready and unacknowledged, by asking the broker (not its statistics, which lag)."""
        from kombu import Connection

        with Connection(self.cell.broker) as connection, connection.channel() as channel:
            return int(channel.queue_declare(name, passive=True).message_count)

    def purge(self, *names: str) -> None:
        from kombu import Connection

        with Connection(self.cell.broker) as connection, connection.channel() as channel:
            for name in names:
                channel.queue_purge(name)


def create_tables(connection: sa.Connection, _folder: Path) -> None:
    """Instead of migrations: the measuring service has none."""
    from shared.benches.stand import METADATA

    METADATA.create_all(connection)


@contextmanager
def bench_cell(
    backing: BackingUrls | None = None,
    *,
    components: Sequence[Component] = (DIRECTORY, BENCH),
    upgrade: provisioning.Upgrade = create_tables,
    channels: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Iterator[BenchCell]:
    """On the servers given, else on those that `./homeroom backing up` started.

    `channels`: provider accounts as in a cell file. With the product's own components give their migrations as `upgrade`.
    """
    backing = backing or urls()
    assert backing.management is not None
    vhost = f"bench-{secrets.token_hex(4)}"
    user = urlsplit(backing.amqp).username
    requests.put(f"{backing.management}/api/vhosts/{vhost}", timeout=30).raise_for_status()
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    requests.put(f"{backing.management}/api/permissions/{vhost}/{user}", json=rights, timeout=30).raise_for_status()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cell.yaml"
        content: dict[str, Any] = {
            "cell": "bench",
            "broker": urlunsplit(urlsplit(backing.amqp)._replace(path=f"/{quote(vhost)}")),
            "database": urlunsplit(urlsplit(backing.pg)._replace(path="")),
            "state_dir": folder,
            "districts": [DISTRICT],
            **({"channels": {name: [dict(one) for one in accounts] for name, accounts in channels.items()}} if channels else {}),
        }
        file.write_text(yaml.safe_dump(content))
        made = {
            name: secrets.token_hex(32)
            for name in ("HOMEROOM_MASTER_KEY", "HOMEROOM_LINK_KEY", "HOMEROOM_DB_PASSWORD_SEED")
        }
        before = {name: os.environ.get(name) for name in made}
        os.environ.update(made)
        cell = load_cell(file)
        runtime = build_runtime(cell)
        try:
            _drop_database(backing.pg)
            provisioning.provision(cell, runtime.databases, components, upgrade=upgrade)
            database_url = urlunsplit(urlsplit(backing.pg)._replace(path=f"/{database_name(DISTRICT)}"))
            yield BenchCell(cell, file, runtime, {**os.environ, **made}, database_url, backing.management, vhost)
        finally:
            runtime.databases.dispose()
            # a server that is gone, which a bench may have seen to, must not hide why the bench failed
            with suppress(psycopg.Error):
                _drop_database(backing.pg)
            with suppress(requests.RequestException):
                requests.delete(f"{backing.management}/api/vhosts/{vhost}", timeout=30)
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _drop_database(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database_name(DISTRICT)}" WITH (FORCE)')


def sample(number: int, padding: str) -> dict[str, Any]:
    """Data of one event; `padding` brings the body to a kilobyte."""
    return {
        "student_id": f"student-{number}",
        "school_id": "school-1",
        "class_id": "class-1",
        "course_id": "course-1",
        "course_title": padding,
        "revision": 1,
        "score_pct": 64.0,
        "previous_pct": 78.0,
        "as_of": date(2026, 9, 29),
    }
