"""Fixtures for tests against the real servers, and the simulated clock.

Whoever asks for a server gets it: the session starts RabbitMQ and PostgreSQL when they do not answer yet.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests
from hypothesis import HealthCheck, settings

from shared.backing import BackingUrls
from shared.cli.backing import ensure
from shared.cli.console import Console
from shared.clock import SimulatedClock

pytest_plugins = ["tests.timing"]

# A busy machine is slow, not wrong: examples have no deadline of their own, pytest's timeout ends a hang.
settings.register_profile("homeroom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", parent=settings.get_profile("homeroom"), max_examples=25)
settings.register_profile("deep", parent=settings.get_profile("homeroom"), max_examples=1000)
settings.load_profile("homeroom")


@pytest.fixture(scope="session")
def backing() -> BackingUrls:
    """URLs of a real RabbitMQ and PostgreSQL with administrator rights."""
    return ensure(Console())


@pytest.fixture
def rabbit_vhost(backing: BackingUrls) -> Iterator[str]:
    """The AMQP URL of a fresh vhost of the test's own, removed afterwards."""
    assert backing.management, "tests need RabbitMQ's management plugin: rabbitmq-plugins enable rabbitmq_management"
    name = f"test-{uuid.uuid4().hex[:12]}"
    user = urlsplit(backing.amqp).username
    vhost, permissions = (
        f"{backing.management}/api/vhosts/{name}",
        f"{backing.management}/api/permissions/{name}/{user}",
    )
    requests.put(vhost, timeout=30).raise_for_status()
    requests.put(permissions, json={"configure": ".*", "write": ".*", "read": ".*"}, timeout=30).raise_for_status()
    yield urlunsplit(urlsplit(backing.amqp)._replace(path=f"/{name}"))
    requests.delete(vhost, timeout=30).raise_for_status()


@pytest.fixture
def pg_database(backing: BackingUrls) -> Iterator[str]:
    """The URL of a fresh database of the test's own (`postgresql://…`), dropped afterwards with its sessions."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(backing.pg, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(backing.pg)._replace(path=f"/{name}"))
    with psycopg.connect(backing.pg, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def clock() -> SimulatedClock:
    """A Tuesday morning early in a school year; moves only when told to."""
    return SimulatedClock(datetime(2026, 9, 8, 14, 0, tzinfo=UTC))


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, also named by HOMEROOM_STATE."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("HOMEROOM_STATE", str(folder))
    return folder
