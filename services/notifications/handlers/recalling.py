"""Taking back what was sent to many: what has not left stays; whoever has it, or may have it, gets a correction the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.notifications.domain.consent import Purpose
from services.notifications.domain.sending import Weight
from services.notifications.handlers import announcing, composing, paper, planning
from services.notifications.handlers.phrases import PHRASE_IDS
from services.notifications.ports import Ports
from services.notifications.store import broadcasts, messages, outgoing, people
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

CORRECT = "correct"  # kind of due work: the next page of a correction
DEFAULT = "announcement.correction"  # of the catalogue: nothing was typed
LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Recalled:
    """`stopped`: deliveries that do not leave; `handed_off`: guardians who have it, or may have it."""

    stopped: int
    handed_off: int
    correction_id: str | None


def recall(uow: UnitOfWork, ports: Ports, message_id: str, *, by: str, text: str | None = None) -> Recalled | None:
    """Stop a send and correct it, in one transaction; None where there is no such message, or it is recalled already.

    `text`: what those who have it should know; else the catalogue's words.
    """
    outgoing.lock(uow.connection, [message_id])
    message = messages.messages(uow.connection, [message_id]).get(message_id)
    if message is None or message["recalled_at"] is not None:
        return None
    on_paper = broadcasts.waiting_letters(uow.connection, message_id)
    stopped = outgoing.recall(uow.connection, message_id, by=by, now=uow.now)
    paper.pull(uow, dict.fromkeys(on_paper, "recalled"))
    handed = broadcasts.count_handed_off(uow.connection, message_id)
    correction = _correction(uow, message, text) if handed else None
    uow.cancel("send_watch", message_id)
    uow.emit(
        "notifications.announcement_recalled",
        {
            "message_id": message_id,
            "recalled_by": by,
            "stopped": stopped,
            "handed_off": handed,
            "correction_id": correction,
        },
        school=message["school_id"],
        subject=message_id,
    )
    return Recalled(stopped, handed, correction)


def _correction(uow: UnitOfWork, message: people.Row, text: str | None) -> str:
    """The message that corrects; its deliveries are written page by page."""
    correction_id = derived_id("correction", message["message_id"])
    safety = message["weight"] == Weight.SAFETY
    draft = composing.Draft(
        message_id=correction_id,
        kind=message["kind"],
        weight=Weight.SAFETY if safety else Weight.ANSWER,  # no monthly limit keeps a correction back
        school_id=message["school_id"],
        recipients=(),
        text=text,
        catalogue_key=None if text else DEFAULT,
        source_language=message["source_language"] if text else composing.SCHOOL_LANGUAGE,
        sender_id=message["recalled_by"] or message["sender_id"],
        purpose=Purpose(message["purpose"]),
    )
    row = composing.message_row(uow, draft) | {
        "title": message["title"],
        "corrects": message["message_id"],
        "expires_at": uow.now + LASTS,
    }
    messages.save_messages(uow.connection, [row])
    composing.ask_texts(uow, [(draft, broadcasts.languages_handed_off(uow.connection, message["message_id"]))])
    uow.schedule(CORRECT, correction_id, uow.now, {"after": ""})
    return correction_id


def correct(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The next page of each correction: exactly those who were handed the first message, by the way they got it."""
    for item in items:
        outgoing.lock(uow.connection, [item.key])
        message = messages.messages(uow.connection, [item.key]).get(item.key)
        if message is None or message["corrects"] is None or message["recalled_at"] is not None:
            continue
        rows = broadcasts.handed_off(
            uow.connection, message["corrects"], after=str(item.data["after"]), limit=announcing.PAGE
        )
        if not rows:
            continue
        ready = outgoing.arrived(uow.connection, message, PHRASE_IDS)
        messages.save_deliveries(uow.connection, [_copy(uow, message, row, ready) for row in rows])
        uow.wake()
        if len(rows) == announcing.PAGE:
            uow.schedule(CORRECT, item.key, uow.now, {"after": rows[-1]["delivery_id"]})
        planning.plan_ready(uow, ports, {item.key})


def _copy(uow: UnitOfWork, message: people.Row, row: people.Row, ready: set[str]) -> dict[str, Any]:
    """The correction of one delivery; a letter's goes by whatever reaches this person soonest."""
    way = row["way"] or (row["channel"] if row["channel"] != "letter" else "") or ""
    goes = row["language"] in ready
    return {
        "delivery_id": derived_id("correction", row["delivery_id"]),
        "message_id": message["message_id"],
        "content_version": message["content_version"],
        "recipient_id": row["recipient_id"],
        "recipient_kind": row["recipient_kind"],
        "way": way if row["recipient_kind"] == "guardian" else "",
        "lane": announcing.EMERGENCY if message["weight"] == Weight.SAFETY else announcing.ANNOUNCEMENT,
        "household_id": row["household_id"],
        "school_id": row["school_id"],
        "students": row["students"],
        "language": row["language"],
        "params": row["params"],
        "solicited": False,
        "state": "due" if goes else "planned",
        "reason": None,
        "tried": [],
        "attempts": 0,
        "over_cap": False,
        "due_at": uow.now if goes else None,
        "expires_at": message["expires_at"],
        "created_at": uow.now,
    }
