"""Browsers that a family has switched on: kept, switched off, and forgotten when their service says they are gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.channels.push import GONE, WebPush, address_of, allowed
from services.notifications.handlers.delivering import Transaction
from services.notifications.ports import Ports
from services.notifications.store import push
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

MOST = 10  # browsers of one guardian; the oldest makes room


def key_of(ports: Ports) -> str | None:
    """What a browser subscribes with; None where this cell pushes nothing."""
    account = _account(ports)
    return account.public_key if account is not None else None


def _account(ports: Ports) -> WebPush | None:
    return next((one for one in ports.accounts.get("push", {}).values() if isinstance(one, WebPush)), None)


def subscribe(uow: UnitOfWork, ports: Ports, guardian_id: str, subscription: Mapping[str, Any]) -> bool:
    """Keep a browser; False where its push service is none we call."""
    account = _account(ports)
    endpoint = str(subscription["endpoint"])
    if account is None or not allowed(endpoint, plain=account.allow_plain):
        return False
    keys = subscription["keys"]
    kept = {"endpoint": endpoint, "keys": {"auth": str(keys["auth"]), "p256dh": str(keys["p256dh"])}}
    row = {
        "point_id": derived_id("push", guardian_id, endpoint),
        "guardian_id": guardian_id,
        "channel": "push",
        "address": address_of(kept),
        "label": None,
        "source": "page",
        "priority": 1,
        "active": True,
        "confirmed_at": uow.now,
        "created_at": uow.now,
    }
    push.save(uow.connection, row, most=MOST)
    return True


def unsubscribe(uow: UnitOfWork, guardian_id: str, endpoint: str) -> None:
    """The guardian has switched this browser off."""
    push.switch_off(uow.connection, [derived_id("push", guardian_id, endpoint)])


def forget_gone(transaction: Transaction, ports: Ports) -> int:
    """Browsers that are no more (RFC 8030 §7.3) are not knocked at again; with the last of them push is closed."""
    account = _account(ports)
    if account is None or not account.knows_gone:
        return 0
    with transaction() as uow:
        gone = account.take_gone(uow.district)
        push.forget(uow.connection, gone, why=GONE, now=uow.now)
    return len(gone)
