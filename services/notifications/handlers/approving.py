"""An unusual audience waits for somebody else's yes, within half an hour, or it does not go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.handlers import emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import emergency as store
from shared.messaging.uow import UnitOfWork
from shared.policy import Decision

Row = Mapping[str, Any]


def open_to(uow: UnitOfWork, reader: Author) -> list[Row]:
    """Requests of the reader's schools (an administrator: of all) that can still be decided."""
    rows = store.open_approvals(uow.connection, uow.now)
    return [row for row in rows if reader.role == "administrator" or row["school_id"] in reader.schools]


def waiting(uow: UnitOfWork, approval_id: str) -> Row | None:
    """The request, locked; None where it is decided or its time is over."""
    row = store.approval(uow.connection, approval_id)
    return row if row is not None and row["decided_at"] is None and row["ends_at"] > uow.now else None


def another(asked: Row, person_id: str) -> Decision:
    """Nobody approves what they asked for themselves."""
    if asked["asked_by"] == person_id:
        return Decision(False, "Somebody else has to approve this.", "second_person")
    return Decision(True, "A second person approves.", "second_person")


def approve(uow: UnitOfWork, ports: Ports, asked: Row, what: Announcement, *, by: str) -> str:
    """It goes, as its author's; the message's id."""
    author = emergency.author_of(asked["what"]["author"])
    message_id = emergency.send(uow, ports, author, what, confirmed="approved", approved_by=by)
    store.decide_approval(uow.connection, asked["approval_id"], by=by, now=uow.now, message_id=message_id)
    return message_id


def decline(uow: UnitOfWork, asked: Row, *, by: str) -> None:
    store.decide_approval(uow.connection, asked["approval_id"], by=by, now=uow.now, message_id=None)
