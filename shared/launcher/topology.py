"""Declares every queue of the services, so that nothing is unroutable because its hearer has not started yet."""

from __future__ import annotations

from collections.abc import Sequence

from kombu import Connection

from shared.contracts import Lane, contracts_for
from shared.messaging import topology


def declare(connection: Connection, services: Sequence[str]) -> None:
    """Idempotent; what exists with other arguments is an error of the broker's (406)."""
    with connection, connection.channel() as channel:
        for service in services:
            types = [declared.type for declared in contracts_for(service)]
            for lane in Lane:
                topology.queue(service, lane, types)(channel).declare()
            topology.dead_queue(service)(channel).declare()
        topology.dead_queue(topology.RELAY_DEAD)(channel).declare()
