"""How much waits: outboxes and dead letters of a cell, looked at now and then by its relay.

The relay looks, because it alone knows every outbox; and it looks also while the broker is away, which is when somebody
must hear that events are waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import sqlalchemy as sa
import structlog
from amqp.exceptions import AMQPError, NotFound
from kombu import Connection
from kombu.exceptions import KombuError
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import monotonic
from shared.contracts.base import SERVICES
from shared.messaging import embedded, outbox, topology
from shared.messaging.runtime import Runtime
from shared.observability import metrics
from shared.tenancy.cell import Cell

log = structlog.get_logger(__name__)
EVERY = 15.0  # seconds, as often as Prometheus scrapes
BROKER_TIMEOUT = 3.0
BOXES = (*SERVICES.values(), topology.RELAY_DEAD)

Transaction = Callable[[str, str], AbstractContextManager[sa.Connection]]


class Gauges:
    """`refresh` does nothing until `EVERY` seconds have passed; what does not answer keeps its last value."""

    def __init__(self, runtime: Runtime, components: Sequence[str], transaction: Transaction) -> None:
        self._runtime = runtime
        self._components = tuple(components)
        self._transaction = transaction
        self._looked: float | None = None

    def refresh(self) -> None:
        if self._looked is not None and monotonic() - self._looked < EVERY:
            return
        for district in self._runtime.cell.districts:
            for component in self._components:
                self._outbox(district, component)
        self._dead_letters()
        self._looked = monotonic()

    def _outbox(self, district: str, component: str) -> None:
        try:
            with self._transaction(district, component) as connection:
                waiting, oldest = outbox.backlog(connection)
        except SQLAlchemyError:
            return  # the relay's round says so already
        label = metrics.district_label(district)
        lag = (self._runtime.clock.now() - oldest).total_seconds() if oldest is not None else 0.0
        metrics.OUTBOX_PENDING.labels(component, label).set(waiting)
        metrics.OUTBOX_LAG_SECONDS.labels(component, label).set(max(0.0, lag))

    def _dead_letters(self) -> None:
        cell = self._runtime.cell
        try:
            depths = _depths_embedded(cell) if cell.embedded else _depths(cell.broker)
        except (OSError, AMQPError, KombuError) as error:
            log.debug("dead_letters_not_counted", error=type(error).__name__)
            return
        for service, depth in depths.items():
            metrics.DLQ_PARKED.labels(service).set(depth)


def _depths_embedded(cell: Cell) -> dict[str, int]:
    broker = embedded.BROKERS.get(cell.name)
    names = {service: topology.dead_queue_name(service) for service in BOXES} if broker else {}
    return {service: broker.size(name) for service, name in names.items() if broker and broker.has_queue(name)}


def _depths(url: str) -> dict[str, int]:
    """Messages ready, by service; 0 for a queue that nobody has declared yet."""
    timeouts = {"read_timeout": BROKER_TIMEOUT, "write_timeout": BROKER_TIMEOUT}
    with Connection(url, connect_timeout=BROKER_TIMEOUT, transport_options=timeouts) as connection:
        return {service: _depth(connection, topology.dead_queue_name(service)) for service in BOXES}


def _depth(connection: Connection, queue: str) -> int:
    """A channel each: asking for a queue that is not there closes it."""
    try:
        with connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
    except NotFound:
        return 0
