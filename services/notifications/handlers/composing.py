"""From something to say to one planned delivery per person: the one way in for every message, a person's or a service's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.notifications.domain.consent import Purpose
from services.notifications.domain.sending import Weight
from services.notifications.handlers import beats, phrases, planning
from services.notifications.handlers.rendering import say_held, school_zone
from services.notifications.ports import Ports
from services.notifications.store import messages, people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, about_whom, decide

SCHOOL_LANGUAGE = "en"
PERSONAL = messages.PERSONAL


@dataclass(frozen=True)
class Recipient:
    """One person, the children it tells them of, and what is spliced in for them alone (`domain.wording` values)."""

    person_id: str
    students: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    opens: Mapping[str, str] | None = None
    attachment_id: str | None = None
    solicited: bool = False
    kind: str = "guardian"
    language: str | None = None  # where it is not the one that is known of them
    way: str = ""  # the one channel it may take: where it answers what came by that channel


@dataclass(frozen=True)
class Draft:
    """A message before anybody was asked whether they may have it. `text`, or `catalogue_key`; with both, the text until the
    catalogue's has come."""

    message_id: str
    kind: str
    weight: Weight
    school_id: str | None
    recipients: Sequence[Recipient]
    text: str | None = field(default=None, repr=False)
    catalogue_key: str | None = None
    source_language: str = SCHOOL_LANGUAGE
    sender_id: str | None = None
    class_id: str | None = None
    category: str | None = None
    personal: bool = False
    risk: str = "low"
    protected: tuple[str, ...] = field(default=(), repr=False)
    action: Action = Action.CONTACT
    purpose: Purpose = Purpose.SCHOOL_MISSION
    thread_id: str | None = None
    expires_at: datetime | None = None
    cause: Event | None = None


def compose(uow: UnitOfWork, ports: Ports, drafts: Sequence[Draft]) -> None:
    """Decide every recipient, write message and deliveries, and ask for each text once per language."""
    if not drafts:
        return
    guardians = {r.person_id for d in drafts for r in d.recipients if r.kind == "guardian"}
    known = people.guardians(uow.connection, guardians)
    wishes = people.preferences(uow.connection, guardians)
    children = {s for d in drafts for r in d.recipients for s in r.students}
    circle = people.circle(uow.connection, guardians, children)
    several = any(len(r.students) > 1 and "student" in r.params for d in drafts for r in d.recipients)
    enrolled = people.students(uow.connection, children) if several else {}
    schools = people.schools(uow.connection, (d.school_id for d in drafts))
    languages = {
        person: (wishes[person]["language"] if person in wishes else None) or known[person]["language"]
        for person in known
    }
    rows = [
        _row(uow, draft, recipient, circle, schools, languages, enrolled)
        for draft in drafts
        for recipient in draft.recipients
        if recipient.kind == "staff" or recipient.person_id in known
    ]
    messages.save_messages(uow.connection, [message_row(uow, draft) for draft in drafts])
    fresh = messages.save_deliveries(uow.connection, rows)
    _say_refused(uow, [row for row in rows if row["delivery_id"] in fresh])
    _ask_planned(uow, drafts, [row for row in rows if row["state"] == "planned"])
    planning.plan_ready(uow, ports, {draft.message_id for draft in drafts})


def message_row(uow: UnitOfWork, draft: Draft) -> dict[str, Any]:
    """A draft as its row."""
    return {
        "message_id": draft.message_id,
        "content_version": 1,
        "kind": draft.kind,
        "weight": draft.weight.value,
        "risk": draft.risk,
        "sender_id": draft.sender_id,
        "school_id": draft.school_id,
        "class_id": draft.class_id,
        "category": draft.category,
        "catalogue_key": draft.catalogue_key,
        "source_language": draft.source_language,
        "text": draft.text,
        "personal": draft.personal,
        "purpose": (Purpose.EMERGENCY if draft.weight is Weight.SAFETY else draft.purpose).value,
        "thread_id": draft.thread_id,
        "expires_at": draft.expires_at,
        "created_at": uow.now,
    }


