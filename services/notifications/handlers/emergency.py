"""A send to many with its guards: an unusual audience is confirmed, nothing is sent late, and silence raises an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain import blast
from services.notifications.domain.audience import Audience, channel_of
from services.notifications.domain.blast import Fault, Limits, Unusual
from services.notifications.domain.cap import Status
from services.notifications.domain.sending import Weight
from services.notifications.handlers import announcing
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.tasks import task
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import audience as audiences
from services.notifications.store import emergency as store
from services.notifications.store import ladder, ledger, messages, people
from shared.ids import derived_id, new_id
from shared.messaging.uow import DueItem, UnitOfWork
from shared.observability.metrics import SEND_ALARMS, district_label

Row = Mapping[str, Any]

WATCH, OVER = "send_watch", "send_over"  # kinds of due work
KIND = "emergency"
EXERCISE = "emergency.exercise"  # of the catalogue: a drill says so in every language
# what was to have gone by the time anybody looks; quiet hours, a monthly limit and paper are no fault
TO_GO = frozenset({"planned", "due", "sending", "sent", "delivered", "unknown", "failed", "expired"})
ACCEPTED = frozenset({"sent", "delivered"})


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


def exercise(uow: UnitOfWork, ports: Ports, author: Author, what: Announcement) -> str:
    """A drill: staff of the schools and their canaries get it by the ordinary ways, marked as an exercise; nobody else."""
    message_id = new_id()
    schools = people.schools(uow.connection, what.audience.schools or author.schools)
    staff = store.staff_of(uow.connection, schools)
    canaries = {row["settings"]["alerts"]["canary"] for row in schools.values() if (row["settings"].get("alerts") or {}).get("canary")}
    known = people.guardians(uow.connection, canaries)
    text = f"{what.title}\n\n{what.text}" if what.title else what.text
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=message_id,
                kind="info",
                weight=Weight.ANSWER,
                school_id=what.school_id,
                recipients=[
                    *(Recipient(one, params={"text": text}, kind="staff") for one in staff),
                    *(
                        Recipient(one, students, {"text": text}, solicited=True)
                        for one, students in _children(uow, known).items()
                    ),
                ],
                catalogue_key=EXERCISE,
                sender_id=author.staff_id,
                expires_at=what.expires_at,
            )
        ],
    )
    store.entitle(uow.connection, message_id, what.title)
    expires_at = what.expires_at or uow.now + limits_of(uow, what.school_id).lasts(emergency=True)
    size = len(staff) + len(known)
    record(
        uow, message_id, author, what, guardians=size, start_at=uow.now, expires_at=expires_at, status=Status.EXERCISE
    )
    return message_id


def _children(uow: UnitOfWork, guardians: Mapping[str, Row]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for guardian, student in people.children_of(uow.connection, guardians):
        found[guardian] = (*found.get(guardian, ()), student)
    return found


def watch(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Some minutes after a send has begun: has anything left?"""
    for item in items:
        sent = store.broadcast(uow.connection, item.key)
        message = messages.messages(uow.connection, [item.key]).get(item.key)
        if sent is None or message is None or message["recalled_at"] is not None:
            continue
        rows = _served(ports, store.tally(uow.connection, item.key))
        planned, accepted = counted(rows)
        if not rows:
            planned = sent["guardians"]  # not even planned: the worst of all
        wrong = blast.fault(planned, accepted, limits_of(uow, sent["school_id"]))
        if wrong is not None:
            raise_alarm(
                uow,
                item.key,
                wrong,
                school_id=sent["school_id"],
                school_ids=sent["school_ids"],
                channels=silent(rows),
                planned=planned,
                accepted=accepted,
            )


def _served(ports: Ports, rows: list[Row]) -> list[Row]:
    """Without ways that this site has no account for: an emergency plans them all. Where it has none, all of them."""
    served = [row for row in rows if (row["channel"] or channel_of(row["way"])) in {"", *(name for name in ports.accounts if ports.accounts[name])}]
    return served or rows


