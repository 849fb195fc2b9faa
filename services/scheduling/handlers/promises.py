"""Promises of staff and of guardians: made, reminded of on the school day before, kept or missed, all of it said (F43)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.promises import missed_at, remind_at
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.loop_words import SCHOOL_LANGUAGE, Saying
from services.scheduling.ports import Ports
from services.scheduling.store import commitments, people
from shared.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

KIND = "commitment"  # of the open question, and of the link
STAFF, GUARDIAN = "staff", "guardian"
YES = 1
LINK_OUTLIVES = timedelta(days=14)  # the day it was due
_TOLD = ("commitment_id", "owner_id", "owner_kind", "student_id", "guardian_id", "school_id", "due_on", "text")


@dataclass(frozen=True, slots=True)
class Promise:
    """What somebody promises by a day. A guardian's (`owner_kind`) is made to `staff_id`."""

    owner_id: str
    student_id: str
    guardian_id: str
    school_id: str
    due_on: date
    text: str = field(repr=False)  # may name a child
    owner_kind: str = STAFF
    staff_id: str | None = None


def make(uow: UnitOfWork, promise: Promise) -> str:
    """Record it, tell the family in its language, set its two alarms; returns its id."""
    row: dict[str, Any] = {
        "commitment_id": new_id(),
        "owner_id": promise.owner_id,
        "owner_kind": promise.owner_kind,
        "student_id": promise.student_id,
        "guardian_id": promise.guardian_id,
        "school_id": promise.school_id,
        "due_on": promise.due_on,
        "text": promise.text,
        "state": "open",
        "made_at": uow.now,
    }
    staff_id = promise.owner_id if promise.owner_kind == STAFF else promise.staff_id
    commitments.add(uow.connection, [row])
    if promise.owner_kind == GUARDIAN and staff_id is not None:
        commitments.made_to(uow.connection, row["commitment_id"], staff_id)
    words = loop_words.text_id(row["commitment_id"])
    loop_words.write(uow, {words: promise.text})
    told = {**{name: row[name] for name in _TOLD}, "staff_id": staff_id}
    family = (promise.guardian_id, promise.student_id, promise.school_id)
    loop_words.say(uow, [Saying("scheduling.commitment_made", row["commitment_id"], *family, (words,), told)])
    school = people.schools(uow.connection, [promise.school_id])[promise.school_id]
    reminder = remind_at(promise.due_on, zone=school.zone, holidays=school.holidays)
    if reminder > uow.now:  # promised for today or tomorrow: no reminder is due any more
        uow.schedule("promise_reminder", row["commitment_id"], reminder)
    uow.schedule("promise_deadline", row["commitment_id"], missed_at(promise.due_on, zone=school.zone))
    return str(row["commitment_id"])


def promise_reminder(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Due on the next school day: the owner is reminded, once."""
    rows = commitments.mark_reminded(uow.connection, [item.key for item in items], uow.now)
    _say(uow, "scheduling.commitment_due", rows, ports=ports)


def promise_deadline(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """The day has passed: what is still open was missed."""
    _say(uow, "scheduling.commitment_missed", commitments.mark_missed(uow.connection, [item.key for item in items]))


def done(uow: UnitOfWork, commitment_id: str) -> bool:
    """Kept, or kept late: the other side is told either way. False when it had been marked before."""
    row = commitments.mark_done(uow.connection, commitment_id, uow.now)
    if row is None:
        return False
    uow.cancel("promise_reminder", commitment_id)
    uow.cancel("promise_deadline", commitment_id)
    _say(uow, "scheduling.commitment_kept", [row])
    return True


def reply_received(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A guardian's "1" to the reminder: it is done."""
    ours = [event for event in events if event.data["open_kind"] == KIND and event.data["open_ref"]]
    found = commitments.by_id(uow.connection, (event.data["open_ref"] for event in ours))
    for event in ours:
        row = found.get(event.data["open_ref"])
        mine = row is not None and row.owner_kind == GUARDIAN and row.owner_id == event.data["guardian_id"]
        if row is not None and mine and chosen_number(event.data["text"]) == YES:
            done(uow, row.commitment_id)


def _say(uow: UnitOfWork, type_: str, rows: Sequence[Any], *, ports: Ports | None = None) -> None:
    """One event a promise, with its words as the family reads them and, for a reminded guardian, the page to say "done" on."""
    if not rows:
        return
    spoken = loop_words.languages(uow, {row.guardian_id for row in rows})
    to = commitments.told(uow.connection, {row.commitment_id for row in rows if row.owner_kind == GUARDIAN})
    schools = people.schools(uow.connection, {row.school_id for row in rows})
    read = {
        language: loop_words.read(
            uow,
            [loop_words.text_id(row.commitment_id) for row in rows if spoken.get(row.guardian_id, SCHOOL_LANGUAGE) == language],
            language,
        )
        for language in {spoken.get(row.guardian_id, SCHOOL_LANGUAGE) for row in rows}
    }
    for row in rows:
        language = spoken.get(row.guardian_id, SCHOOL_LANGUAGE)
        said = read[language].get(loop_words.text_id(row.commitment_id))
        link = None
        if ports is not None and row.owner_kind == GUARDIAN:
            link = page_link(uow, ports, row, language=language, school=schools[row.school_id])
        uow.emit(
            type_,
            {
                **{name: getattr(row, name) for name in _TOLD},
                "staff_id": row.owner_id if row.owner_kind == STAFF else to.get(row.commitment_id),
                "language": language,
                "label": said.label if said is not None else "source",
                "words": [said.text if said is not None else row.text],
                "link": link,
            },
            school=row.school_id,
            subject=row.student_id,
        )


def page_link(uow: UnitOfWork, ports: Ports, row: Any, *, language: str, school: people.School) -> str:
    """A guardian's own promise, with a button that says it is done."""
    return ports.page_link(
        "/scheduling/c",
        uow.district,
        row.owner_id,
        purpose=KIND,
        resource=row.commitment_id,
        expires_at=missed_at(row.due_on, zone=school.zone) + LINK_OUTLIVES,
        language=language,
        school=row.school_id,
        jti=f"c-{row.commitment_id}",
    )
