"""Celery doing what we do: one committed row per event. Quorum queue, late acknowledgement, persistent messages.

send: URL COUNT PADDING
Run with: celery -A celery_peer worker -P POOL -c N   (environment: PEER_AMQP_URL, PEER_DSN)
"""

import os
import sys
import uuid

import psycopg2.pool
from celery import Celery
from kombu import Exchange, Queue

app = Celery("peer", broker=os.environ["PEER_AMQP_URL"])
app.conf.update(
    task_queues=[
        Queue("celery_peer", Exchange("celery_peer"), "celery_peer", queue_arguments={"x-queue-type": "quorum"})
    ],
    task_default_queue="celery_peer",
    task_default_exchange="celery_peer",
    task_default_routing_key="celery_peer",
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    worker_enable_remote_control=False,
    broker_transport_options={"confirm_publish": True},
    worker_detect_quorum_queues=True,
)
_pool = None


@app.task(name="celery_peer.recorded")
def recorded(event_id, student_id, padding):
    global _pool
    if _pool is None:
        _pool = psycopg2.pool.ThreadedConnectionPool(8 if os.environ.get("PEER_POOL") == "threads" else 1, 8, os.environ["PEER_DSN"])
    connection = _pool.getconn()
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO peer_effect (event_id, student_id) VALUES (%s, %s)", (event_id, student_id))
        connection.commit()
    finally:
        _pool.putconn(connection)


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        recorded.delay(str(uuid.uuid4()), f"s-{number}", sys.argv[2])
