"""Exchanges, queues and bindings, declared alike by whoever comes first.

One topic exchange; per service and lane a quorum queue bound to `<lane>.<type>` of what the service hears; one
dead-letter exchange with a queue per service. Dead-lettering is at least once, which wants `reject-publish`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kombu import Exchange, Queue

from shared.contracts import Lane

EXCHANGE = "homeroom.events"
DEAD_EXCHANGE = "homeroom.dead"
RELAY_DEAD = "relay"  # where the relay puts what nobody is bound to
DELIVERY_LIMIT = 20  # the broker's backstop; `inbox` finds a worker-killing event after three
NEVER = 1_000_000_000  # in place of no limit: RabbitMQ 3 knows no -1

events = Exchange(EXCHANGE, type="topic", durable=True)
dead = Exchange(DEAD_EXCHANGE, type="direct", durable=True)


def queue_name(service: str, lane: Lane) -> str:
    return f"{service}.{lane.value}"


def dead_queue_name(service: str) -> str:
    return f"{service}.dead"


def queue(service: str, lane: Lane, types: Iterable[str], *, limit: int = DELIVERY_LIMIT) -> Queue:
    """The queue of one service and lane, with its bindings.

    Every lane is bound to every type heard: the sender, not the receiver, decides how urgent an event is.
    """
    from kombu import binding

    return Queue(
        queue_name(service, lane),
        durable=True,
        bindings=[binding(events, routing_key=f"{lane.value}.{type_}") for type_ in sorted(types)],
        queue_arguments={
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": DEAD_EXCHANGE,
            "x-dead-letter-routing-key": service,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-delivery-limit": limit,
        },
    )


def dead_queue(service: str) -> Queue:
    """Where a service's dead letters wait for a person."""
    return Queue(
        dead_queue_name(service),
        exchange=dead,
        routing_key=service,
        durable=True,
        # RabbitMQ 4 drops after 20 by default, and every look by `homeroom dlq` is a delivery
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": NEVER},
    )
