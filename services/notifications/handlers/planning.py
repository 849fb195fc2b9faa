"""Texts arrive; every delivery that waited for one is decided: now, later, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.sending import Channel as Way
from services.notifications.domain.sending import Decision, Verdict, Weight, decide
from services.notifications.handlers import beats, rendering
from services.notifications.handlers.grounds import Ground, ground, situation, tellable
from services.notifications.handlers.phrases import PHRASE_IDS
from services.notifications.ports import Ports
from services.notifications.store import messages, outgoing, threads
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def text_translated(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Messages' texts to their deliveries, replies' texts to their threads."""
    messages.tell_texts(
        uow.connection,
        [
            {
                "b_message": e.data["text_id"],
                "b_version": e.data["content_version"],
                "b_language": e.data["target"],
                "b_text": e.data["text"],
                "b_failed": False,
                "b_machine": e.data["machine"],
                "b_labelled": e.data["labelled"],
                "b_engine": e.data["engine"],
                "b_told_at": uow.now,
            }
            for e in events
        ],
    )
    threads.tell_english(uow.connection, [{"b_id": e.data["text_id"], "b_text": e.data["text"]} for e in events])
    plan_ready(uow, ports, {e.data["text_id"] for e in events})


def translation_failed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """No text in that language: at low risk the source goes, said to be so; at high risk it waits for a person."""
    messages.tell_texts(
        uow.connection,
        [
            {
                "b_message": e.data["text_id"],
                "b_version": e.data["content_version"],
                "b_language": e.data["target"],
                "b_text": None,
                "b_failed": True,
                "b_machine": False,
                "b_labelled": False,
                "b_engine": None,
                "b_told_at": uow.now,
            }
            for e in events
        ],
    )
    plan_ready(uow, ports, {e.data["text_id"] for e in events})


def plan_ready(uow: UnitOfWork, ports: Ports, told: Collection[str] | None = None) -> None:
    """Decide all whose text is there, a thousand at a time; `told`: the texts that have just come.

    A label (a phrase that many messages carry) may release any message that waits for it.
    """
    of = None if told is None or not set(told).isdisjoint(PHRASE_IDS) else told
    if told is not None and of is None:  # what another transaction plans at this moment is not seen by this one
        beats.at(uow, uow.now + beats.SOON, step=beats.SOON)
    release(uow, ports, of)
    while rows := outgoing.ready(uow.connection, PHRASE_IDS, of=of):
        if not place(uow, ports, rows):
            return


def release(uow: UnitOfWork, ports: Ports, of: Collection[str] | None) -> None:
    """Announcements whose text is there may go: one statement, however many people; decided when they are claimed.

    The message is locked, so that a page of deliveries that is being written is not missed.
    """
    if of is not None:
        outgoing.lock(uow.connection, of)
    if outgoing.release_announced(uow.connection, PHRASE_IDS, uow.now, of=of):
        uow.wake()


def place(
    uow: UnitOfWork,
    ports: Ports,
    rows: Sequence[Mapping[str, Any]],
    *,
    digest: bool = False,
    facts: Ground | None = None,
) -> int:
    """Decide each row and write what follows; returns how many were decided. `facts`: found in this transaction already."""
    if not rows:
        return 0
    facts = facts or ground(uow, rows)
    written = _bodies(uow, ports, rows, facts)
    changes: list[dict[str, Any]] = []
    entries: list[tuple[str, str, str]] = []
    letters: list[dict[str, Any]] = []
    held: list[tuple[Mapping[str, Any], str, datetime | None]] = []
    for row in rows:
        body = rendering.Body(row["body"], "") if digest else written.get(row["delivery_id"])
        if body is None:  # no text, not even the source's: it waits for a person, or for the source to arrive
            if facts.messages[row["message_id"]]["risk"] == "high":
                changes.append(_change(row, "held", reason="needs_person"))
                entries.append((row["delivery_id"], "held", "waits for a person's translation"))
            continue
        where = situation(uow, row, facts, digest=digest)
        decision = decide(where)
        _note_count(facts, row, decision, uow.now)
        changes.append(_after(row, decision, body.finished(over_cap=decision.over_cap), uow.now, digest=digest))
        entries.append((row["delivery_id"], *_told(decision, where.zone)))
        if decision.verdict is Verdict.HOLD and decision.until is not None:
            uow.schedule("delivery_due", row["delivery_id"], decision.until)
        if decision.verdict is Verdict.SEND:
            uow.wake()
        if decision.reason and row["recipient_kind"] == "guardian":
            held.append((row, decision.reason, decision.until))
        if on_paper(decision, row):
            letters.append(_letter(row, uow.now))
            entries.append((row["delivery_id"], "letter queued", "no other way reaches this person"))
    messages.change(uow.connection, changes)
    messages.queue_letters(uow.connection, letters)
    if letters:
        uow.schedule("letters", letters[0]["letter_id"], uow.now)  # `ladder.letters_due` takes them from here
    messages.trace(uow.connection, entries, uow.now)
    rendering.say_held(uow, held)
    return len(changes)


