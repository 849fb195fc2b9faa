"""Polls and pulses: whoever opened a poll decides it, families hear what came of it, a principal how the term was felt."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation, ledger, people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action


def poll_closed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The count is in: to be looked at before deciding."""
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                _task_id(event.data["poll_id"]),
                staff_id=event.data["opened_by"],
                kind="poll_closed",
                school_id=event.data["school_id"],
            )
            for event in events
        ],
    )


def poll_decided(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """You said, we did, because: to everybody who was asked, in their language. As routine as any news."""
    ledger.close_tasks(uow.connection, (_task_id(event.data["poll_id"]) for event in events), uow.now)
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("poll_decided", event.id),
                kind="info",
                weight=Weight.ROUTINE,
                school_id=event.data["school_id"],
                recipients=[
                    Recipient(guardian, tuple(students))
                    for guardian, students in zip(event.data["guardian_ids"], event.data["student_ids"], strict=True)
                ],
                text=event.data["text"],
                source_language=event.data["language"],
                action=Action.SURVEY,
                cause=event,
            )
            for event in events
        ],
    )


def pulse_scored(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """One line for the principal per round, however many items it had."""
    rounds = {(event.data["school_id"], event.data["campaign_id"]) for event in events}
    schools = {school for school, _ in rounds}
    heads = people.offices(uow.connection, schools) | conversation.of_role(uow.connection, "principal", schools)
    ledger.save_tasks(
        uow.connection,
        [
            task(uow, derived_id("pulse", campaign), staff_id=heads[school], kind="pulse_scored", school_id=school)
            for school, campaign in sorted(rounds)
            if school in heads
        ],
    )


def _task_id(poll_id: str) -> str:
    return derived_id("poll_closed", poll_id)
