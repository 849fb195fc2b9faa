"""The embedded broker: a durable kombu transport for one process, so that a school needs no server to begin.

Stock `memory://` polls once a second, mixes virtual hosts, ignores `mandatory` and dead letters and forgets everything
with the process. This one keeps every message in SQLite until it is acknowledged, wakes consumers at once, keeps a
state per virtual host, restores what was not acknowledged with `x-delivery-count` as a quorum queue does, dead-letters
what is rejected or redelivered too often, and reports what nobody is bound to.

It lives in eventlet's hub: one process, green threads. Only that process may open the file.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from queue import Empty
from typing import Any

import eventlet
from eventlet.event import Event as GreenEvent
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES, virtual

from shared.messaging.embedded_store import MessageStore, StoreFailed
from shared.tenancy.cell import Cell, Durability

SCHEME = "embedded"
BROKERS: dict[str, EmbeddedBroker] = {}


@dataclass(slots=True)
class Message:
    """A message in a queue; `id` is its row and, to consumers, its delivery tag."""

    id: int
    queue: str
    exchange: str
    routing_key: str
    headers: Mapping[str, Any]
    body: bytes
    deliveries: int = 0


@dataclass
class _Queue:
    arguments: Mapping[str, Any]
    ready: deque[Message] = field(default_factory=deque)


class EmbeddedBroker:
    """Exchanges, queues and messages of one virtual host."""

    def __init__(self, path: Path, *, durability: Durability = Durability.POWER) -> None:
        self._store = MessageStore(path, durability)
        self._exchanges: dict[str, str] = {}
        self._queues: dict[str, _Queue] = {}
        self._bindings: dict[str, list[tuple[str, str]]] = {}
        self._routes: dict[tuple[str, str], list[str]] = {}  # forgotten when a binding is added
        self._waiters: list[GreenEvent] = []
        self.unacknowledged: dict[int, Message] = {}
        for name, kind in self._store.exchanges():
            self._exchanges[name] = kind
        for name, arguments in self._store.queues():
            self._queues[name] = _Queue(arguments)
        for exchange, key, queue in self._store.bindings():
            self._bindings.setdefault(exchange, []).append((key, queue))
        for row in self._store.messages():
            message = Message(*row)
            self._queues[message.queue].ready.append(message)

    # -- topology

    def declare_exchange(self, name: str, kind: str) -> None:
        if name not in self._exchanges:
            self._store.add_exchange(name, kind)
            self._exchanges[name] = kind

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> None:
        if name not in self._queues:
            self._store.add_queue(name, arguments)
            self._queues[name] = _Queue(dict(arguments))

    def bind(self, queue: str, exchange: str, key: str) -> None:
        bound = self._bindings.setdefault(exchange, [])
        if (key, queue) not in bound:
            self._store.add_binding(exchange, key, queue)
            bound.append((key, queue))
            self._routes.clear()

    def has_queue(self, name: str) -> bool:
        return name in self._queues

    # -- messages

    def publish(self, messages: Sequence[tuple[str, str, Mapping[str, Any], bytes]]) -> list[int]:
        """Route and store `(exchange, routing_key, headers, body)`; committed when it returns (that is the confirm).

        Returns the positions of those that no queue is bound to.
        """
        rows: list[tuple[str, str, str, Mapping[str, Any], bytes, int]] = []
        unroutable = []
        for position, (exchange, key, headers, body) in enumerate(messages):
            queues = self._route(exchange, key)
            if not queues:
                unroutable.append(position)
            rows += [(queue, exchange, key, headers, body, 0) for queue in queues]
        self._add(rows)
        return unroutable

    def get(self, queue: str) -> Message:
        """The next message (Empty if there is none); it stays on disk until acknowledged."""
        known = self._queues.get(queue)
        if known is None or not known.ready:
            raise Empty
        message = known.ready.popleft()
        self.unacknowledged[message.id] = message
        return message

    def acknowledge(self, ids: Iterable[int]) -> None:
        gone = [message for id_ in ids if (message := self.unacknowledged.pop(id_, None)) is not None]
        self._store.delete([message.id for message in gone])
        if any(self._queues[queue].ready for queue in {message.queue for message in gone}):
            self._wake()  # a consumer that had all it may hold can take more

    def restore(self, ids: Iterable[int]) -> None:
        """Put back at the head, in order; what was given out too often is dead-lettered."""
        back = [message for id_ in sorted(ids) if (message := self.unacknowledged.pop(id_, None))]
        if not back:
            return
        with suppress(StoreFailed):  # a count that is too low is no reason to keep the messages back
            self._store.count_delivery([message.id for message in back])
        for message in reversed(back):
            message.deliveries += 1
            limit = self._queues[message.queue].arguments.get("x-delivery-limit")
            if limit is not None and message.deliveries > int(limit):
                self._dead_letter(message, "delivery_limit")
            else:
                self._queues[message.queue].ready.appendleft(message)
        self._wake()

    def reject(self, id_: int) -> None:
        message = self.unacknowledged.pop(id_, None)
        if message is not None:
            self._dead_letter(message, "rejected")

    def size(self, queue: str) -> int:
        return len(self._queues[queue].ready) if queue in self._queues else 0

    def purge(self, queue: str) -> int:
        ready = self._queues[queue].ready
        self._store.delete([message.id for message in ready])
        count = len(ready)
        ready.clear()
        return count

    def idle(self) -> bool:
        """No message waits in a lane or is being handled (dead letters wait for a person)."""
        waiting = any(q.ready for name, q in self._queues.items() if not name.endswith(".dead"))
        return not waiting and not self.unacknowledged

    def wait(self, timeout: float | None) -> None:
        """Until something arrives anywhere, or the time is up."""
        waiter = GreenEvent()
        self._waiters.append(waiter)
        try:
            with eventlet.Timeout(timeout, False):
                waiter.wait()
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def close(self) -> None:
        self._store.close()

    def _route(self, exchange: str, key: str) -> list[str]:
        if not exchange:
            return [key] if key in self._queues else []
        known = self._routes.get((exchange, key))
        if known is None:
            known = self._routes[exchange, key] = self._bound_to(exchange, key)
        return known

    def _bound_to(self, exchange: str, key: str) -> list[str]:
        bound = self._bindings.get(exchange, ())
        if self._exchanges.get(exchange) == "topic":
            return list(dict.fromkeys(queue for pattern, queue in bound if _matches(pattern, key)))
        return [queue for pattern, queue in bound if pattern == key]

    def _add(self, rows: Sequence[tuple[str, str, str, Mapping[str, Any], bytes, int]]) -> None:
        if not rows:
            return
        first = self._store.add(rows)
        for offset, (queue, exchange, key, headers, body, deliveries) in enumerate(rows):
            message = Message(first + offset, queue, exchange, key, headers, body, deliveries)
            self._queues[queue].ready.append(message)
        self._wake()

    def _dead_letter(self, message: Message, reason: str) -> None:
        arguments = self._queues[message.queue].arguments
        exchange = arguments.get("x-dead-letter-exchange")
        key = arguments.get("x-dead-letter-routing-key", message.routing_key)
        death = [{"queue": message.queue, "reason": reason, "count": message.deliveries}]
        headers = {**message.headers, "x-death": death}
        if exchange is not None:
            self._add([(q, exchange, key, headers, message.body, 0) for q in self._route(exchange, key)])
        self._store.delete([message.id])

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.ready():
                waiter.send(None)


@lru_cache(maxsize=4096)
def _matches(pattern: str, key: str) -> bool:
    """AMQP topic match: `*` one word, `#` any number of words."""
    if "*" not in pattern and "#" not in pattern:
        return pattern == key
    parts = [{"*": r"[^.]+", "#": r".*"}.get(part, re.escape(part)) for part in pattern.split(".")]
    return re.fullmatch(r"\.".join(parts).replace(r"\..*", r"(\..*)?"), key) is not None


class _QoS(virtual.QoS):
    """Tags are row ids: one delete per acknowledged batch."""

    def ack(self, delivery_tag: int) -> None:
        self._delivered.pop(delivery_tag, None)
        self.channel.broker.acknowledge([delivery_tag])

    def ack_until(self, delivery_tag: int) -> None:
        tags = []
        for tag in self._delivered:
            tags.append(tag)
            if tag == delivery_tag:
                break
        for tag in tags:
            del self._delivered[tag]
        self.channel.broker.acknowledge(tags)

    def reject(self, delivery_tag: int, requeue: bool = False) -> None:
        self._delivered.pop(delivery_tag, None)
        if requeue:
            self.channel.broker.restore([delivery_tag])
        else:
            self.channel.broker.reject(delivery_tag)

    def restore_unacked(self) -> list[Any]:
        self.channel.broker.restore(list(self._delivered))
        self._delivered.clear()
        return []

    def restore_unacked_once(self, stderr: Any = None) -> None:
        self._on_collect.cancel()
        if not getattr(self._delivered, "restored", False):
            self.restore_unacked()


class _Channel(virtual.Channel):
    QoS = _QoS
    body_encoding = None

    @property
    def broker(self) -> EmbeddedBroker:
        found: EmbeddedBroker = self.connection.broker
        return found

    def exchange_declare(self, exchange: str, type: str = "direct", **_: Any) -> None:
        self.broker.declare_exchange(exchange, type)

    def _new_queue(self, queue: str, arguments: Mapping[str, Any] | None = None, **_: Any) -> None:
        self.broker.declare_queue(queue, arguments or {})

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return self.broker.has_queue(queue)

    def queue_bind(self, queue: str, exchange: str = "", routing_key: str = "", **_: Any) -> None:
        self.broker.bind(queue, exchange, routing_key)

    def basic_publish(self, message: dict[str, Any], exchange: str, routing_key: str, **_: Any) -> None:
        body = message["body"]
        raw = body if isinstance(body, bytes) else str(body).encode()
        self.broker.publish([(exchange, routing_key, message["headers"], raw)])

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        if multiple:
            self.qos.ack_until(delivery_tag)
        else:
            self.qos.ack(delivery_tag)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        message = self.broker.get(queue)
        headers = dict(message.headers)
        if message.deliveries:
            headers["x-delivery-count"] = message.deliveries
        return {
            "body": message.body,
            "headers": headers,
            "content-type": None,
            "content-encoding": "binary",
            "properties": {
                "delivery_tag": message.id,
                "content_type": None,
                "body_encoding": None,
                "delivery_info": {"exchange": message.exchange, "routing_key": message.routing_key},
            },
        }

    def _size(self, queue: str) -> int:
        return self.broker.size(queue)

    def _purge(self, queue: str) -> int:
        return self.broker.purge(queue)


class Transport(virtual.Transport):
    """`embedded://localhost/<virtual host>`; the broker itself is opened with `open_broker`."""

    Channel = _Channel
    driver_type = driver_name = SCHEME

    def __init__(self, client: Connection, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        try:
            self.broker = BROKERS[client.virtual_host]
        except KeyError:
            raise OSError(f"no embedded broker is open for virtual host {client.virtual_host}") from None

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        try:
            self.cycle.get(self._deliver, timeout=timeout)
        except Empty:
            self.broker.wait(timeout)
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                raise socket.timeout from None  # noqa: UP041  what kombu's callers expect
        else:
            # a full queue must not keep the hub from everyone else
            self._since_yield = getattr(self, "_since_yield", 0) + 1
            if self._since_yield % 100 == 0:
                eventlet.sleep(0)


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def open_broker(cell: Cell) -> EmbeddedBroker:
    """Open (once per process) the cell's broker file."""
    if cell.name not in BROKERS:
        cell.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        BROKERS[cell.name] = EmbeddedBroker(cell.state_dir / "broker.sqlite", durability=cell.durability)
    return BROKERS[cell.name]


def close_broker(cell: Cell) -> None:
    broker = BROKERS.pop(cell.name, None)
    if broker is not None:
        broker.close()


def connection(cell: Cell) -> Connection:
    """A kombu connection to the cell's embedded broker."""
    open_broker(cell)
    return Connection(f"{SCHEME}://localhost/{cell.name}")


__all__ = ["BROKERS", "EmbeddedBroker", "Message", "Transport", "close_broker", "connection", "open_broker"]
