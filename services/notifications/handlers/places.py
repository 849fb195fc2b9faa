"""Places in a pool: theirs, waited for, offered for a time, or gone to the next."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.ports import Ports
from services.notifications.store import threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

QUESTION = "place_offer"  # of the open question: 1 takes it


def place_changed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Who has given a place back knows it; everybody else is told."""
    over = [event.data["sign_up_id"] for event in events if event.data["state"] != "offered"]
    threads.close(uow.connection, QUESTION, over)
    drafts = []
    for event in events:
        data = event.data
        if data["state"] == "left":
            continue
        params = {"when": wording.moment(data["start"]), "link": data["link"]}
        opens = None
        if data["state"] == "offered":
            params["until"] = wording.moment(data["until"])
            opens = {"kind": QUESTION, "ref": data["sign_up_id"], "expires_at": data["until"].isoformat()}
        recipient = Recipient(
            data["guardian_id"],
            (data["student_id"],),
            params,
            opens=opens,
            solicited=data["state"] in ("seated", "waiting"),  # they have just asked and wait for the answer
        )
        drafts.append(
            Draft(
                message_id=derived_id("place", event.id),
                kind="ask" if opens else "info",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[recipient],
                catalogue_key=f"place.{data['state']}",
                action=Action.INVITE,
                cause=event,
            )
        )
    compose(uow, ports, drafts)
