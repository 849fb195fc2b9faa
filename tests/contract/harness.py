"""One way to talk to both brokers: emit, publish raw bodies, read effects and dead letters, wait on conditions."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import eventlet
import psycopg
import sqlalchemy as sa
import yaml
from hearers import COMPONENTS, ENROLLED, HEARERS, FastClock
from kombu import Connection

from shared.benches.cell import create_tables
from shared.benches.stand import EFFECT
from shared.clock import monotonic
from shared.contracts import Lane, latest
from shared.launcher.embedded import EmbeddedCell
from shared.launcher.process import build_runtime
from shared.launcher.topology import declare
from shared.messaging import topology
from shared.messaging.dead_letter_boxes import RabbitBox
from shared.messaging.dead_letters import DeadLetter, read
from shared.messaging.outbox import Outgoing, pending
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.relay import BrokerAway
from shared.messaging.runtime import Runtime
from shared.messaging.tables import OUTBOX, PARKED
from shared.tenancy import provision as provisioning
from shared.tenancy.cell import embedded_cell, load_cell
from shared.tenancy.database import database_name, role_name

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SERVICES = [component.name for component in HEARERS]


def enrolment(student: str, name: str = "Someone") -> dict[str, Any]:
    declared = latest(ENROLLED)
    return {**declared.load(declared.sample), "student_id": student, "name": {"given_name": name, "family_name": "Canary"}}


def emit_enrolments(
    runtime: Runtime, district: str, students: Sequence[str], *, name: str = "Someone", lane: Lane | None = None, **more: Any
) -> list[str]:
    with runtime.unit_of_work("directory", district) as uow:
        return [uow.emit(ENROLLED, enrolment(student, name), lane=lane, **more) for student in students]


def embedded(folder: Path) -> EmbeddedCell:
    cell = embedded_cell(folder, ("contract",), name=f"contract-{secrets.token_hex(3)}")
    made = EmbeddedCell(
        cell,
        build_runtime(cell).vault,
        clock=FastClock(),
        components=COMPONENTS,
        services=HEARERS,
        upgrade=create_tables,
    )
    made.start()
    return made


class Harness:
    """A running cell with two services."""

    runtime: Runtime
    district: str

    def pause(self, seconds: float) -> None:
        raise NotImplementedError

    def dead(self, service: str) -> list[DeadLetter]:
        raise NotImplementedError

    def publish(self, exchange: str, key: str, body: bytes, event_id: str = "raw") -> None:
        raise NotImplementedError

    def emit(self, *students: str, **more: Any) -> list[str]:
        return emit_enrolments(self.runtime, self.district, students, **more)

    def effects(self, service: str, ids: Sequence[str]) -> Counter[str]:
        query = sa.select(EFFECT.c.event_id).where(EFFECT.c.event_id.in_(ids))
        return Counter(self._scalars(service, query))

    def order(self, service: str, ids: Sequence[str]) -> list[str]:
        return self._scalars(service, sa.select(EFFECT.c.event_id).where(EFFECT.c.event_id.in_(ids)).order_by(EFFECT.c.id))

    def parked(self, service: str) -> list[str]:
        return self._scalars(service, sa.select(PARKED.c.event_id))

    def outbox(self, component: str) -> int:
        with self.runtime.databases.transaction(component, self.district) as connection:
            return pending(connection)

    def outbox_bodies(self, component: str) -> list[bytes]:
        return [bytes(body) for body in self._scalars(component, sa.select(OUTBOX.c.body))]

    def until(self, condition: Callable[[], Any], seconds: float = 40.0) -> Any:
        deadline = monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if monotonic() > deadline:
                raise TimeoutError("the condition did not come true in time")
            self.pause(0.03)

    def until_dead(self, service: str, event_id: str, seconds: float = 40.0) -> DeadLetter:
        found: DeadLetter = self.until(
            lambda: next((letter for letter in self.dead(service) if letter.event_id == event_id), None),
            seconds,
        )
        return found

    def _scalars(self, component: str, query: Any) -> list[Any]:
        with self.runtime.databases.transaction(component, self.district) as connection:
            return list(connection.execute(query).scalars())


class EmbeddedHarness(Harness):
    def __init__(self, made: EmbeddedCell) -> None:
        self.made = made
        self.runtime = made.runtime
        self.district = made.cell.districts[0]

    def pause(self, seconds: float) -> None:
        eventlet.sleep(seconds)

    def dead(self, service: str) -> list[DeadLetter]:
        messages = self.made.broker._queues[topology.dead_queue_name(service)].ready
        return [read(service, m.body, m.headers, districts=self.made.cell.districts) for m in messages]

    def publish(self, exchange: str, key: str, body: bytes, event_id: str = "raw") -> None:
        self.made.broker.publish([(exchange, key, {}, body)])


class RabbitHarness(Harness):
    def __init__(self, runtime: Runtime, file: Path, environment: dict[str, str]) -> None:
        self.runtime = runtime
        self.district = runtime.cell.districts[0]
        self.file = file
        self.environment = environment
        self.log = file.parent / "log"  # of all children
        self.children: list[subprocess.Popen[bytes]] = []  # ended with the session
        self._publisher = PikaPublisher(runtime.cell.broker)

    def pause(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def dead(self, service: str) -> list[DeadLetter]:
        box = RabbitBox(self.runtime.cell, [service])
        try:
            return box.letters()
        finally:
            box.close()

    def publish(self, exchange: str, key: str, body: bytes, event_id: str = "raw") -> None:
        row = Outgoing(1, exchange, key, event_id, {}, body)
        try:
            published = self._publisher.publish([row])
        except BrokerAway:  # an earlier test has killed the broker under this connection
            published = self._publisher.publish([row])
        assert published.confirmed == [1]

    def start(self, script: str, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        """A child of the suite's: `worker_child.py SERVICE` or `relay_child.py`."""
        with (log or self.log).open("ab") as out:
            command = [sys.executable, "-W", "ignore", str(HERE / script), str(self.file), *arguments]
            return subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)

    def adopt(self, children: Iterable[subprocess.Popen[bytes]]) -> None:
        """End these with the session."""
        self.children += children

    def queue_depth(self, name: str) -> int:
        with Connection(self.runtime.cell.broker) as connection, connection.channel() as channel:
            return int(channel.queue_declare(name, passive=True).message_count)


