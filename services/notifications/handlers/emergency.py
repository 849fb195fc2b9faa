"""A send to many with its guards: an unusual audience is confirmed, it can be undone, and nothing is sent late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain import blast
from services.notifications.domain.audience import Audience
from services.notifications.domain.blast import Limits, Unusual
from services.notifications.domain.cap import Status
from services.notifications.handlers import announcing
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.tasks import task
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import audience as audiences
from services.notifications.store import broadcasts as store
from services.notifications.store import ladder, ledger, messages, people
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

Row = Mapping[str, Any]

WATCH, OVER = "send_watch", "send_over"  # kinds of due work
KIND = "emergency"


@dataclass(frozen=True)
class Preview:
    """Before anything goes: numbers only. `unusual`: why somebody must confirm `guardians`."""

    guardians: int
    languages: Mapping[str, int]
    ways: Mapping[str, int]
    unusual: Unusual | None
    limits: Limits


def limits_of(uow: UnitOfWork, school_id: str | None) -> Limits:
    school = people.schools(uow.connection, [school_id]).get(school_id or "")
    return Limits.of(school["settings"]) if school else Limits()


def preview(uow: UnitOfWork, author: Author, what: Announcement) -> Preview:
    """How many it reaches by which way and in which language, and whether that is like this sender."""
    audience = announcing.resolved(uow, what.audience)
    ways = store.reach(uow.connection, audience)
    guardians = ways.pop("guardians")
    limits = limits_of(uow, what.school_id)
    schools = store.all_schools(uow.connection)
    everywhere = what.audience.everyone or (
        len(schools) > 1 and set(what.audience.schools) >= set(schools) and not what.audience.grades
    )
    past = store.past_sizes(uow.connection, author.staff_id)
    return Preview(
        guardians=guardians,
        languages=audiences.languages(uow.connection, audience),
        ways=ways,
        unusual=blast.unusual(guardians, past, limits, whole_district=everywhere),
        limits=limits,
    )


def send(
    uow: UnitOfWork,
    ports: Ports,
    author: Author,
    what: Announcement,
    *,
    confirmed: str | None = None,
    approved_by: str | None = None,
    cap_key: str | None = None,
) -> str:
    """The message's id. It starts when it cannot be undone any more, ends at its expiry, and is watched.

    The caller has asked `announcing.may_announce`, and had an unusual audience confirmed.
    """
    limits = limits_of(uow, what.school_id)
    emergency = what.kind == KIND
    start_at = what.start_at or uow.now + limits.undo(emergency=emergency)
    expires_at = what.expires_at or uow.now + limits.lasts(emergency=emergency)
    announced = announcing.announce(uow, ports, author, replace(what, start_at=start_at, expires_at=expires_at))
    record(
        uow,
        announced.message_id,
        author,
        what,
        guardians=announced.guardians,
        start_at=start_at,
        expires_at=expires_at,
        confirmed=confirmed,
        approved_by=approved_by,
        cap_key=cap_key,
    )
    uow.schedule(WATCH, announced.message_id, start_at + timedelta(minutes=limits.alarm_minutes))
    return announced.message_id


def record(
    uow: UnitOfWork,
    message_id: str,
    author: Author,
    what: Announcement,
    *,
    guardians: int,
    start_at: datetime,
    expires_at: datetime,
    status: Status = Status.ACTUAL,
    confirmed: str | None = None,
    approved_by: str | None = None,
    cap_key: str | None = None,
) -> None:
    """Write down who sent what to how many, and have it end in time."""
    store.save_broadcast(
        uow.connection,
        {
            "message_id": message_id,
            "sender_id": author.staff_id,
            "school_id": what.school_id,
            "school_ids": schools_of(uow, what.audience) or ([what.school_id] if what.school_id else []),
            "status": status.value,
            "emergency": what.kind == KIND,
            "guardians": guardians,
            "start_at": start_at,
            "confirmed": confirmed,
            "approved_by": approved_by,
            "cap_key": cap_key,
            "created_at": uow.now,
        },
    )
    uow.schedule(OVER, message_id, expires_at)
    uow.emit(
        "notifications.announcement_sent",
        {
            "message_id": message_id,
            "sender_id": author.staff_id,
            "school_id": what.school_id,
            "kind": what.kind,
            "status": status.value,
            "guardians": guardians,
            "confirmed": confirmed,
            "approved_by": approved_by,
        },
        school=what.school_id,
        subject=message_id,
    )


def schools_of(uow: UnitOfWork, audience: Audience) -> list[str]:
    """Whose offices a send concerns; none: the whole district's."""
    found = set(audience.schools)
    if audience.classes:
        found |= set(audiences.schools_of_classes(uow.connection, audience.classes).values())
    if audience.students:
        found |= {row["school_id"] for row in people.students(uow.connection, audience.students).values()}
    return sorted(found)


def over(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """A message's time is over: what has not left does not leave."""
    for item in items:
        store.expire(uow.connection, item.key, now=uow.now)


def call(uow: UnitOfWork, rows: Sequence[Row], *, by: str, say: str) -> None:
    """A person calls these (`store.unreached`): on the call list of their school at once; asking twice is one call."""
    tasks = [
        task(
            uow,
            derived_id("call-alert", row["delivery_id"]),
            staff_id=by,
            kind="call_home",
            school_id=row["school_id"],
            student_id=next(iter(row["students"]), None),
            guardian_id=row["guardian_id"],
            note=say,
            due_at=uow.now,
        )
        for row in rows
    ]
    ledger.save_tasks(uow.connection, tasks)
    ladder.save_calls(
        uow.connection,
        [
            {"task_id": made["task_id"], "delivery_id": row["delivery_id"], "tries": 0, "outcome": None, "outcome_at": None,
             "outcome_by": None}
            for row, made in zip(rows, tasks, strict=True)
        ],
    )  # fmt: skip
    messages.trace(uow.connection, [(row["delivery_id"], "call asked", "a person calls") for row in rows], uow.now)


def may_confirm(preview_: Preview, typed: str | None) -> bool:
    """Whether it may go without a second person."""
    return preview_.unusual is None or blast.confirmed(typed, preview_.guardians)
