"""From an event to what the log keeps of it: ids, closed values and times, never what names or quotes a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts import contract
from shared.messaging.envelope import Event

# Who did it and whose record it is, by the first of these that the event has.
_ACTORS = ("viewer_id", "reviewer_id", "teacher_id", "owner_id", "set_by")
_SUBJECTS = ("subject_id", "student_id", "guardian_id")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, before it has a place in the chain."""

    event_id: str
    type: str
    actor: str
    subject: str
    at: datetime
    data: Mapping[str, Any]

    def facts(self, district: str) -> dict[str, Any]:
        """What is hashed: the district too, so that a row cannot be carried to another's log."""
        return {
            "event_id": self.event_id,
            "type": self.type,
            "actor": self.actor,
            "subject": self.subject,
            "at": self.at.isoformat(timespec="microseconds"),
            "district": district,
            "data": dict(self.data),
        }


def entry_of(event: Event) -> Entry:
    """The log's view of an event: fields that travel sealed, and fields this version does not know, stay out."""
    declared = contract(event.type, event.version)
    clear = {name: event.data[name] for name in declared.fields if name in event.data and name not in declared.sealed}
    dumped: dict[str, Any] = {name: declared.fields[name].serialize(name, clear) for name in clear}
    return Entry(
        event_id=event.id,
        type=event.type,
        actor=_first(clear, _ACTORS) or event.source,
        subject=_first(clear, _SUBJECTS) or "",
        at=event.time,
        data=dumped,
    )


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(data[name]) for name in names if data.get(name)), None)
