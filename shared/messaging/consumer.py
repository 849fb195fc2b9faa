"""One lane of one service: reads its queue in batches, gives them to the inbox, acknowledges them together.

The reader and the handler are two green threads, so that heartbeats and frames are read while a batch is being handled.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import eventlet
import structlog
from amqp.exceptions import AMQPError
from eventlet.event import Event as GreenEvent
from kombu import Connection, Consumer
from kombu.exceptions import KombuError

from shared.clock import monotonic
from shared.contracts import Lane
from shared.messaging import embedded, topology
from shared.messaging.inbox import Delivery, Stopping
from shared.messaging.runtime import Runtime

if TYPE_CHECKING:
    from shared.messaging.inbox import Inbox

log = structlog.get_logger(__name__)
BROKER_ERRORS = (OSError, AMQPError, KombuError)
BATCH = {Lane.URGENT: 20, Lane.NORMAL: 200, Lane.BULK: 200}
BATCH_BYTES = 1_000_000  # a page of guardians is one event: few of them are a transaction's worth
LINGER = 0.005  # seconds to wait for more once something is there
HEARTBEAT = 60
RECONNECT = (0.2, 0.5, 1.0, 2.0, 5.0)


class LaneConsumer:
    """Runs until stopped; survives a broker that goes away and comes back."""

    inbox: Inbox

    def __init__(
        self,
        runtime: Runtime,
        service: str,
        lane: Lane,
        *,
        types: Iterable[str],
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        settings = settings or {}
        self.runtime = runtime
        self.service = service
        self.lane = lane
        self.batch = int(settings.get("batch", BATCH[lane]))
        self.heartbeat = int(settings.get("heartbeat", HEARTBEAT))
        self._queue = topology.queue(service, lane, types)
        self._waiting: deque[Any] = deque()
        self._arrived = GreenEvent()
        self._stopped = GreenEvent()
        self._finished = GreenEvent()
        self._handling = False
        self._reader: Any = None
        self.connected = False

    @property
    def busy(self) -> bool:
        return self._handling or bool(self._waiting)

    def run(self) -> None:
        """Consume until `stop`; connection failures are waited out, never raised."""
        failures = 0
        try:
            while not self._stopped.ready():
                try:
                    self._consume()
                    failures = 0
                except Stopping:
                    break
                except BROKER_ERRORS as error:
                    delay = RECONNECT[min(failures, len(RECONNECT) - 1)]
                    failures += 1
                    log.warning("broker_away", service=self.service, lane=self.lane, error=type(error).__name__)
                    self.pause(delay)
        finally:
            if not self._finished.ready():
                self._finished.send(None)

    def pause(self, seconds: float) -> bool:
        """Wait, unless told to stop; True if the time has passed without that."""
        with eventlet.Timeout(seconds, False):
            self._stopped.wait()
        return not self._stopped.ready()

    def stop(self) -> None:
        if not self._stopped.ready():
            self._stopped.send(None)
        self._wake()

    def wait(self) -> None:
        with eventlet.Timeout(30, False):
            self._finished.wait()

    def kill(self) -> None:
        """Stop without draining, as a killed process would."""
        if self._reader is not None:
            self._reader.kill()
        self.stop()

    def _connect(self) -> Connection:
        url = self.runtime.cell.broker
        if self.runtime.cell.embedded:
            return embedded.connection(self.runtime.cell)
        return Connection(url, heartbeat=self.heartbeat, connect_timeout=5)

    def _consume(self) -> None:
        with self._connect() as connection:
            connection.connect()
            _read_ahead(connection)
            channel = connection.channel()
            self._queue(channel).declare()
            topology.dead_queue(self.service)(channel).declare()
            self._waiting.clear()
            consumer = Consumer(
                channel,
                queues=[self._queue(channel)],
                on_message=self._on_message,
                prefetch_count=self.batch * 2,
                auto_declare=False,
            )
            consumer.consume()
            self.connected = True
            self._reader = eventlet.spawn(self._read, connection)
            try:
                self._handle_batches(channel)
            finally:
                self.connected = False
                self._reader.kill()
                self._reader = None
                self._waiting.clear()

    def _on_message(self, message: Any) -> None:
        self._waiting.append(message)
        self._wake()

    def _wake(self) -> None:
        if not self._arrived.ready():
            self._arrived.send(None)

    def _read(self, connection: Connection) -> None:
        """Take frames off the wire until it breaks; then let the handler know."""
        embedded_broker = self.runtime.cell.embedded
        beat = monotonic()
        try:
            while True:
                try:
                    connection.drain_events(timeout=1.0)
                except (TimeoutError, socket.timeout):  # noqa: UP041  kombu raises either
                    pass
                if not embedded_broker and monotonic() - beat > self.heartbeat / 4:
                    connection.heartbeat_check()
                    beat = monotonic()
        except BROKER_ERRORS as error:
            log.warning("broker_lost", service=self.service, lane=self.lane, error=type(error).__name__)
        finally:
            self._waiting.append(None)
            self._wake()

    def _handle_batches(self, channel: Any) -> None:
        while not self._stopped.ready():
            messages = self._next_batch()
            if messages is None:
                return  # the wire broke: what was not acknowledged comes again
            if messages:
                self._handle(channel, messages)

    def _next_batch(self) -> list[Any] | None:
        if not self._waiting:
            self._arrived = GreenEvent()
            if not self._waiting and not self._stopped.ready():
                self._arrived.wait()
        if len(self._waiting) < self.batch and self.lane is not Lane.URGENT:
            # in one process all that was published is here already; over a wire more may be on its way
            eventlet.sleep(0 if self.runtime.cell.embedded else LINGER)
        messages: list[Any] = []
        size = 0
        while self._waiting and len(messages) < self.batch and size < BATCH_BYTES:
            message = self._waiting.popleft()
            if message is None:
                return None
            messages.append(message)
            size += len(message.body)
        return messages

    def _handle(self, channel: Any, messages: list[Any]) -> None:
        self._handling = True
        try:
            deliveries = [
                Delivery(_body(message), message.delivery_tag, self.lane.value, _redelivered(message))
                for message in messages
            ]
            outcome = self.inbox.process(deliveries)
            for tag in outcome.reject:
                channel.basic_reject(tag, requeue=False)
            if outcome.reject:
                for tag in outcome.ack:
                    channel.basic_ack(tag)
            elif outcome.ack:
                channel.basic_ack(messages[-1].delivery_tag, multiple=True)
        finally:
            self._handling = False


READ_AHEAD = 16_384  # bytes


def _read_ahead(connection: Connection) -> None:
    """Let py-amqp take what has arrived in one call instead of nine a message (frame head, payload and end, thrice).

    Its `_read` keeps what is left over already; only the size it asks for is ours. Over TLS, where that buffer is not
    used, and on the embedded broker nothing is changed.
    """
    transport = getattr(connection.connection, "transport", None)
    sock = getattr(transport, "sock", None)
    if transport is not None and sock is not None and type(transport).__name__ == "TCPTransport":
        transport._quick_recv = lambda size: sock.recv(max(size, READ_AHEAD))


def _body(message: Any) -> bytes:
    body = message.body
    return body if isinstance(body, bytes) else bytes(body) if isinstance(body, memoryview) else str(body).encode()


def _redelivered(message: Any) -> int:
    return int((message.headers or {}).get("x-delivery-count") or 0)
