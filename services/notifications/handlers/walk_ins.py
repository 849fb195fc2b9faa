"""Who came by in a teacher's office hours: a live contact like any other."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.store import ledger
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def walk_in_logged(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Into the contact ledger; ends the home's gap and its missing live contact."""
    contacts = []
    for event in events:
        contact = {
            "contact_id": event.data["walk_in_id"],
            "student_id": event.data["student_id"],
            "guardian_id": event.data["guardian_id"],
            "mode": "in_person",
            "kind": "info",
            "personal": True,
            "live": True,
            "at": event.data["at"],
        }
        contacts.append(contact)
        uow.emit(
            "notifications.contact_logged", contact, school=event.data["school_id"], subject=contact["student_id"], cause=event
        )
    ledger.log_contacts(uow.connection, contacts)
