"""The link to a guardian's own page of surveys, to the guardian alone."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain.sending import GUARDED, Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.ports import Ports
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def own_page_asked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """As surveys has worded it. No survey, so no boundary against surveys stands before it; no thread shows the link."""
    drafts = [
        Draft(
            message_id=derived_id("own_page", event.id),
            kind="info",
            weight=Weight.ANSWER,
            school_id=event.data["school_id"],
            recipients=[
                Recipient(
                    event.data["guardian_id"],
                    tuple(event.data["student_ids"]),
                    solicited=True,
                    language=event.data["language"],
                )
            ],
            text=event.data["text"],
            source_language=event.data["language"],
            category=GUARDED,
            cause=event,
        )
        for event in events
    ]
    compose(uow, ports, drafts)
