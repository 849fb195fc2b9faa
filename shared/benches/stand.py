"""A service for measuring: per event an inbox row, an effect row and an outbox row, as a real handler would leave."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from shared.clock import SystemClock
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event
from shared.messaging.tables import messaging_tables
from shared.messaging.uow import UnitOfWork
from shared.store import UtcDateTime, insert_rows

METADATA = sa.MetaData()
messaging_tables(METADATA)
EFFECT = sa.Table(
    "effect",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False, index=True, comment="not unique: a second effect must be seen"),
    sa.Column("student_id", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("produced_at", UtcDateTime, nullable=False),
    sa.Column("handled_at", UtcDateTime, nullable=False),
)
HEARD = "district.grade_recorded"
SAID = "notifications.contact_logged"
_CLOCK = SystemClock()


class BenchService:
    """Stands in for notifications, so that the real contracts and queues are what is measured."""

    name = "notifications"

    @on(HEARD)
    def grade_recorded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        handled_at = _CLOCK.now()
        rows = [
            {
                "event_id": event.id,
                "student_id": event.data["student_id"],
                "lane": event.lane.value,
                "produced_at": event.time,
                "handled_at": handled_at,
            }
            for event in events
        ]
        insert_rows(uow.connection, EFFECT, rows)
        for event in events:
            uow.emit(
                SAID,
                {
                    "contact_id": event.id,
                    "student_id": event.data["student_id"],
                    "guardian_id": "g-bench",
                    "mode": "email",
                    "kind": "info",
                    "personal": False,
                    "live": False,
                    "at": handled_at,
                },
                cause=event,
            )
