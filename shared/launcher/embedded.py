"""A whole cell in one process: embedded broker, SQLite, every service's container, the relay.

For `demo`, `up` and tests. The clock may be simulated: `advance_to` then walks from one piece of due work to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from eventlet.semaphore import Semaphore
from nameko.containers import ServiceContainer
from sqlalchemy.exc import SQLAlchemyError

from shared.clock import Clock, SimulatedClock, SystemClock, monotonic
from shared.launcher.components import COMPONENTS, SERVICES, Component
from shared.launcher.topology import declare
from shared.messaging import due, embedded, outbox
from shared.messaging.entrypoint import DueWork, Effects, InboxConsumer
from shared.messaging.envelope import Vault
from shared.messaging.inbox import reason_of
from shared.messaging.relay import BrokerAway, EmbeddedPublisher, Relay
from shared.messaging.runtime import Owner, Runtime
from shared.tenancy.cell import Cell
from shared.tenancy.database import Databases
from shared.tenancy.migrate import upgrade as migrate
from shared.tenancy.provision import Upgrade, provision

log = structlog.get_logger(__name__)
RESTART_SECONDS = 1.0


class EmbeddedCell:
    """`start`, use, `stop`; `kill` and `restart` a service as a crash and its supervisor would."""

    def __init__(
        self,
        cell: Cell,
        vault: Vault,
        *,
        clock: Clock | None = None,
        link_key: bytes = b"",
        components: Sequence[Component] = COMPONENTS,
        services: Sequence[Component] = SERVICES,
        settings: dict[str, Any] | None = None,
        upgrade: Upgrade = migrate,
    ) -> None:
        self.cell = cell
        self._upgrade = upgrade
        self.clock = clock or SystemClock()
        self.runtime = Runtime(cell, vault, Databases(cell, lock=Semaphore), self.clock, link_key)
        self.components = tuple(components)
        self._services = tuple(services)
        self._settings = settings or {}
        self.containers: dict[str, ServiceContainer] = {}
        self._relay: Any = None
        self._relay_bell = GreenEvent()
        self._moving = False
        self._told: set[Owner] = set()

    def start(self) -> None:
        """Bring databases up to date, declare the topology, start everything."""
        provision(self.cell, self.runtime.databases, self.components, upgrade=self._upgrade)
        self.broker = embedded.open_broker(self.cell)
        declare(embedded.connection(self.cell), [component.name for component in self._services])
        if isinstance(self.clock, SimulatedClock):
            self.clock.on_advance(lambda _: self.runtime.work_bell.ring())
        for component in self._services:
            self.restart(component.name)
        names = [component.name for component in self.components]
        self.relay = Relay(self.runtime, EmbeddedPublisher(self.broker), names)
        self.runtime.outbox_bell.listen(self._wake_relay)
        self._relay = eventlet.spawn(self._run_relay)

    def restart(self, name: str) -> None:
        """Start (again) one service's container."""
        component = next(c for c in self._services if c.name == name)
        assert component.service is not None
        config = {"runtime": self.runtime, "max_workers": 20, **self._settings}
        container = ServiceContainer(component.load(component.service), config)
        container.start()
        self.containers[name] = container
        eventlet.spawn(self._watch, name, container)

    def _watch(self, name: str, container: ServiceContainer) -> None:
        """A service that dies of itself is started again, as a supervisor would start its process."""
        try:
            container.wait()
        except Exception as error:
            log.error("service_died", service=name, reason=reason_of(error))
            eventlet.sleep(RESTART_SECONDS)
            if self.containers.get(name) is container:  # not killed or stopped meanwhile
                self.restart(name)

    def kill(self, name: str) -> None:
        """End a container without draining it: transactions roll back, deliveries go back to the broker."""
        self.containers.pop(name).kill()
        eventlet.sleep(0)

    def stop(self) -> None:
        """Drain and close."""
        for name in list(self.containers):
            self.containers.pop(name).stop()
        if self._relay is not None:
            self._relay.kill()
        self.relay.round()
        embedded.close_broker(self.cell)
        self.runtime.databases.dispose()

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until nothing is on its way: no outbox row, no message, no due work (TimeoutError)."""
        deadline = monotonic() + timeout
        while True:
            self._wait_for(self._quiet, deadline)
            self._poll_once(deadline)
            if self._quiet():
                return

    def advance_to(self, instant: datetime, *, each: Callable[[datetime], None] | None = None) -> None:
        """Let simulated time pass, stopping wherever work comes due, until everything has settled at `instant`."""
        assert isinstance(self.clock, SimulatedClock)
        self.settle()
        while (moment := self._next_due()) is not None and moment <= instant:
            if moment > self.clock.now():
                self.clock.advance_to(moment)
                if each:
                    each(moment)
            self.settle()
        self.clock.advance_to(instant)
        self.settle()

    def _next_due(self) -> datetime | None:
        found = [moment for moment in (self._read(name, due.next_due) for name in self._owners()) if moment]
        return min(found) if found else None

    def _owners(self) -> list[tuple[str, str]]:
        return [(component.name, district) for component in self.components for district in self.cell.districts]

    def _read(self, owner: tuple[str, str], query: Callable[..., Any]) -> Any:
        with self.runtime.databases.look(*owner) as connection:
            return query(connection)

    def _quiet(self) -> bool:
        if self._moving or self._told or not self.broker.idle():
            return False
        consumers = [e for c in self.containers.values() for e in c.extensions if isinstance(e, InboxConsumer)]
        if any(consumer.busy for consumer in consumers):
            return False
        return not any(self._read(owner, outbox.pending) for owner in self._owners())

    def _poll_once(self, deadline: float) -> None:
        """Every poller does a whole round that finds nothing."""
        pollers = [
            e.poller
            for c in self.containers.values()
            for e in c.extensions
            if isinstance(e, (DueWork, Effects)) and e.poller is not None
        ]
        wanted = {poller: poller.completed + (2 if poller.busy else 1) for poller in pollers}
        self.runtime.work_bell.ring()
        self._wait_for(
            lambda: all(poller.completed >= rounds and not poller.found for poller, rounds in wanted.items()), deadline
        )

    def _wait_for(self, condition: Callable[[], bool], deadline: float) -> None:
        while not condition():
            if monotonic() > deadline:
                raise TimeoutError("the cell did not settle")
            eventlet.sleep(0.005)

    def _wake_relay(self, owner: Owner | None) -> None:
        if owner is not None:
            self._told.add(owner)
        if not self._relay_bell.ready():
            self._relay_bell.send(None)

    def _run_relay(self) -> None:
        """What rang is moved at once; once a second everybody is looked at."""
        swept = monotonic()
        while True:
            self._relay_bell = GreenEvent()
            self._moving = True
            told, self._told = self._told, set()
            try:
                if monotonic() - swept >= 1.0:
                    self.relay.round()
                    swept = monotonic()
                for component, district in told:
                    if self.relay.move(district, component):
                        self._told.add((component, district))
            except (BrokerAway, SQLAlchemyError) as error:
                # its disk is full: the rows wait in their outboxes, and the next sweep finds them
                log.error("broker_away", error=type(error).__name__)
                self._told = set()
            self._moving = False
            if self._told:
                eventlet.sleep(0)
                continue
            with eventlet.Timeout(1.0, False):
                self._relay_bell.wait()
