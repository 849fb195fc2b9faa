"""Barriers noticed in answers, in deliveries and in missed meetings; each changes the way to the home, until it heals (F08)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.surveys.domain.actions_barriers import FAILURES, HEALED_BY_MEETING, OF_CHANNEL, known, obeyed
from services.surveys.store import actions as store
from services.surveys.store import people
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def change(
    uow: UnitOfWork, wanted: Mapping[str, Mapping[str, bool]], *, source: str, cause: Event | None = None
) -> None:
    """By guardian, which barriers stand (or no longer do); what stands like that already is not said again.

    Everybody else acts on preferences: where the way around changes, so does what they are told of the preference.
    """
    before = store.barriers(uow.connection, wanted.keys())
    rows: list[dict[str, Any]] = []
    for guardian_id, barriers in wanted.items():
        noted = before.get(guardian_id, {})
        for barrier, active in barriers.items():
            row = noted.get(barrier)
            if not known(barrier) or (row.active if row else False) == active:
                continue
            version = (row.version if row else 0) + 1
            kept = {"guardian_id": guardian_id, "barrier": barrier, "active": active, "source": source, "version": version}
            rows.append({**kept, "since": uow.now})
            uow.emit("surveys.barrier_identified", {**kept, "since": uow.now}, subject=guardian_id, cause=cause)
    if not rows:
        return
    store.save_barriers(uow.connection, rows)
    changed = {row["guardian_id"] for row in rows}
    stood = {who: [name for name, row in before.get(who, {}).items() if row.active] for who in changed}
    _tell(uow, stood, store.standing(uow.connection, changed), cause)


def _tell(
    uow: UnitOfWork, stood: Mapping[str, Sequence[str]], standing: Mapping[str, Sequence[str]], cause: Event | None
) -> None:
    kept = people.preferences(uow.connection, stood.keys())
    saved, notes = {}, []
    for guardian_id, barriers in stood.items():
        stated = kept[guardian_id]
        after = obeyed(stated, standing.get(guardian_id, ()))
        if after == obeyed(stated, barriers):
            continue
        saved[guardian_id] = replace(stated, version=stated.version + 1)
        notes.append(
            {"guardian_id": guardian_id, "version": stated.version + 1, "changes": {}, "source": "barrier", "at": uow.now}
        )
        uow.emit(
            "surveys.preference_changed",
            {"guardian_id": guardian_id, **replace(after, version=stated.version + 1).plain()},
            subject=guardian_id,
            cause=cause,
        )
    people.save_preferences(uow.connection, saved)
    store.note_changes(uow.connection, notes)


def delivery_failed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A second message in a row that did not arrive: the way is closed, whatever the reason."""
    rows = [
        {**{name: event.data[name] for name in ("guardian_id", "channel", "message_id")}, "at": event.time}
        for event in events
        if event.data["permanent"] and event.data["channel"] in OF_CHANNEL
    ]
    if not rows:
        return
    store.note_failures(uow.connection, list({tuple(row.values())[:3]: row for row in rows}.values()))
    wanted: dict[str, dict[str, bool]] = defaultdict(dict)
    for (guardian_id, channel), number in store.failures(uow.connection, {row["guardian_id"] for row in rows}).items():
        if number >= FAILURES:
            wanted[guardian_id][OF_CHANNEL[channel]] = True
    change(uow, wanted, source="delivery_failed", cause=events[-1])


def reply_received(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Who writes by a way has it again: it heals by itself."""
    by_channel: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.data["channel"] in OF_CHANNEL:
            by_channel[event.data["channel"]].add(event.data["guardian_id"])
    for channel, guardians in by_channel.items():
        store.forget_failures(uow.connection, channel, guardians)
        change(uow, {each: {OF_CHANNEL[channel]: False} for each in guardians}, source="reply", cause=events[-1])


def meeting_missed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A family could not come: a fact that asks for another way to meet."""
    missed = {event.data["guardian_id"] for event in events if event.data["who"] in ("guardian", "both")}
    change(uow, {each: {HEALED_BY_MEETING: True} for each in missed}, source="meeting_missed", cause=events[-1])


def meeting_held(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """They have met: what stood between no longer does."""
    met = {event.data["guardian_id"] for event in events}
    change(uow, {each: {HEALED_BY_MEETING: False} for each in met}, source="meeting_held", cause=events[-1])
