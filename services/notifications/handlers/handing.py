"""What is told of letters that were given, or could not be: ledger, trace, contacts and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.domain.ladder import LetterState
from services.notifications.store import ledger, messages, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]


def tell(uow: UnitOfWork, ids: Sequence[str], outcome: LetterState, *, first: Sequence[str]) -> None:
    """`first`: those that were not posted before, whose contact is still to be logged."""
    rows = messages.deliveries(uow.connection, ids)
    on_paper_only = [row for row in rows if row["channel"] in (None, "letter") or row["state"] == "letter"]
    if outcome is LetterState.NOT_GIVEN:
        messages.change(
            uow.connection,
            [{"b_id": row["delivery_id"], "state": "failed", "reason": "not_given"} for row in on_paper_only],
        )
        messages.trace(uow.connection, [(known, "letter", "could not be given") for known in ids], uow.now)
        return
    delivered = outcome is LetterState.HANDED_OVER
    words = "handed over by the office" if delivered else "posted"
    messages.change(
        uow.connection,
        [
            {"b_id": row["delivery_id"], "state": "delivered" if delivered else "sent", "channel": "letter", "reason": None,
             "sent_at": row["sent_at"] or uow.now}
            for row in on_paper_only
        ],
    )  # fmt: skip
    if delivered:
        fresh = [row for row in rows if row["delivered_at"] is None]
        messages.change(
            uow.connection,
            [{"b_id": row["delivery_id"], "state": "delivered", "delivered_at": uow.now} for row in fresh],
        )
        _say_delivered(uow, fresh)
    messages.trace(uow.connection, [(known, outcome.value.replace("_", " "), f"letter {words}") for known in ids], uow.now)
    _log(uow, [row for row in rows if row["delivery_id"] in first])


def _say_delivered(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    if rows:
        uow.emit(
            "notifications.messages_delivered",
            {
                "channel": "letter",
                "delivery_ids": [row["delivery_id"] for row in rows],
                "message_ids": [row["message_id"] for row in rows],
                "guardian_ids": [row["recipient_id"] for row in rows],
                "delivered_at": [uow.now for _ in rows],
            },
        )


def _log(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """A letter in the family's hands is a contact as a text message is; the same letter twice is one."""
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    homes = {
        (link["guardian_id"], link["student_id"]): link["household_id"]
        for link in people.families(uow.connection, {student for row in rows for student in row["students"]})
    }
    contacts = []
    for row in rows:
        message = about[row["message_id"]]
        home = next(filter(None, (homes.get((row["recipient_id"], student)) for student in row["students"])), None)
        _say_sent(uow, row, message, home)
        for student in row["students"]:
            contact = {
                "contact_id": derived_id("contact", row["delivery_id"], student, "letter"),
                "student_id": student,
                "guardian_id": row["recipient_id"],
                "mode": "letter",
                "kind": message["kind"],
                "personal": message["personal"],
                "live": False,
                "at": uow.now,
            }
            contacts.append(contact)
            uow.emit("notifications.contact_logged", contact, school=row["school_id"], subject=student)
    ledger.log_contacts(uow.connection, contacts)


def _say_sent(uow: UnitOfWork, row: Row, message: Row, home: str | None) -> None:
    uow.emit(
        "notifications.message_sent",
        {
            "delivery_id": row["delivery_id"],
            "message_id": row["message_id"],
            "guardian_id": row["recipient_id"],
            "household_id": home,
            "channel": "letter",
            "language": row["language"],
            "content_version": row["content_version"],
            "kind": message["kind"],
        },
        school=row["school_id"],
        subject=row["message_id"],
    )
