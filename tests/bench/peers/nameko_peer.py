"""Stock nameko 2.14.1 doing what we do: one committed row per event. Quorum queue, its own defaults otherwise.

consume: AMQP_URL PG_DSN WORKERS [IN_DOUBT]      a service with `event_handler` (durable, quorum queue)
dispatch: AMQP_URL COUNT PADDING                 the standalone dispatcher, with its default confirms
produce: AMQP_URL SECONDS PADDING OUT            dispatch until killed, writing each id that was accepted to OUT
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import logging  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402

import psycopg2.pool  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.events import SERVICE_POOL, EventHandler  # noqa: E402
from nameko.standalone.events import event_dispatcher  # noqa: E402

logging.basicConfig(level=logging.ERROR)


class QuorumHandler(EventHandler):
    """The only change: the queue type, which stock nameko has no option for."""

    def setup(self):
        super().setup()
        self.queue.queue_arguments = {"x-queue-type": "quorum"}


handler = QuorumHandler.decorator


class PeerService:
    name = "peer"
    pool = None

    @handler("producer", "recorded", handler_type=SERVICE_POOL)
    def recorded(self, payload):
        connection = self.pool.getconn()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO peer_effect (event_id, student_id) VALUES (%s, %s)",
                    (payload["id"], payload["student_id"]),
                )
            connection.commit()
        finally:
            self.pool.putconn(connection, close=connection.closed)


def consume(url, dsn, workers):
    workers = int(workers)
    PeerService.pool = psycopg2.pool.ThreadedConnectionPool(workers, workers, dsn)  # keeps as many as it opens
    container = ServiceContainer(PeerService, {"AMQP_URI": url, "max_workers": workers})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    container.start()
    container.wait()


def dispatch(url, count, padding):
    send = event_dispatcher({"AMQP_URI": url})
    started = time.monotonic()
    for number in range(int(count)):
        send("producer", "recorded", {"id": str(uuid.uuid4()), "student_id": f"s-{number}", "padding": padding})
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds}))


def produce(url, padding, out):
    send = event_dispatcher({"AMQP_URI": url})
    number = 0
    with open(out, "a", buffering=1) as accepted:
        while True:
            number += 1
            identity = str(uuid.uuid4())
            try:
                send("producer", "recorded", {"id": identity, "student_id": f"s-{number}", "padding": padding})
            except Exception:  # not accepted: a stock caller would see the error
                time.sleep(0.5)
                continue
            accepted.write(identity + "\n")
            time.sleep(0.005)


if __name__ == "__main__":
    {"consume": consume, "dispatch": dispatch, "produce": produce}[sys.argv[1]](*sys.argv[2:])
