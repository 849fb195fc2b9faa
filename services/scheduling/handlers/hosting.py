"""Round robin: whose turn it is among several hosts, any of whom will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.scheduling.domain.allocation import Load, fair_order
from services.scheduling.store import bookings
from shared.messaging.uow import UnitOfWork

LOOKS_BACK = timedelta(days=28)  # meetings before that do not count towards a host's load


def turns(uow: UnitOfWork, rows: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    """By offer, who may hold the meeting, the least loaded first; the teacher alone where the offer has no hosts."""
    pools = {host for row in rows for host in row.hosts or ()}
    loads: dict[str, Load] = bookings.loads(uow.connection, pools, since=uow.now - LOOKS_BACK) if pools else {}
    return {
        row.offer_id: tuple(fair_order(row.hosts, loads)) if row.hosts else (row.staff_id,) for row in rows
    }
