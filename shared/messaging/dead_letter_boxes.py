"""Where a cell's dead letters lie: RabbitMQ's queues (by pika), or the embedded broker's file."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty
from typing import Any

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker, NackError, UnroutableError

from shared.errors import HomeroomError
from shared.messaging import topology
from shared.messaging.dead_letters import DeadLetter, DeadLetterBox, read
from shared.messaging.envelope import CONTENT_TYPE
from shared.tenancy.cell import Cell

MOST = 20_000  # letters taken out at a time: bounds memory
_PERSISTENT = 2


def open_box(cell: Cell, services: Sequence[str]) -> DeadLetterBox:
    """The cell's dead letters of those services and of the relay (HomeroomError when they cannot be had)."""
    owners = (*services, topology.RELAY_DEAD)
    return EmbeddedBox(cell, owners) if cell.embedded else RabbitBox(cell, owners)


class RabbitBox:
    """Takes letters without acknowledging them; closing the connection gives them back."""

    def __init__(self, cell: Cell, services: Sequence[str]) -> None:
        self._cell = cell
        self._services = services
        parameters = pika.URLParameters(cell.broker)
        parameters.connection_attempts = 1
        parameters.blocked_connection_timeout = parameters.socket_timeout = parameters.stack_timeout = 10
        try:
            self._connection = pika.BlockingConnection(parameters)
        except (AMQPError, OSError) as error:
            raise HomeroomError("dlq.broker_away", f"the broker does not answer ({type(error).__name__})",
                                "start it, or correct the cell file") from None  # fmt: skip
        self._taking = self._connection.channel()
        self._publishing = self._connection.channel()
        self._publishing.confirm_delivery()

    def letters(self) -> list[DeadLetter]:
        found: list[DeadLetter] = []
        for service in self._services:
            queue = topology.dead_queue_name(service)
            for _ in range(min(self._depth(queue), MOST - len(found))):
                method, properties, body = self._taking.basic_get(queue)
                if method is None:
                    break
                headers: dict[str, Any] = dict(properties.headers or {})
                found.append(
                    read(service, body or b"", headers, districts=self._cell.districts, tag=method.delivery_tag)
                )
        return found

    def publish(self, exchange: str, routing_key: str, letter: DeadLetter) -> None:
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE,
            delivery_mode=_PERSISTENT,
            message_id=letter.event_id,
            headers={"district": letter.district},
        )
        try:
            self._publishing.basic_publish(exchange, routing_key, letter.body, properties, mandatory=True)
        except (UnroutableError, NackError, AMQPError) as error:
            raise HomeroomError("dlq.not_taken", f"{letter.id}: the broker did not take it ({type(error).__name__})",
                                "start the service once, so that its queues exist", where=routing_key) from None  # fmt: skip

    def drop(self, letter: DeadLetter) -> None:
        self._taking.basic_ack(letter.tag)

    def close(self) -> None:
        self._connection.close()

    def _depth(self, queue: str) -> int:
        """A queue that nobody has declared yet holds nothing."""
        channel = self._connection.channel()
        try:
            count = int(channel.queue_declare(queue, passive=True).method.message_count)
        except ChannelClosedByBroker:
            return 0
        channel.close()
        return count


class EmbeddedBox:
    """Opens the broker's file, which only one process may: HomeroomError while the cell runs."""

    def __init__(self, cell: Cell, services: Sequence[str]) -> None:
        from shared.messaging.embedded import EmbeddedBroker

        path = cell.state_dir / "broker.sqlite"
        if not path.exists():
            raise HomeroomError("dlq.no_broker", "there is no embedded broker here yet", "run the cell once", str(path))
        self._cell = cell
        self._services = services
        self._broker = EmbeddedBroker(path, durability=cell.durability)

    def letters(self) -> list[DeadLetter]:
        found: list[DeadLetter] = []
        for service in self._services:
            try:
                while len(found) < MOST:
                    message = self._broker.get(topology.dead_queue_name(service))
                    found.append(
                        read(service, message.body, message.headers, districts=self._cell.districts, tag=message.id)
                    )
            except Empty:
                continue
        return found

    def publish(self, exchange: str, routing_key: str, letter: DeadLetter) -> None:
        if self._broker.publish([(exchange, routing_key, {"district": letter.district}, letter.body)]):
            raise HomeroomError("dlq.not_taken", f"{letter.id}: no such queue", "run the cell once", where=routing_key)

    def drop(self, letter: DeadLetter) -> None:
        self._broker.acknowledge([letter.tag])

    def close(self) -> None:
        """What was not dropped is still in the file."""
        self._broker.close()
