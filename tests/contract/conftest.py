"""The suite's cells: one embedded, one on the real servers, each shared by the whole session."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))

from harness import SERVICES, EmbeddedHarness, Harness, embedded, end, rabbit_harness

from shared.backing import BackingUrls


@pytest.fixture(scope="session")
def session_vhost(backing: BackingUrls) -> Iterator[str]:
    name = f"contract-{uuid.uuid4().hex[:10]}"
    user = urlsplit(backing.amqp).username
    api = f"{backing.management}/api"
    requests.put(f"{api}/vhosts/{name}", timeout=30).raise_for_status()
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    requests.put(f"{api}/permissions/{name}/{user}", json=rights, timeout=30).raise_for_status()
    yield urlunsplit(urlsplit(backing.amqp)._replace(path=f"/{name}"))
    requests.delete(f"{api}/vhosts/{name}", timeout=30)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    made = embedded(tmp_path_factory.mktemp("embedded"))
    yield EmbeddedHarness(made)
    made.stop()


@pytest.fixture(scope="session")
def rabbitmq(
    backing: BackingUrls, session_vhost: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("rabbitmq")
    with rabbit_harness(session_vhost, backing.pg, folder) as harness:
        harness.adopt([harness.start("relay_child.py")])
        harness.adopt([harness.start("worker_child.py", service) for service in SERVICES])
        yield harness
        for child in harness.children:
            end(child)


@pytest.fixture(params=["embedded_broker", "rabbitmq"])
def broker(request: Any) -> Harness:
    """The running cell, on one broker and on the other."""
    harness: Harness = request.getfixturevalue(request.param)
    return harness
