"""A RabbitMQ and a PostgreSQL of these tests' own, which they may kill; a cell on them with two services."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from harness import SERVICES, RabbitHarness, end, rabbit_harness

from shared.backing.private import PrivateBacking
from shared.benches.faults import private_servers


@pytest.fixture(scope="session")
def servers(backing: object) -> Iterator[PrivateBacking]:
    """`backing` first: it installs what a fresh machine lacks."""
    with private_servers() as made:
        yield made


@pytest.fixture(scope="session")
def faulty(servers: PrivateBacking, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitHarness]:
    """A running cell: relay, a worker of each service; heartbeat 4 s, so that a lost one is noticed in a test's time."""
    folder = tmp_path_factory.mktemp("faults")
    with rabbit_harness(servers.amqp_url(), servers.pg_url(), folder) as harness:
        harness.adopt([harness.start("relay_child.py")])
        settings = '{"consumer": {"heartbeat": 4}}'
        harness.adopt([harness.start("worker_child.py", service, settings) for service in SERVICES])
        yield harness
        for child in harness.children:
            end(child)
