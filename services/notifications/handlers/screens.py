"""What WhatsApp and push want of a delivery beyond its text: the window, the template's slots, the page it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.notifications.channels.port import Outgoing
from services.notifications.domain.wording import fill
from services.notifications.handlers import grounds, rendering
from services.notifications.ports import Ports
from services.notifications.store import whatsapp
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]
Batch = Sequence[tuple[Row, Outgoing]]
WINDOW = timedelta(hours=24)  # after a person's words a business may write freely (Meta, "Customer service windows")
MARGIN = timedelta(minutes=5)  # for the time a batch takes, and for clocks that differ


def for_whatsapp(uow: UnitOfWork, ports: Ports, batch: Batch, facts: grounds.Ground) -> list[tuple[Row, Outgoing]]:
    """With whether the window is open, and what an approved template may have in its slots."""
    lately = whatsapp.wrote_since(uow.connection, {row["recipient_id"] for row, _ in batch}, uow.now - WINDOW + MARGIN)
    dressed = []
    for row, letter in linked(uow, ports, batch):
        key = facts.messages[row["message_id"]]["catalogue_key"] or letter.content.key
        extras = {**letter.extras, "window_open": row["recipient_id"] in lately, "template": key}
        dressed.append((row, replace(letter, extras=extras, values={**_slots(row, letter, facts), **letter.values})))
    return dressed


def _slots(row: Row, letter: Outgoing, facts: grounds.Ground) -> dict[str, str]:
    """The person's own params as their language writes them."""
    params, zone = row["params"] or {}, facts.zone(row)
    named = [name for name, value in params.items() if isinstance(value, str | dict)]
    return {name: fill(f"{{{name}}}", params, language=letter.language, zone=zone) for name in named}


def linked(uow: UnitOfWork, ports: Ports, batch: Batch) -> list[tuple[Row, Outgoing]]:
    """With the guardian's own page, where there is no link yet."""
    return [
        (row, letter if letter.link or row["recipient_kind"] != "guardian" else replace(letter, link=_page(uow, ports, row)))
        for row, letter in batch
    ]


def _page(uow: UnitOfWork, ports: Ports, row: Row) -> str:
    return rendering.inbox_link(uow, ports, row["recipient_id"], row["language"])
