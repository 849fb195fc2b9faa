"""Support: a consented referral is the counselor's task and nobody else's; the list of services goes to who asked."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain.sending import GUARDED, Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def referral_made(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("referral", event.data["referral_id"]),
                staff_id=event.data["counselor_id"],
                kind="referral",
                school_id=event.data["school_id"],
                student_id=event.data["student_id"],
                guardian_id=event.data["guardian_id"],
                note=event.data["need"].replace("_", " "),
                due_at=event.data["due_at"],
            )
            for event in events
            if event.data["counselor_id"] is not None
        ],
    )


def services_listed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Only to the guardian who named the need, in the words the school has entered for that language."""
    known = names(
        uow, students={e.data["student_id"] for e in events}, schools={e.data["school_id"] for e in events}
    )
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("services", event.data["need_id"]),
                kind="info",
                weight=Weight.ANSWER,
                school_id=event.data["school_id"],
                recipients=[
                    Recipient(
                        event.data["guardian_id"],
                        (event.data["student_id"],),
                        {"school": known.school(event.data["school_id"]), "text": event.data["services"]},
                        language=event.data["language"],
                    )
                ],
                catalogue_key="support.services",
                category=GUARDED,
                cause=event,
            )
            for event in events
        ],
    )
