"""What every process of a cell does first: logs, secrets, keys, databases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from shared.clock import Clock, SystemClock
from shared.launcher import secrets
from shared.messaging.runtime import Runtime
from shared.tenancy.cell import Cell
from shared.tenancy.database import Databases


def build_runtime(
    cell: Cell,
    *,
    clock: Clock | None = None,
    lock: Callable[[], AbstractContextManager[Any]] = Lock,
    pool_size: int = 5,
) -> Runtime:
    """Everything a process needs of its cell (HomeroomError names the secret that is missing)."""
    own = secrets.load(cell)
    return Runtime(
        cell=cell,
        vault=secrets.keyring(cell, own),
        databases=Databases(cell, pool_size=pool_size, lock=lock),
        clock=clock or SystemClock(),
        link_key=own.link_key,
    )
