"""A worker: one service's nameko container for one cell.

`run` is called in a process that was patched by eventlet before anything else was imported (`shared.launcher.green`).
SIGTERM drains: what is being handled is finished and acknowledged. A container that dies takes the process with it,
and the supervisor starts another.
"""

from __future__ import annotations

import signal
from typing import Any

import eventlet
import sqlalchemy as sa
import structlog
from eventlet import wsgi
from eventlet.event import Event as GreenEvent
from nameko.containers import ServiceContainer

from shared.launcher.collector import calm_collector
from shared.launcher.components import Component
from shared.launcher.probes import probe_app
from shared.messaging.entrypoint import InboxConsumer
from shared.messaging.runtime import Runtime
from shared.observability.health import Health
from shared.observability.supervisor import Watchdog, notify

log = structlog.get_logger(__name__)
STALL = 60.0  # seconds without the hub coming round


def run(
    runtime: Runtime,
    component: Component,
    *,
    health_host: str = "127.0.0.1",
    health_port: int | None = None,
    settings: Any = None,
) -> None:
    """Until SIGTERM or SIGINT."""
    assert component.service is not None
    container = ServiceContainer(
        component.load(component.service), {"runtime": runtime, "max_workers": 20, **(settings or {})}
    )
    health = _health(runtime, component, container)
    stopping = GreenEvent()

    def stop(*_: Any) -> None:
        health.drain()
        if not stopping.ready():
            stopping.send(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if health_port is not None:
        listener = eventlet.listen((health_host, health_port))
        eventlet.spawn(wsgi.server, listener, probe_app(health), log_output=False)
    eventlet.spawn(_beat, health)
    container.start()
    calm_collector()
    # Also while the broker is away: waiting for it is our business, not a failed start.
    notify("READY=1")
    log.info("worker_started", service=component.name)
    watcher = eventlet.spawn(container.wait)
    watcher.link(lambda _: stop())
    stopping.wait()
    notify("STOPPING=1")
    container.stop()
    runtime.databases.dispose()
    log.info("worker_stopped", service=component.name)
    watcher.wait()  # raises what killed the container


def _beat(health: Health) -> None:
    watchdog = Watchdog()
    while True:
        health.beat()
        watchdog.beat()
        eventlet.sleep(1.0)


def _health(runtime: Runtime, component: Component, container: ServiceContainer) -> Health:
    health = Health(component.name, stall_after=STALL)

    def database() -> None:
        for district in runtime.cell.districts:
            with runtime.databases.transaction(component.name, district) as connection:
                connection.execute(sa.text("SELECT 1"))

    def broker() -> None:
        consumers = [e for e in container.extensions if isinstance(e, InboxConsumer)]
        if not all(consumer.connected for consumer in consumers):
            raise ConnectionError("a lane is not connected")

    health.add("database", database)
    health.add("broker", broker)
    return health
