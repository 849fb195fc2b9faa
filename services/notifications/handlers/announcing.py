"""One thing to say to many: a message row at once, its deliveries in pages of a few thousand, one a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.notifications.domain.audience import Audience, channel_of, ways
from services.notifications.domain.consent import Purpose
from services.notifications.domain.sending import WEIGHT_OF_KIND, Weight
from services.notifications.handlers import composing, planning
from services.notifications.handlers.phrases import PHRASE_IDS
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import audience as audiences
from services.notifications.store import messages, outgoing, people
from shared import policy
from shared.ids import derived_id, fingerprint, new_id
from shared.messaging.uow import DueItem, UnitOfWork
from shared.policy import Action, Decision, Facts, Resource, ResourceKind, Subject, SubjectKind

PAGE = 5_000  # guardians a transaction: a second or two, whatever the district's size
EMERGENCY, ANNOUNCEMENT = 0, 2  # lanes
SHARED_NUMBER_CHANNELS = frozenset({"sms", "voice", "whatsapp"})


@dataclass(frozen=True)
class Announcement:
    """`start_at`: not before then (the time in which it can be undone); `expires_at`: not after.

    `kind`: info, ask, positive or emergency. In `text` {children}, {guardian} and {school} are each reader's own.
    `catalogue_key`: the text was written beforehand in every language; `text` is its English, for as long as no other is there.
    """

    kind: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    audience: Audience
    purpose: Purpose = Purpose.SCHOOL_MISSION
    school_id: str | None = None
    source_language: str = "en"
    expires_at: datetime | None = None
    start_at: datetime | None = None
    corrects: str | None = None
    risk: str = "low"
    catalogue_key: str | None = None


@dataclass(frozen=True)
class Announced:
    """`guardians`: whom it is for, before each is asked about."""

    message_id: str
    guardians: int


def may_announce(uow: UnitOfWork, author: Author, audience: Audience, *, safety: bool) -> Decision:
    """Policy's answer for every part of the audience; the first "no" is the answer."""
    purpose = policy.Purpose.SAFETY if safety else policy.Purpose.ROUTINE
    subject = Subject(
        SubjectKind.STAFF, author.staff_id, uow.district, frozenset({author.role}), frozenset(author.schools)
    )
    member = people.staff(uow.connection, [author.staff_id]).get(author.staff_id)
    enrolled = people.students(uow.connection, audience.students)
    taught = {row["student_id"] for row in people.taught_by(uow.connection, author.staff_id)}
    facts = Facts(
        on=uow.now.date(),
        restrictions=(),
        classes=frozenset(member["class_ids"] if member else ()),
        schools_of={student: frozenset({row["school_id"]}) for student, row in enrolled.items()},
        taught=frozenset(taught & set(audience.students)),
        purpose=purpose,
    )
    where = audiences.schools_of_classes(uow.connection, audience.classes) if audience.classes else {}
    parts = [Resource(ResourceKind.CLASS, name, uow.district, school=where.get(name)) for name in audience.classes]
    parts += [Resource.student(student, uow.district) for student in audience.students]
    parts += [Resource(ResourceKind.SCHOOL, school, uow.district, school=school) for school in audience.schools]
    if not parts:  # everyone, or a bare list of guardians: whoever may speak to the whole district
        parts = [Resource(ResourceKind.SCHOOL, "", uow.district, school="")]
    decisions = [policy.decide(subject, Action.CONTACT, part, facts) for part in parts]
    return next((decision for decision in decisions if not decision.allowed), decisions[0])


def announce(uow: UnitOfWork, ports: Ports, author: Author, what: Announcement) -> Announced:
    """Write the message, ask for its texts, and have its deliveries planned; the caller has asked `may_announce`."""
    weight = WEIGHT_OF_KIND[what.kind]
    message_id = new_id()
    draft = composing.Draft(
        message_id=message_id,
        kind=what.kind,
        weight=weight,
        school_id=what.school_id,
        recipients=(),
        text=f"{what.title}\n\n{what.text}" if what.title and not what.catalogue_key else what.text,
        catalogue_key=what.catalogue_key,
        source_language=what.source_language,
        sender_id=author.staff_id,
        risk=what.risk,
    )
    row = composing.message_row(uow, draft) | {
        "title": what.title,
        "purpose": (Purpose.EMERGENCY if weight is Weight.SAFETY else what.purpose).value,
        "audience": what.audience.as_json(),
        "expires_at": what.expires_at,
        "corrects": what.corrects,
        "class_id": what.audience.classes[0] if what.audience.classes else None,
    }
    messages.save_messages(uow.connection, [row])
    spoken = audiences.languages(uow.connection, resolved(uow, what.audience))
    composing.ask_texts(uow, [(draft, set(spoken))])
    uow.schedule("expand", message_id, what.start_at or uow.now, {"after": ""})
    return Announced(message_id, sum(spoken.values()))


