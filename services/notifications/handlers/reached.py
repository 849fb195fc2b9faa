"""What counts as a contact with a home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.store import ledger, messages, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

VOICE = "voice"
Row = Mapping[str, Any]


def heard(uow: UnitOfWork, row: Row) -> None:
    """A call has reached somebody, or their machine: from now on it is a contact."""
    message = messages.messages(uow.connection, [row["message_id"]])[row["message_id"]]
    if row["lane"] == messages.PERSONAL and row["recipient_kind"] == "guardian":
        ledger.log_contacts(uow.connection, [contact(uow, {**row, "channel": VOICE}, message, s) for s in row["students"]])


def contact(uow: UnitOfWork, row: Mapping[str, Any], message: people.Row, student: str) -> dict[str, Any]:
    contact = {
        "contact_id": derived_id("contact", row["delivery_id"], student),
        "student_id": student,
        "guardian_id": row["recipient_id"],
        "mode": row["channel"],
        "kind": message["kind"],
        "personal": message["personal"],
        "live": False,
        "at": uow.now,
    }
    uow.emit("notifications.contact_logged", contact, school=row["school_id"], subject=student)
    return contact
