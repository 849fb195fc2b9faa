"""Promises: made, reminded of on the school day before, kept or missed, all of it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.scheduling.domain.promises import missed_at, remind_at
from services.scheduling.store import commitments, people
from shared.ids import new_id
from shared.messaging.uow import DueItem, UnitOfWork

_TOLD = ("commitment_id", "owner_id", "owner_kind", "student_id", "guardian_id", "school_id", "due_on", "text")


@dataclass(frozen=True, slots=True, repr=False)  # the text may name a child
class Promise:
    """What a member of staff promises a family."""

    owner_id: str
    student_id: str
    guardian_id: str
    school_id: str
    due_on: date
    text: str


def make(uow: UnitOfWork, promise: Promise) -> str:
    """Record it, tell the family, set its two alarms; returns its id."""
    row: dict[str, Any] = {
        "commitment_id": new_id(),
        "owner_id": promise.owner_id,
        "owner_kind": "staff",
        "student_id": promise.student_id,
        "guardian_id": promise.guardian_id,
        "school_id": promise.school_id,
        "due_on": promise.due_on,
        "text": promise.text,
        "state": "open",
        "made_at": uow.now,
    }
    commitments.add(uow.connection, [row])
    told = {name: row[name] for name in _TOLD}
    uow.emit("scheduling.commitment_made", told, school=promise.school_id, subject=promise.student_id)
    school = people.schools(uow.connection, [promise.school_id])[promise.school_id]
    reminder = remind_at(promise.due_on, zone=school.zone, holidays=school.holidays)
    if reminder > uow.now:  # promised for today or tomorrow: no reminder is due any more
        uow.schedule("promise_reminder", row["commitment_id"], reminder)
    uow.schedule("promise_deadline", row["commitment_id"], missed_at(promise.due_on, zone=school.zone))
    return str(row["commitment_id"])


def promise_reminder(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Due on the next school day: the owner is reminded, once."""
    for row in commitments.mark_reminded(uow.connection, [item.key for item in items], uow.now):
        uow.emit("scheduling.commitment_due", _data(row), school=row.school_id, subject=row.student_id)


def promise_deadline(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """The day has passed: what is still open was missed."""
    for row in commitments.mark_missed(uow.connection, [item.key for item in items]):
        uow.emit("scheduling.commitment_missed", _data(row), school=row.school_id, subject=row.student_id)


def done(uow: UnitOfWork, commitment_id: str) -> bool:
    """Kept, or kept late: the family is told either way. False when it had been marked before."""
    row = commitments.mark_done(uow.connection, commitment_id, uow.now)
    if row is None:
        return False
    uow.cancel("promise_reminder", commitment_id)
    uow.cancel("promise_deadline", commitment_id)
    uow.emit("scheduling.commitment_kept", _data(row), school=row.school_id, subject=row.student_id)
    return True


def _data(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _TOLD}
