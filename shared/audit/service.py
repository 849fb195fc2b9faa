"""What the audit log hears (every event whose contract says so) and does by the clock. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.audit import handlers
from shared.audit.ports import build_ports
from shared.contracts import contracts_for
from shared.messaging.entrypoint import Ports, due, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork


def _keeper(type_: str) -> Callable[..., None]:
    """`@on(type_)`, one method per type: the list is the contracts', so that a new audited event needs no line here."""

    @on(type_)  # type: ignore[untyped-decorator]
    def keep(self: Any, uow: UnitOfWork, events: Sequence[Event]) -> None:
        handlers.keep(uow, self.checkpoints, events)

    keep.__name__ = type_.replace(".", "_")
    method: Callable[..., None] = keep
    return method


class AuditService:
    name = "audit"
    checkpoints = Ports(build_ports)

    @due(handlers.CHECKPOINT)  # type: ignore[untyped-decorator]
    def checkpoint(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        handlers.note_head(uow, self.checkpoints)


for _type in sorted({contract.type for contract in contracts_for("audit")}):
    setattr(AuditService, _type.replace(".", "_"), _keeper(_type))
