"""Who has written by WhatsApp lately: to them words may go freely (Meta's 24-hour window)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from services.notifications.tables import REPLY
from shared.store import among


def wrote_since(connection: sa.Connection, guardian_ids: Iterable[str], since: datetime) -> set[str]:
    """Those of them whose last words by WhatsApp are no older."""
    query = sa.select(REPLY.c.guardian_id).where(
        among(REPLY.c.guardian_id, guardian_ids), REPLY.c.channel == "whatsapp", REPLY.c.received_at > since
    )
    return set(connection.execute(query).scalars())
