"""Open offers of one guardian."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import OFFER


def open_of_guardian(connection: sa.Connection, guardian_id: str) -> list[Any]:
    query = sa.select(OFFER).where(OFFER.c.guardian_id == guardian_id, OFFER.c.state == "open")
    return list(connection.execute(query.order_by(OFFER.c.created_at, OFFER.c.offer_id)))
