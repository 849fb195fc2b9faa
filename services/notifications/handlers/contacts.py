"""A conversation that took place without us: a call, a video call, a word at the gate. One tap writes it down."""

from __future__ import annotations

from services.notifications.store import ledger, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

LIVE_MODES = ("phone", "video", "in_person")


def log_live(
    uow: UnitOfWork, *, staff_id: str, student_id: str, guardian_id: str, mode: str, kind: str = "info"
) -> bool:
    """Into the contact ledger; False where the roster does not name this guardian for the student.

    Ends the home's gap and its missing live contact. Two taps within a minute are one conversation.
    """
    links = people.families(uow.connection, [student_id])
    link = next((link for link in links if link["guardian_id"] == guardian_id), None)
    if link is None:
        return False
    minute = uow.now.replace(second=0, microsecond=0).isoformat()
    contact = {
        "contact_id": derived_id("live", staff_id, student_id, guardian_id, mode, minute),
        "student_id": student_id,
        "guardian_id": guardian_id,
        "mode": mode,
        "kind": kind,
        "personal": True,
        "live": True,
        "at": uow.now,
    }
    ledger.log_contacts(uow.connection, [contact])
    uow.emit("notifications.contact_logged", contact, school=link["school_id"], subject=student_id)
    return True