def resolved(uow: UnitOfWork, audience: Audience) -> Audience:
    """Classes as their students of today."""
    if not audience.classes:
        return audience
    students = audiences.students_of_classes(uow.connection, audience.classes)
    if audience.students:
        students = tuple(set(students) & set(audience.students))
    return replace(audience, classes=(), students=students or ("",))  # a class of nobody is nobody, not everybody


def expand(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The next page of deliveries of each announcement; a recalled one stops here."""
    for item in items:
        outgoing.lock(uow.connection, [item.key])
        message = messages.messages(uow.connection, [item.key]).get(item.key)
        if message is None or message["recalled_at"] is not None or message["audience"] is None:
            continue
        audience = resolved(uow, Audience.from_json(message["audience"]))
        rows = audiences.page(uow.connection, audience, after=str(item.data["after"]), limit=PAGE)
        if not rows:
            continue
        planned = (_emergency if message["weight"] == Weight.SAFETY else _once)(uow, message, rows)
        ready = outgoing.arrived(uow.connection, message, PHRASE_IDS)
        for row in planned:  # at once where the text is there already; what has no text yet is released when it comes
            goes = row["state"] == "planned" and row["language"] in ready
            row.update(state="due" if goes else row["state"], due_at=uow.now if goes else None)
        outgoing.save_new_deliveries(uow.connection, planned)
        uow.wake()
        if len(rows) == PAGE:
            uow.schedule("expand", item.key, uow.now, {"after": rows[-1]["guardian_id"]})
        planning.plan_ready(uow, ports, {item.key})  # texts may have come before their readers did


def _once(uow: UnitOfWork, message: people.Row, rows: Sequence[people.Row]) -> list[dict[str, Any]]:
    return [_row(uow, message, row, lane=ANNOUNCEMENT) for row in rows]


def _emergency(uow: UnitOfWork, message: people.Row, rows: Sequence[people.Row]) -> list[dict[str, Any]]:
    """A copy for every way of every person; a number that several share is used once."""
    known = people.guardians(uow.connection, (row["guardian_id"] for row in rows))
    points = people.all_points(uow.connection, known)
    planned = [
        (_row(uow, message, row, lane=EMERGENCY, way=way), address)
        for row in rows
        for way, address in ways(points.get(row["guardian_id"], {})).items()
    ]
    keys: dict[str, str] = {}
    for copy, address in planned:
        if channel_of(copy["way"]) in SHARED_NUMBER_CHANNELS:
            keys.setdefault(_number_key(message, copy, address), copy["delivery_id"])
    fresh = audiences.claim_numbers(uow.connection, keys)
    for copy, address in planned:
        if channel_of(copy["way"]) in SHARED_NUMBER_CHANNELS:
            key = _number_key(message, copy, address)
            if key not in fresh or keys[key] != copy["delivery_id"]:
                copy.update(state="merged", reason="shared_number")
    return [copy for copy, _ in planned]


def _number_key(message: people.Row, copy: Mapping[str, Any], address: str) -> str:
    return f"{message['message_id']}:{channel_of(copy['way'])}:{fingerprint(address)}"


def _row(uow: UnitOfWork, message: people.Row, row: people.Row, *, lane: int, way: str = "") -> dict[str, Any]:
    children = dict(sorted(row["children"].items()))
    return {
        "delivery_id": derived_id("delivery", message["message_id"], row["guardian_id"], way),
        "message_id": message["message_id"],
        "content_version": message["content_version"],
        "recipient_id": row["guardian_id"],
        "recipient_kind": "guardian",
        "way": way,
        "lane": lane,
        "household_id": row["household_id"],
        "school_id": row["school_id"],
        "students": list(children),
        "language": row["language"],
        "params": {"children": children},
        "solicited": False,
        "state": "planned",
        "reason": None,
        "tried": [],
        "attempts": 0,
        "over_cap": False,
        "expires_at": message["expires_at"],
        "created_at": uow.now,
    }
