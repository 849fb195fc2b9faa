"""`homeroom why`: ids, states and reasons; no name, no address, no text."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.notifications.domain.story import story
from services.notifications.store import messages

SHOWN = (
    "delivery_id", "message_id", "recipient_id", "state", "reason", "basis", "way", "channel", "provider", "language",
    "due_at", "sent_at", "delivered_at", "opened_at",
)  # fmt: skip
MOST = 1_000


def explain(connection: sa.Connection, wanted: str) -> list[dict[str, Any]]:
    """Deliveries of that id (their own or their message's, the first thousand), each with its trace in order."""
    one = messages.delivery(connection, wanted)
    rows = [one] if one is not None else messages.of_message(connection, wanted)[:MOST]
    traces = messages.traces(connection, (row["delivery_id"] for row in rows))
    return [
        {name: _plain(row[name]) for name in SHOWN}
        | {
            "trace": [
                {"at": step.at.isoformat(), "what": step.what, "detail": step.detail}
                for step in story(row, traces.get(row["delivery_id"], ()))
            ]
        }
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
