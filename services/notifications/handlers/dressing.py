"""What one channel wants of a delivery beyond its text: the telephone whose turn it is, two lines for a long text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.notifications.channels.port import Outgoing
from services.notifications.domain.calls import Ladder, in_turn
from services.notifications.handlers import grounds, rendering, screens
from services.notifications.handlers.voicing import Notes, voice_settings
from services.notifications.ports import Ports
from services.notifications.store import voice
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]
Batch = list[tuple[Row, Outgoing]]
_ADDRESS = re.compile(r"https?://\S+")
LONG = 400  # characters; what is shorter is never more text messages than an account takes


@dataclass(frozen=True, slots=True)
class Call:
    """One ring: at which number, and what the account wants to know."""

    to: str | None = field(repr=False)
    extras: Mapping[str, Any]


def dressed(uow: UnitOfWork, ports: Ports, channel: str, batch: Batch, facts: grounds.Ground) -> Batch:
    """The batch as its channel wants it; a fixed number of queries."""
    if channel == "voice":
        calls = prepared(uow, [row for row, _ in batch], guardians=facts.guardians, schools=facts.schools)
        return [(row, _called(letter, calls[row["delivery_id"]])) for row, letter in batch]
    if channel == "sms":
        notes = Notes(uow, ports, [row for row, _ in batch], schools=facts.schools, preferences=facts.preferences)
        return [(row, _noted(row, letter, notes)) for row, letter in batch]
    if channel == "whatsapp":
        return screens.for_whatsapp(uow, ports, batch, facts)
    return screens.linked(uow, ports, batch) if channel == "push" else batch


def _called(letter: Outgoing, call: Call) -> Outgoing:
    return replace(letter, to=call.to or letter.to, extras={**letter.extras, **call.extras})


def _noted(row: Row, letter: Outgoing, notes: Notes) -> Outgoing:
    if row["recipient_kind"] != "guardian":
        return letter
    note = notes.of(row, letter.body)
    if note is not None:
        return replace(letter, content=note, values={})
    return replace(letter, link=notes.link(row)) if _may_be_cut(letter.body) else letter


def _may_be_cut(text: str) -> bool:
    """Whether it is long, and leads nowhere but to the guardian's messages: the link to a survey is never cut off."""
    return len(text) > LONG and all(f"{rendering.INBOX}/" in address for address in _ADDRESS.findall(text))


def prepared(
    uow: UnitOfWork, rows: Sequence[Row], *, guardians: Mapping[str, Row], schools: Mapping[str, Row]
) -> dict[str, Call]:
    """For deliveries that are about to be called: the telephone whose turn it is; `guardians`, `schools`: rows by id.

    A call that a worker began and never wrote down keeps its number, so that the provider knows it again.
    """
    if not rows:
        return {}
    made = voice.tries(uow.connection, (row["delivery_id"] for row in rows))
    numbers = voice.telephones(uow.connection, guardians)
    recorded = voice.recordings(uow.connection, {row["message_id"] for row in rows})
    calls, begun = {}, []
    for row in rows:
        before = made.get(row["delivery_id"], [])
        open_try = before[-1] if before and (row["state"] == "sending" or before[-1]["ended_at"] is None) else None
        number = open_try["number"] if open_try else len(before) + 1
        ladder = Ladder.of(voice_settings(schools.get(row["school_id"] or "")))
        given = [] if row["way"] else in_turn(numbers.get(row["recipient_id"], []), ladder)
        place = open_try["place"] if open_try else (number - 1) % max(len(given), 1)
        if open_try is None:
            begun.append(
                {"delivery_id": row["delivery_id"], "number": number, "place": place, "begun_at": uow.now,
                 "answered_by": None, "ended_at": None, "outcome": None}
            )  # fmt: skip
        audio = (row["message_id"], row["content_version"], row["language"]) in recorded
        to = given[place] if place < len(given) else None
        calls[row["delivery_id"]] = Call(to, {"try": number, "audio": audio})
    voice.begin(uow.connection, begun)
    return calls
