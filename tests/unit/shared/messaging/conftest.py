"""A district on SQLite with the messaging tables and one effect table, and no broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.benches.cell import DIRECTORY, create_tables
from shared.clock import SimulatedClock
from shared.launcher.components import Component
from shared.launcher.process import build_runtime
from shared.messaging.runtime import Runtime
from shared.tenancy.cell import Durability, embedded_cell
from shared.tenancy.provision import provision

SERVICE = Component("notifications", "shared.benches")


@pytest.fixture
def runtime(tmp_path: Path, clock: SimulatedClock) -> Iterator[Runtime]:
    made = build_runtime(embedded_cell(tmp_path, ("metro",), durability=Durability.PROCESS), clock=clock)
    provision(made.cell, made.databases, (DIRECTORY, SERVICE), upgrade=create_tables)
    yield made
    made.databases.dispose()
