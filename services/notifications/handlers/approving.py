"""An unusual audience waits for somebody else's yes, within half an hour, or it does not go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.notifications.domain.blast import Unusual
from services.notifications.handlers import emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import emergency as store
from shared.ids import new_id
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
    author = author_of(asked["what"]["author"])
    message_id = emergency.send(uow, ports, author, what, confirmed="approved", approved_by=by)
    store.decide_approval(uow.connection, asked["approval_id"], by=by, now=uow.now, message_id=message_id)
    return message_id


def decline(uow: UnitOfWork, asked: Row, *, by: str) -> None:
    store.decide_approval(uow.connection, asked["approval_id"], by=by, now=uow.now, message_id=None)


def ask_colleague(uow: UnitOfWork, author: Author, what: Announcement, given: Mapping[str, Any], seen: emergency.Preview) -> str:
    """An unusual send waits for somebody else's yes; the request's id."""
    approval_id = new_id()
    store.save_approval(
        uow.connection,
        {
            "approval_id": approval_id,
            "asked_by": author.staff_id,
            "school_id": what.school_id,
            "what": {**given, "author": {"staff_id": author.staff_id, "role": author.role, "schools": list(author.schools)}},
            "guardians": seen.guardians,
            "why": (seen.unusual or Unusual.LARGER).value,
            "asked_at": uow.now,
            "ends_at": uow.now + timedelta(minutes=seen.limits.approval_minutes),
            "decided_by": None,
            "decided_at": None,
            "message_id": None,
        },
    )
    return approval_id


def author_of(kept: Mapping[str, Any]) -> Author:
    """Who asked, as it was kept with the request."""
    return Author(kept["staff_id"], kept["role"], tuple(kept["schools"]))
