"""The relay as a process: no green threads, one connection to the broker, woken by the databases."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import structlog
from kombu import Connection
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import monotonic
from shared.launcher.components import NAMES, SERVICES
from shared.launcher.topology import declare
from shared.messaging.listen import OutboxListener
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.relay import BrokerAway, Relay
from shared.messaging.runtime import Runtime
from shared.observability.health import Health
from shared.observability.supervisor import Watchdog, notify

log = structlog.get_logger(__name__)
POLL = 1.0  # seconds between looks without a NOTIFY
GATHER = 0.015  # seconds after a batch in which what is committed gathers: a claim and its confirms serve a hundred as well as one
BACKOFF = (0.2, 0.5, 1.0, 2.0)
HEARERS = tuple(component.name for component in SERVICES)


class RelayProcess:
    """`run` returns after `stop`, with the batch under way confirmed or left in the outbox."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        components: Sequence[str] = NAMES,
        services: Sequence[str] = HEARERS,
        batch: int = 500,
        health: Health | None = None,
    ) -> None:
        self.runtime = runtime
        self.publisher = PikaPublisher(runtime.cell.broker)
        self.relay = Relay(runtime, self.publisher, components, batch=batch)
        self._services = services
        self._listener = OutboxListener(runtime)
        self._health = health
        self._stopping = False
        self._declared = False
        if health is not None:
            health.add("broker", self._check_broker)

    def stop(self, *_: Any) -> None:
        self._stopping = True

    def run(self) -> None:
        failures = 0
        watchdog = Watchdog()
        notify("READY=1")
        while not self._stopping:
            watchdog.beat()
            if self._health is not None:
                self._health.beat()
            try:
                self._declare()
                self.publisher.connect()  # also with nothing to send: ready means that it could
                moved = self.relay.round()
                failures = 0
                if not moved:
                    self._wait()
            except (SQLAlchemyError, psycopg.Error) as error:
                # a database went away under a batch that NOTIFY had told of: its rows stay, the next round tries again
                log.warning("outbox_away", error=type(error).__name__)
                self._pause(BACKOFF[0])
            except (BrokerAway, OSError) as error:
                delay = BACKOFF[min(failures, len(BACKOFF) - 1)]
                failures += 1
                self._declared = False
                self.relay.gauges.refresh()
                log.warning("broker_away", reason=str(error)[:80], wait=delay)
                self._pause(delay)
        notify("STOPPING=1")
        self.publisher.close()
        self._listener.close()

    def _wait(self) -> None:
        """Until told of rows, then move just those; every `POLL` seconds everybody is looked at anyway."""
        deadline = monotonic() + POLL
        while not self._stopping and (left := deadline - monotonic()) > 0:
            self.publisher.idle(left, self._listener.descriptors())
            told = self._listener.drain()
            # no longer than that, however much comes in: the loop outside tells the watchdog that we live
            while told and not self._stopping and monotonic() < deadline:
                # a batch that was not full took all there was; what came since has a NOTIFY of its own
                told = {owner for owner in told if self.relay.move(*owner) >= self.relay.batch}
                if not told:
                    self.publisher.idle(GATHER)
                told |= self._listener.drain()

    def _declare(self) -> None:
        if self._declared:
            return
        try:
            declare(Connection(self.runtime.cell.broker, connect_timeout=5), self._services)
        except Exception as error:
            raise BrokerAway(type(error).__name__) from None
        self._declared = True

    def _pause(self, seconds: float) -> None:
        deadline = monotonic() + seconds
        while not self._stopping and monotonic() < deadline:
            signal.sigtimedwait([], min(0.1, seconds))

    def _check_broker(self) -> None:
        if not self.publisher.connected:
            raise ConnectionError("not connected")


def on_signals(stop: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