def _row(
    uow: UnitOfWork,
    draft: Draft,
    recipient: Recipient,
    circle: people.Circle,
    schools: Mapping[str, people.Row],
    languages: Mapping[str, str],
    enrolled: Mapping[str, people.Row],
) -> dict[str, Any]:
    """A planned delivery, or a refused one that says why."""
    students, reason, params = recipient.students, None, dict(recipient.params)
    if recipient.kind == "guardian":
        zone = school_zone(schools.get(draft.school_id or ""))
        students, reason = allowed_students(
            uow.district, draft, recipient, circle=circle, on=uow.now.astimezone(zone).date()
        )
        if "student" in params and students != recipient.students:  # whom it may not tell of, it does not name either
            params["student"] = ", ".join(enrolled[child]["given_name"] for child in students if child in enrolled)
    return {
        "delivery_id": derived_id("delivery", draft.message_id, recipient.person_id),
        "message_id": draft.message_id,
        "content_version": 1,
        "recipient_id": recipient.person_id,
        "recipient_kind": recipient.kind,
        "way": recipient.way,
        "lane": PERSONAL,
        "household_id": None,
        "school_id": draft.school_id,
        "students": list(students),
        "language": recipient.language or languages.get(recipient.person_id, SCHOOL_LANGUAGE),
        "params": params,
        "opens": dict(recipient.opens) if recipient.opens else None,
        "attachment_id": recipient.attachment_id,
        "solicited": recipient.solicited,
        "state": "refused" if reason else "planned",
        "reason": reason,
        "channel": None,
        "tried": [],
        "attempts": 0,
        "body": None,
        "over_cap": False,
        "due_at": None,
        "expires_at": draft.expires_at,
        "created_at": uow.now,
    }


def allowed_students(
    district: str, draft: Draft, recipient: Recipient, *, circle: people.Circle, on: Any
) -> tuple[tuple[str, ...], str | None]:
    """The children this guardian may be told of; none: policy's word for why."""
    system = Subject.system("notifications", district)
    resource = Resource.guardian(recipient.person_id, district, students=recipient.students)
    facts = circle.facts(recipient.person_id, on, purpose=draft.weight.purpose)
    students = about_whom(system, draft.action, resource, facts)
    if students:
        return students, None
    return (), decide(system, draft.action, resource, facts).rule


def _say_refused(uow: UnitOfWork, fresh: Sequence[Mapping[str, Any]]) -> None:
    entries = []
    for row in fresh:
        if row["state"] == "planned":
            entries.append((row["delivery_id"], "planned", f"in {row['language']}"))
            continue
        entries.append((row["delivery_id"], "refused", row["reason"]))
    messages.trace(uow.connection, entries, uow.now)
    say_held(uow, [(row, row["reason"], None) for row in fresh if row["state"] != "planned"])


def _ask_planned(uow: UnitOfWork, drafts: Sequence[Draft], planned: Sequence[Mapping[str, Any]]) -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in planned:
        wanted[row["message_id"]].add(row["language"])
    unique = {draft.message_id: draft for draft in drafts if draft.message_id in wanted}
    ask_texts(uow, [(draft, wanted[draft.message_id]) for draft in unique.values()])


def ask_texts(uow: UnitOfWork, wanted: Sequence[tuple[Draft, set[str]]]) -> None:
    """One request per message with the languages nobody has asked for yet; the same for the phrases around it."""
    spoken = {language for _, languages in wanted for language in languages}
    asked = messages.texts(uow.connection, [*(draft.message_id for draft, _ in wanted), *phrases.PHRASE_IDS])
    for draft, languages in wanted:
        known = {language for message, language in asked if message == draft.message_id}
        _ask(uow, draft, sorted((languages | {draft.source_language}) - known))
    for key, phrase_id in phrases.PHRASES.items():
        new = sorted(spoken - {language for message, language in asked if message == phrase_id})
        phrase = Draft(phrase_id, "info", Weight.ANSWER, None, (), catalogue_key=key)
        _ask(uow, phrase, new)


def _ask(uow: UnitOfWork, draft: Draft, languages: Sequence[str]) -> None:
    if not languages:
        return
    messages.ask_texts(uow.connection, [(draft.message_id, 1, language) for language in languages], uow.now)
    beats.expect_texts(uow)
    uow.emit(
        "notifications.message_composed",
        {
            "message_id": draft.message_id,
            "content_version": 1,
            "kind": draft.kind,
            "risk": draft.risk,
            "source_language": draft.source_language,
            "targets": list(languages),
            "text": draft.text,
            "catalogue_key": draft.catalogue_key,
            "protected": list(draft.protected),
        },
        school=draft.school_id,
        subject=draft.message_id,
        cause=draft.cause,
    )