def counted(rows: Sequence[Row]) -> tuple[int, int]:
    """(to go by now, accepted), of deliveries that leave the house: the page is no proof of a way out."""
    going = [row for row in rows if row["way"] != store.PAGE and row["channel"] != store.PAGE]
    planned = sum(row["count"] for row in going if row["state"] in TO_GO)
    return planned, sum(row["count"] for row in going if row["state"] in ACCEPTED)


def silent(rows: Sequence[Row]) -> list[str]:
    """Channels that were to carry something and have had nothing accepted."""
    by_channel: dict[str, int] = {}
    for row in rows:
        channel = row["channel"] or channel_of(row["way"])
        if channel and channel != store.PAGE and row["state"] in TO_GO:
            by_channel[channel] = by_channel.get(channel, 0) + (row["count"] if row["state"] in ACCEPTED else 0)
    return sorted(channel for channel, accepted in by_channel.items() if accepted == 0)


def raise_alarm(
    uow: UnitOfWork,
    message_id: str,
    wrong: Fault,
    *,
    school_id: str | None,
    school_ids: Sequence[str],
    channels: Sequence[str],
    planned: int,
    accepted: int,
) -> None:
    """Once a message: a metric, an event, a task for each principal and administrator, and the page shows it."""
    alarm_id = derived_id("send_alarm", message_id)
    fresh = store.save_alarm(
        uow.connection,
        {
            "alarm_id": alarm_id,
            "message_id": message_id,
            "school_id": school_id,
            "fault": wrong.value,
            "channels": list(channels),
            "planned": planned,
            "accepted": accepted,
            "raised_at": uow.now,
            "settled_at": None,
            "settled_by": None,
        },
    )
    if not fresh:
        return
    SEND_ALARMS.labels(wrong.value, district_label(uow.district)).inc()
    uow.emit(
        "notifications.send_alarm",
        {
            "alarm_id": alarm_id,
            "message_id": message_id,
            "school_id": school_id,
            "fault": wrong.value,
            "channels": list(channels),
            "planned": planned,
            "accepted": accepted,
        },
        school=school_id,
        subject=message_id,
    )
    told = store.leaders(uow.connection, school_ids)
    if not told:  # nobody leads: the office is better than silence
        told = sorted(set(people.offices(uow.connection, school_ids).values()))
    ledger.save_tasks(
        uow.connection,
        [
            task(uow, derived_id("send_alarm", alarm_id, one), staff_id=one, kind="send_alarm", school_id=school_id, due_at=uow.now)
            for one in told
        ],
    )


def settle_alarm(uow: UnitOfWork, alarm_id: str, *, by: str, schools: Sequence[str] | None) -> bool:
    """Somebody has seen to it: everybody's task is done."""
    if not store.settle_alarm(uow.connection, alarm_id, by=by, now=uow.now, school_ids=schools):
        return False
    ledger.close_tasks(
        uow.connection,
        [derived_id("send_alarm", alarm_id, one) for one in store.heads(uow.connection)],
        uow.now,
    )
    return True


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


def ask_colleague(uow: UnitOfWork, author: Author, what: Announcement, given: Mapping[str, Any], seen: Preview) -> str:
    """An unusual send waits for somebody else's yes; the request's id."""
    approval_id = new_id()
    store.save_approval(
        uow.connection,
        {
            "approval_id": approval_id,
            "asked_by": author.staff_id,
            "school_id": what.school_id,
            "what": {**given, "author": {"staff_id": author.staff_id, "role": author.role, "schools": list(author.schools)}},
            "guardians": seen.guardians,
            "why": (seen.unusual or Unusual.LARGER).value,
            "asked_at": uow.now,
            "ends_at": uow.now + timedelta(minutes=seen.limits.approval_minutes),
            "decided_by": None,
            "decided_at": None,
            "message_id": None,
        },
    )
    return approval_id


def author_of(kept: Mapping[str, Any]) -> Author:
    """Who asked, as it was kept with the request."""
    return Author(kept["staff_id"], kept["role"], tuple(kept["schools"]))