def end(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, then wait; its exit code."""
    process.terminate()
    try:
        return process.wait(timeout=35)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextmanager
def rabbit_harness(amqp: str, pg: str, folder: Path) -> Iterator[RabbitHarness]:
    """A cell on that vhost with a database of its own; nothing runs in it yet."""
    district = f"t{secrets.token_hex(4)}"
    made = {
        name: secrets.token_hex(32) for name in ("HOMEROOM_MASTER_KEY", "HOMEROOM_LINK_KEY", "HOMEROOM_DB_PASSWORD_SEED")
    }
    content = {
        "cell": district,
        "broker": amqp,
        "database": urlunsplit(urlsplit(pg)._replace(path="")),
        "state_dir": str(folder),
        "districts": [district],
    }
    file = folder / "cell.yaml"
    file.write_text(yaml.safe_dump(content))
    before = {name: os.environ.get(name) for name in made}
    os.environ.update(made)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    runtime = build_runtime(load_cell(file), clock=FastClock())
    try:
        provisioning.provision(runtime.cell, runtime.databases, COMPONENTS, upgrade=create_tables)
        for component in [*COMPONENTS]:  # engines are made while the seed is in the environment
            runtime.databases.engine(component.name, district)
        declare(Connection(amqp), SERVICES)
        yield RabbitHarness(runtime, file, environment)
    finally:
        runtime.databases.dispose()
        drop_district(pg, district, [*(c.name for c in COMPONENTS), provisioning.RELAY])
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def drop_district(admin: str, district: str, components: Sequence[str]) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database_name(district)}" WITH (FORCE)')
        for component in components:
            connection.execute(f'DROP ROLE IF EXISTS "{role_name(district, component)}"')
