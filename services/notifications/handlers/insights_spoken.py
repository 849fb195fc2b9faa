"""Spoken answers wait for the one person who hears them first."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation, ledger, people
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def words_spoken(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A task for the safeguarding lead, else the principal; the office only where the school lists neither of them."""
    schools = {event.data["school_id"] for event in events}
    heads = people.offices(uow.connection, schools) | conversation.of_role(uow.connection, "principal", schools)
    leads = {role: conversation.of_role(uow.connection, role, schools) for role in {event.data["role"] for event in events}}
    tasks = [
        task(
            uow,
            event.data["listen_id"],
            staff_id=owner,
            kind="listen",
            school_id=event.data["school_id"],
            student_id=event.data["student_id"],
            guardian_id=event.data["guardian_id"],
            note=event.data["page"],
            due_at=event.data["due_at"],
        )
        for event in events
        if (owner := leads[event.data["role"]].get(event.data["school_id"]) or heads.get(event.data["school_id"]))
    ]
    ledger.save_tasks(uow.connection, tasks)
