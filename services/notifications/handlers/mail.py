"""An email has come in: obey, record or hand it on; what nobody can place waits for a person, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.notifications.channels.email.bounces import address_is_dead
from services.notifications.channels.email.inbound import Arrived, Kind
from services.notifications.domain.consent import Source
from services.notifications.domain.inbound import Inbound, Told
from services.notifications.handlers import listening, receipts, wishes
from services.notifications.ports import Ports
from services.notifications.store import mail, messages, people
from shared.messaging.uow import UnitOfWork

# an address whose mail came back this often within so many days is given up; a school may set `mail` otherwise
SOFT_BOUNCES, SOFT_DAYS = 5, 14


def received(uow: UnitOfWork, ports: Ports, arrived: Arrived) -> str:
    """What it was taken for (a `Kind`), or "repeated" where it has been here before."""
    if arrived.about is not None and arrived.about.kind == "meet":
        return _to_meeting(uow, arrived, arrived.about.delivery_id)
    row = messages.delivery(uow.connection, arrived.about.delivery_id) if arrived.about else None
    guardian = row["recipient_id"] if row is not None and row["recipient_kind"] == "guardian" else None
    kind, why = arrived.kind, arrived.why
    if kind is not Kind.UNREADABLE and row is None:
        kind, why = Kind.UNREADABLE, "no_delivery"
    elif kind is Kind.REPLY and (guardian is None or not _is_theirs(uow, guardian, arrived.sender)):
        # a forwarded mail holds the token too: only the reader it was sent to speaks for themselves
        kind, why = Kind.UNREADABLE, "other_sender"
    kept = {
        "mail_id": arrived.mail_id,
        "kind": kind.value,
        "delivery_id": arrived.about.delivery_id if arrived.about else None,
        "guardian_id": guardian,
        "school_id": row["school_id"] if row is not None else None,
        "code": arrived.code,
        **_words(arrived, why if kind is Kind.UNREADABLE else None),
        "received_at": uow.now,
        "closed_at": None,
        "closed_by": None,
    }
    if not mail.save(uow.connection, kept):
        return "repeated"
    if row is not None and kind is not Kind.UNREADABLE:
        kind = _act(uow, ports, arrived, row, guardian=guardian)
    return kind.value


def _to_meeting(uow: UnitOfWork, arrived: Arrived, meeting_id: str) -> str:
    """Scheduling knows the meeting, and whether its sender may speak about it."""
    understood = arrived.kind is not Kind.UNREADABLE
    kept = {
        "mail_id": arrived.mail_id,
        "kind": arrived.kind.value,
        "delivery_id": None,
        "guardian_id": None,
        "school_id": None,
        "code": arrived.code,
        **_words(arrived, None if understood else arrived.why),
        "received_at": uow.now,
        "closed_at": None,
        "closed_by": None,
    }
    if not mail.save(uow.connection, kept):
        return "repeated"
    if arrived.calendar is not None:
        said = {"mail_id": arrived.mail_id, "meeting_id": meeting_id, "received_at": uow.now}
        uow.emit("notifications.calendar_replied", {**said, "sender": arrived.sender, "ics": arrived.calendar})
    return arrived.kind.value


def _words(arrived: Arrived, why: str | None) -> dict[str, Any]:
    """What is understood keeps no words here: an answer's are in its thread."""
    if why is None:
        return {"unreadable": None, "sender": None, "subject": None, "text": None, "raw": None}
    return {
        "unreadable": why,
        "sender": arrived.sender,
        "subject": arrived.subject,
        "text": arrived.text,
        "raw": arrived.raw,
    }


def _is_theirs(uow: UnitOfWork, guardian_id: str, sender: str) -> bool:
    known = people.all_points(uow.connection, people.guardians(uow.connection, [guardian_id]))
    return sender.lower() in {address.lower() for address in known.get(guardian_id, {}).get("email", ())}


def _act(uow: UnitOfWork, ports: Ports, arrived: Arrived, row: Mapping[str, Any], *, guardian: str | None) -> Kind:
    kind = arrived.kind
    match kind:
        case Kind.REPLY:
            words = Inbound(
                "email",
                arrived.mail_id,
                arrived.text,
                uow.now,
                arrived.sender,
                guardian,
                row["delivery_id"],
                arrived.files,
            )
            listening.received(uow, ports, words)
        case Kind.STOP if guardian:
            wishes.stop(uow, [guardian], "email", source="one_click", evidence=arrived.mail_id)
        case Kind.BOUNCE | Kind.DELIVERED | Kind.COMPLAINT:
            _settle(uow, ports, arrived, row, guardian=guardian)
        case Kind.DELAYED if guardian:
            _count(uow, guardian, row)
        case Kind.AUTOMATIC:
            messages.trace(
                uow.connection, [(row["delivery_id"], "noted", "an automatic answer came by email")], uow.now
            )
    return kind


def _settle(uow: UnitOfWork, ports: Ports, arrived: Arrived, row: Mapping[str, Any], *, guardian: str | None) -> None:
    """A dead address and a complaint close the channel (`receipts` does that); anything else only counts towards it."""
    state = {Kind.DELIVERED: "delivered", Kind.COMPLAINT: "complained"}.get(arrived.kind)
    if state is None:
        dead = address_is_dead(arrived.code)
        state = "bounced" if dead else "failed"
        if guardian and not dead:
            _count(uow, guardian, row)  # before the delivery is placed anew, so that it goes another way
    key, code = f"mail:{arrived.mail_id}", arrived.code
    receipts.told(uow, ports, [Told("email", key, state, uow.now, delivery_id=row["delivery_id"], code=code)])


def _count(uow: UnitOfWork, guardian_id: str, about: Mapping[str, Any]) -> None:
    """A full mailbox once is nothing; again and again it is an address that nobody reads."""
    school = people.schools(uow.connection, [about["school_id"]]).get(about["school_id"] or "")
    policy = (school["settings"].get("mail") if school else None) or {}
    since = uow.now - timedelta(days=int(policy.get("soft_bounce_days", SOFT_DAYS)))
    if mail.soft_bounces(uow.connection, guardian_id, since) >= int(policy.get("soft_bounces", SOFT_BOUNCES)):
        row = {"guardian_id": guardian_id, "channel": "email", "source": Source.BOUNCED.value, "detail": "soft"}
        people.suppress(uow.connection, [{**row, "since": uow.now}])