def _bodies(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], facts: Ground
) -> dict[str, rendering.Body]:
    """By delivery; what no text may go for is not in it."""
    own = [row for row in rows if row["lane"] == messages.PERSONAL]
    found = rendering.bodies(
        uow, ports, own, about=facts.messages, preferences=facts.preferences, schools=facts.schools
    )
    if len(own) < len(rows):
        texts = announced(uow, ports, facts)
        for row in rows:
            if row["lane"] != messages.PERSONAL:
                with suppress(LookupError):
                    content, values = texts.of(row, over_cap=False)
                    found[row["delivery_id"]] = rendering.Body(content.written(values), texts.extra(row))
    return found


def announced_anew(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], facts: Ground
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Text and children of announcements that have waited, as they may be told now."""
    written = _bodies(uow, ports, rows, facts) if rows else {}
    return {
        row["delivery_id"]: (written[row["delivery_id"]].text, tellable(uow, row, facts))
        for row in rows
        if row["delivery_id"] in written
    }


def announced(uow: UnitOfWork, ports: Ports, facts: Ground) -> rendering.Announced:
    """The writer of announcements, for one batch."""
    return rendering.Announced(
        uow,
        ports,
        about=facts.messages,
        guardians=facts.guardians,
        schools=facts.schools,
        tellable=lambda row: tellable(uow, row, facts),
    )


def _note_count(facts: Ground, row: Mapping[str, Any], decision: Decision, now: datetime) -> None:
    """What this batch decided counts for the rest of the batch."""
    goes = decision.verdict is Verdict.SEND or decision.reason == "quiet_hours"
    if goes and facts.messages[row["message_id"]]["weight"] == Weight.ROUTINE:
        facts.counted.append((row["recipient_id"], row["delivery_id"], decision.until or now))


def _after(
    row: Mapping[str, Any], decision: Decision, body: str, now: datetime, *, digest: bool
) -> dict[str, Any]:
    due_at = decision.until if decision.verdict is Verdict.HOLD else now if decision.verdict is Verdict.SEND else None
    reason = "digest" if digest and decision.verdict is Verdict.SEND else decision.reason
    return _change(
        row,
        state_after(decision, row),
        reason=reason,
        channel=decision.channel,
        body=body,
        over_cap=decision.over_cap,
        due_at=due_at,
        basis=decision.basis,
    )


TO_PAPER = frozenset({"no_channel", "suppressed"})  # no way that needs no paper: the ladder's end comes at once


def on_paper(decision: Decision, row: Mapping[str, Any]) -> bool:
    """Whether a letter is what is left; an emergency's copy for one channel is not missed: the others go."""
    wished = decision.verdict is Verdict.SEND and decision.channel == Way.LETTER
    return wished or (decision.reason in TO_PAPER and not row["way"])


def state_after(decision: Decision, row: Mapping[str, Any]) -> str:
    """The ledger's word."""
    if decision.verdict is Verdict.SEND:
        return "letter" if decision.channel == Way.LETTER else "due"
    if decision.verdict is Verdict.HOLD:
        return "held"
    if on_paper(decision, row):
        return "letter"
    if decision.reason in ("expired", "recalled"):
        return decision.reason
    return "failed" if row["way"] and row["tried"] else "refused"


def _change(row: Mapping[str, Any], state: str, **values: Any) -> dict[str, Any]:
    defaults = {"reason": None, "channel": None, "body": None, "over_cap": False, "due_at": None, "basis": None}
    return {"b_id": row["delivery_id"], "state": state, "attempts": 0, **defaults, **values}


def _told(decision: Decision, zone: ZoneInfo) -> tuple[str, str]:
    """For whoever asks why, with times on the recipient's wall clock."""
    if decision.verdict is Verdict.SEND:
        return "decided", f"goes now by {decision.channel}" + (", beyond the monthly limit" if decision.over_cap else "")
    if decision.verdict is Verdict.HOLD and decision.until is not None:
        return "held", f"{(decision.reason or '').replace('_', ' ')}, to {decision.until.astimezone(zone):%a %d %b %H:%M}"
    return "refused", decision.reason or ""


def _letter(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "letter_id": row["delivery_id"],
        "guardian_id": row["recipient_id"],
        "school_id": row["school_id"],
        "language": row["language"],
        "queued_at": now,
        "printed_at": None,
    }
