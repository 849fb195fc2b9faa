"""Carries outbox rows to the broker: claim, publish, wait for the confirms, delete. Survives any restart of anything.

A crash between confirm and delete publishes a row twice; the inbox knows it. Rows leave most urgent first, a bounded
number per district and round, so that one district's flood does not starve its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import monotonic
from shared.messaging import outbox
from shared.messaging.gauges import Gauges
from shared.messaging.outbox import Outgoing
from shared.messaging.runtime import Runtime
from shared.observability import metrics

log = structlog.get_logger(__name__)
BATCH = 500
RELAY_ROLE = "relay"
DEAD_LETTER_PAUSE_S = 15.0  # after a queue of dead letters has taken nothing


class BrokerAway(Exception):
    """The broker cannot be reached, or does not answer in time; nothing is lost, the rows stay."""


@dataclass(slots=True)
class Published:
    """What became of a batch: ids of rows."""

    confirmed: list[int] = field(default_factory=list)
    unroutable: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


class Publisher(Protocol):
    """Publishes with confirms and `mandatory`; BrokerAway if that cannot be done now."""

    def publish(self, rows: Sequence[Outgoing]) -> Published: ...

    def close(self) -> None: ...


class Relay:
    """One round at a time; who drives it decides how to wait in between."""

    def __init__(
        self, runtime: Runtime, publisher: Publisher, components: Sequence[str], *, batch: int = BATCH
    ) -> None:
        self.runtime = runtime
        self.publisher = publisher
        self.components = tuple(components)
        self.batch = batch
        self.sent = 0
        self._dead_letters_from = 0.0
        self.gauges = Gauges(runtime, components, self._transaction)

    def round(self) -> int:
        """One batch of each district and component; how many rows left. BrokerAway when the broker is away."""
        self.gauges.refresh()
        moved = 0
        for district in self.runtime.cell.districts:
            for component in self.components:
                try:
                    moved += self.move(district, component)
                except SQLAlchemyError as error:
                    log.warning("outbox_away", district=district, component=component, error=type(error).__name__)
        self.sent += moved
        return moved

    def move(self, district: str, component: str) -> int:
        with self._transaction(district, component) as connection:
            rows = outbox.claim(connection, self.batch)
            if not rows:
                return 0
            published = self.publisher.publish(rows)
            _count(component, published)
            gone = published.confirmed
            if published.unroutable:
                lost = set(published.unroutable)
                gone = gone + self._alarm(district, component, [row for row in rows if row.id in lost])
            if gone:
                outbox.done(connection, gone)
            if published.refused:
                log.warning("publish_refused", district=district, component=component, count=len(published.refused))
        return len(gone)

    def _alarm(self, district: str, component: str, rows: Sequence[Outgoing]) -> list[int]:
        """Nobody is bound to it: kept as a dead letter of the relay, and said loudly. Ids of the rows so kept.

        A row whose dead letter was not taken either stays in its outbox: what goes with it must not wait for that queue.
        """
        if monotonic() < self._dead_letters_from:
            return []
        for key in sorted({row.routing_key for row in rows}):
            log.error("event_unroutable", district=district, component=component, routing_key=key)
        try:
            return self.publisher.publish([outbox.unroutable(row, component) for row in rows]).confirmed
        except BrokerAway as away:
            self._dead_letters_from = monotonic() + DEAD_LETTER_PAUSE_S
            log.error("dead_letters_not_taken", district=district, component=component, count=len(rows), reason=str(away))
            return []

    @contextmanager
    def _transaction(self, district: str, component: str) -> Iterator[sa.Connection]:
        databases = self.runtime.databases
        if self.runtime.cell.sqlite:
            # losing the deletion to a power cut publishes again, which the inbox knows
            with databases.transaction(component, district, repeatable=True) as connection:
                yield connection
            return
        with databases.transaction(RELAY_ROLE, district) as connection:
            connection.exec_driver_sql(f'SET LOCAL search_path TO "{component}"')
            yield connection


def _count(component: str, published: Published) -> None:
    for outcome in ("confirmed", "unroutable", "refused"):
        rows = getattr(published, outcome)
        if rows:
            metrics.RELAY_PUBLISHED.labels(component, outcome).inc(len(rows))


class EmbeddedPublisher:
    """The embedded broker commits before `publish` returns: that is its confirm."""

    def __init__(self, broker: Any) -> None:
        self._broker = broker

    def publish(self, rows: Sequence[Outgoing]) -> Published:
        try:
            unroutable = set(self._broker.publish([(r.exchange, r.routing_key, r.headers, r.body) for r in rows]))
        except OSError as error:
            raise BrokerAway(str(error)) from None
        return Published(
            confirmed=[row.id for position, row in enumerate(rows) if position not in unroutable],
            unroutable=[row.id for position, row in enumerate(rows) if position in unroutable],
        )

    def close(self) -> None:
        pass
