"""Notes of what the other services say: preferences for choosing times, and the brief a teacher reads before a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.scheduling.store import availability, briefs, loop_words
from shared.messaging.envelope import Event
from shared.messaging.inbox import PermanentError
from shared.messaging.uow import UnitOfWork

_PREFERENCE = ("guardian_id", "version", "live_mode", "available_after", "quiet_start", "quiet_end", "timezone")


def preference_changed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """When and how a guardian wants to be met; the highest version holds.

    A time or zone that cannot be read is dead-lettered here, before it could spoil every offer to come.
    """
    for event in events:
        _check(event)
    newest = {e.data["guardian_id"]: e for e in sorted(events, key=lambda e: e.data["version"])}
    rows = [{name: event.data[name] for name in _PREFERENCE} for event in newest.values()]
    availability.set_preferences(uow.connection, rows)
    spoken = [{name: event.data[name] for name in ("guardian_id", "version", "language")} for event in newest.values()]
    loop_words.set_languages(uow.connection, spoken)


def _check(event: Event) -> None:
    for name in ("available_after", "quiet_start", "quiet_end", "timezone"):
        value = event.data[name]
        try:
            if value:
                (ZoneInfo if name == "timezone" else time.fromisoformat)(value)
        except (ValueError, OSError, ZoneInfoNotFoundError):  # OSError: the name of a folder of zones
            raise PermanentError(
                "PREFERENCE_UNREADABLE", f"{name} cannot be read", "mend its producer, then replay", "preference_changed"
            ) from None


def boundary_set(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """What a guardian does not want to be asked: policy reads it, and the brief repeats it."""
    newest = {(e.data["guardian_id"], e.data["scope"]): e for e in sorted(events, key=lambda e: e.data["version"])}
    names = ("guardian_id", "scope", "version", "active")
    availability.set_boundaries(uow.connection, [{name: e.data[name] for name in names} for e in newest.values()])


def response_submitted(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The family has told about the child: worth opening before the meeting."""
    rows = briefs.locked(uow.connection, (student for event in events for student in event.data["student_ids"]))
    for event in events:
        for student in event.data["student_ids"]:
            rows[student]["surveys_answered"] += 1
    briefs.write(uow.connection, rows)
    _priorities(uow, events)


def _priorities(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """What matters most to the family stands on top of a plan (intake question 4)."""
    said = {
        (event.data["guardian_id"], student): event.data["priorities"]
        for event in events
        if event.data.get("priorities")
        for student in event.data["student_ids"]
    }
    loop_words.set_priorities(
        uow.connection,
        [
            {"guardian_id": guardian, "student_id": student, "text": text, "said_at": uow.now}
            for (guardian, student), text in said.items()
        ],
    )


def concern_raised(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """How many, and what the last was about; never its words."""
    rows = briefs.locked(uow.connection, (event.data["student_id"] for event in events))
    for event in events:
        row = rows[event.data["student_id"]]
        row["concerns"] += 1
        row["last_topic"] = event.data["topic"]
    briefs.write(uow.connection, rows)


def contact_logged(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The last personal contact; a broadcast is none. A contact closes the gap that was found before it."""
    personal = [event for event in events if event.data["personal"]]
    if not personal:
        return
    rows = briefs.locked(uow.connection, (event.data["student_id"] for event in personal))
    for event in personal:
        row, at = rows[event.data["student_id"]], event.data["at"]
        if row["last_contact_at"] is None or at > row["last_contact_at"]:
            row |= {"last_contact_at": at, "last_contact_mode": event.data["mode"], "gap_days": None}
    briefs.write(uow.connection, rows)


def strength_recorded(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """How much good has been seen, at school and at home."""
    rows = briefs.locked(uow.connection, (event.data["student_id"] for event in events))
    for event in events:
        rows[event.data["student_id"]][f"strengths_{event.data['source']}"] += 1
    briefs.write(uow.connection, rows)


def contact_gap_detected(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """For how long nobody has spoken with the home (the floor where nobody ever has)."""
    rows = briefs.locked(uow.connection, (event.data["student_id"] for event in events))
    for event in events:
        days = event.data["days_since"]
        rows[event.data["student_id"]]["gap_days"] = event.data["floor_days"] if days is None else days
    briefs.write(uow.connection, rows)


def alert_noted(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The standing that the meeting will be about."""
    rows = briefs.locked(uow.connection, (event.data["student_id"] for event in events))
    for event in events:
        rows[event.data["student_id"]]["alert_score"] = event.data["score"]
    briefs.write(uow.connection, rows)
