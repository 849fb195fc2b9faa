"""A guardian reads on their own page: what is shown there has been opened, whatever way brought them."""

from __future__ import annotations

from datetime import timedelta

from services.notifications.domain.inbound import Told
from services.notifications.handlers import paper, receipts
from services.notifications.ports import Ports
from services.notifications.store import ladder
from shared.messaging.uow import UnitOfWork

SHOWN = timedelta(days=60)
MOST = 30  # messages on the page


def read_page(uow: UnitOfWork, ports: Ports, guardian_id: str) -> int:
    """Everything on the page that was not opened yet is now; returns how much that is. What may not be shown is not."""
    rows = ladder.unopened_of(uow.connection, guardian_id, since=uow.now - SHOWN, limit=MOST)
    refused = paper.refusals(uow, [row["delivery_id"] for row in rows])
    words = [
        Told(
            channel=row["channel"] or "letter",
            key=f"page:{row['delivery_id']}",
            state="opened",
            at=uow.now,
            delivery_id=row["delivery_id"],
            how="read",
        )
        for row in rows
        if row["delivery_id"] not in refused
    ]
    return receipts.told(uow, ports, words) if words else 0
