"""Contact repair: rows open and close with the facts; the office asks, corrects, or closes."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from services.notifications.domain.repair import LOOK_BACK, Repair, judge
from services.notifications.store import reachable
from services.notifications.store import repair as store
from shared.directory.engine.people import usable_email, usable_phone
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

PATIENCE = timedelta(days=14)  # what a person closed is not brought up again for the same reason before that
CORRECTABLE = ("sms", "email", "voice")


class Corrected(StrEnum):
    """What became of an address that the office entered."""

    SAVED = "saved"
    NOT_USABLE = "not_usable"
    SAME = "same"


def review(uow: UnitOfWork) -> None:
    """Open what the facts say is broken, close what they say is well again; part of every count."""
    store.confirm_points(uow.connection, uow.now)
    known = store.open_rows(uow.connection)
    settled = store.last_closed_by_person(uow.connection, uow.now - PATIENCE)
    found = {
        person: repair
        for person, contact in reachable.contacts(uow.connection, uow.now - LOOK_BACK).items()
        if (repair := judge(contact)) is not None
    }
    over = [row["repair_id"] for person, row in known.items() if not _same(row, found.get(person))]
    store.close(uow.connection, over, uow.now)
    fresh = {
        person: repair
        for person, repair in found.items()
        if not _same(known.get(person), repair) and not _same(settled.get(person), repair)
    }
    store.open_up(uow.connection, [_row(uow, person, repair) for person, repair in sorted(fresh.items())])


def _same(row: store.Row | None, repair: Repair | None) -> bool:
    return row is not None and repair is not None and row["reason"] == repair.reason.value


def _row(uow: UnitOfWork, guardian_id: str, repair: Repair) -> dict[str, object]:
    return {
        "repair_id": new_id(),
        "guardian_id": guardian_id,
        "reason": repair.reason.value,
        "channel": repair.channel,
        "action": repair.action.value,
        "opened_at": uow.now,
        "opened_run": None,
        "asked_at": None,
        "asked_by": None,
        "closed_at": None,
        "closed_by": None,
        "closed_run": None,
    }


def correct(uow: UnitOfWork, row: store.Row, *, channel: str, address: str, by: str) -> Corrected:
    """The office has a new number or address: it goes before the old one from the next message on.

    Lifts what the old address brought on itself (bounced, invalid), never a STOP or a carrier's block.
    """
    usable = usable_email(address) if channel == "email" else usable_phone(address)
    if usable is None:
        return Corrected.NOT_USABLE
    if usable in store.addresses(uow.connection, row["guardian_id"], channel):
        return Corrected.SAME
    store.correct(
        uow.connection,
        {
            "point_id": new_id(),
            "guardian_id": row["guardian_id"],
            "channel": channel,
            "address": usable,
            "label": None,
            "source": "office",
            "priority": 0,
            "active": True,
            "confirmed_at": None,
            "created_at": uow.now,
        },
    )
    store.close(uow.connection, [row["repair_id"]], uow.now, by=by)
    return Corrected.SAVED
