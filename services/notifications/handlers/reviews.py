"""Texts that a person reads: they wait, go out once somebody has written them, and are put right where they were wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers import planning
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.rendering import school_zone, shown
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation, ledger, messages, people, voice
from services.notifications.store import reviews as store
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

LATE = "review_late"  # kind of due work, and of the office's task
NOBODY = "review_nobody"
CALL = "call_translated"
READ_IN_TURN = frozenset({"sensitive", "untranslated"})  # they went out; readers find them in the queue, and no office is called
QUEUE = "/translation/review"
_AFTER = {"edited": "review.fixed", "approved": "review.right", "untranslated": "review.translated"}


def review_requested(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """What may not go yet waits; readers are told, the family where it asked or the district wants it, the office in time."""
    written = store.written(uow.connection, [_key(e) for e in events if e.data["waits"]])
    events = [event for event in events if _key(event) not in written]  # asked for before that, and heard after it
    held = store.hold(uow.connection, [_key(e) for e in events if e.data["waits"]], uow.now)
    messages.trace(uow.connection, [(row["delivery_id"], "held", "waits for a person's translation") for row in held], uow.now)
    known = names(uow, schools={event.school for event in events} | {row["school_id"] for row in held})
    children: dict[str, list[str]] = {}
    for guardian, student in people.children_of(uow.connection, {e.data["asked_by"] for e in events if e.data["asked_by"]}):
        children.setdefault(guardian, []).append(student)
    drafts: list[Draft] = []
    for event in events:
        data, key = event.data, _key(event)
        if data["ground"] not in READ_IN_TURN:
            late = {"key": list(key), "due_at": data["due_at"].isoformat(), "school": event.school}
            uow.schedule(LATE, _name(key), data["warn_at"], late)
            drafts += _to_readers(ports, event)
        if data["notice_phone"]:
            mine = [row for row in held if _of(row) == key and row["lane"] == messages.PERSONAL]
            drafts += _notice(event, mine, known.school(event.school or (mine[0]["school_id"] if mine else None)))
        if data["asked_by"]:
            drafts.append(_asked(event, known.schools.get(event.school or ""), children.get(data["asked_by"], ())))
    _tell_office(uow, ports, [(e, NOBODY) for e in events if not e.data["readers"] and e.data["ground"] not in READ_IN_TURN])
    compose(uow, ports, drafts)


def review_late(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The hour comes near and nobody has read it: the office looks for a reader, or has the family called."""
    for item in items:
        _warn(uow, ports, tuple(item.data["key"]), school=item.data["school"], kind=LATE, due=item.data["due_at"])


def review_completed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The person's text goes to who waited for it; who had another one is told the right one."""
    done = {_key(event): event for event in events}
    uow.cancel(LATE, *(_name(key) for key in done))
    offices = people.offices(uow.connection, {event.school for event in events if event.school})
    warned = [_task_id(kind, key, office) for key in done for kind in (LATE, NOBODY) for office in offices.values()]
    ledger.close_tasks(uow.connection, warned, uow.now)
    written = {key: event for key, event in done.items() if event.data["text"] is not None}
    _call_instead(uow, [key for key in done if key not in written])
    if not written:
        return
    messages.tell_texts(uow.connection, [_told(uow, event) for event in written.values()])
    voice.forget_recordings(uow.connection, (key for key, event in written.items() if event.data["edited"]))
    store.resume(uow.connection, written)
    about = messages.messages(uow.connection, {key[0] for key in written})
    drafts: list[Draft] = []
    for key, event in written.items():
        if key[0] in about and not event.data["waited"]:
            drafts += _after(uow, event, key, about[key[0]])
    planning.plan_ready(uow, ports, {key[0] for key in written})
    compose(uow, ports, drafts)


def ask_person(
    uow: UnitOfWork, guardian_id: str, *, via: str, delivery_id: str | None = None, proposal: str | None = None
) -> bool:
    """A family wants a person to read what they were sent; False where nothing of theirs was translated."""
    row = store.last_translated(uow.connection, guardian_id, delivery_id=delivery_id)
    if row is None:
        return False
    uow.emit(
        "notifications.person_asked",
        {
            "text_id": row["message_id"],
            "content_version": row["content_version"],
            "language": row["language"],
            "guardian_id": guardian_id,
            "via": via,
            "proposal": proposal,
        },
        school=row["school_id"],
        subject=row["message_id"],
    )
    return True


def _after(uow: UnitOfWork, event: Event, key: store.Key, message: people.Row) -> list[Draft]:
    """What those who had it are told: the right text, or, if they asked, that it was right."""
    rows = store.had(uow.connection, key, before=event.data["completed_at"])
    if event.data["decision"] != "edited":
        rows = [row for row in rows if row["recipient_id"] in event.data["asked_by"]]
    if not rows:
        return []
    schools = people.schools(uow.connection, {row["school_id"] for row in rows})
    recipients = []
    for row in rows:
        params = {"words_label": "person"}
        if event.data["decision"] == "edited":
            params["text"] = _as_read(event.data["text"], row, schools)
        recipients.append(Recipient(row["recipient_id"], tuple(row["students"]), params, language=row["language"]))
    return [
        Draft(
            message_id=derived_id("review", event.data["decision"], *map(str, key), str(event.data["round"])),
            kind="info",
            weight=Weight.ANSWER,
            school_id=message["school_id"],
            recipients=recipients,
            catalogue_key=_AFTER["untranslated" if event.data["ground"] == "untranslated" else event.data["decision"]],
            cause=event,
        )
    ]


def _as_read(text: str, row: Mapping[str, Any], schools: Mapping[str, people.Row]) -> str:
    """The text with this reader's names in its slots."""
    school = schools.get(row["school_id"] or "")
    if "children" in row["params"]:
        name = school["name"] if school else ""
        return shown({**row, "body": None, "text": text}, school=name, students=row["students"]).strip()
    return wording.fill(text, row["params"], language=row["language"], zone=school_zone(school))


def _to_readers(ports: Ports, event: Event) -> list[Draft]:
    data = event.data
    params = {"due": wording.moment(data["due_at"]), "link": f"{ports.base_url}{QUEUE}"}
    readers = [Recipient(reader, params=params, kind="staff") for reader in data["readers"]]
    return [_staff(event, "review.waits", readers, _name(_key(event)), str(data["round"]))] if readers else []


def _notice(event: Event, rows: Sequence[Mapping[str, Any]], school: str) -> list[Draft]:
    """A short wording of the catalogue meanwhile, with the interpreter's number."""
    params = {"school": school, "phone": event.data["notice_phone"]}
    recipients = [
        Recipient(row["recipient_id"], tuple(row["students"]), params, language=row["language"])
        for row in rows
        if row["recipient_kind"] == "guardian"
    ]
    if not recipients:
        return []
    return [
        Draft(
            message_id=derived_id("review_notice", _name(_key(event))),
            kind="info",
            weight=Weight.ANSWER,
            school_id=rows[0]["school_id"],
            recipients=recipients,
            catalogue_key="review.notice",
            cause=event,
        )
    ]


def _asked(event: Event, school: people.Row | None, children: Sequence[str]) -> Draft:
    """Whoever asked for a person hears when."""
    settings = school["settings"] if school else {}
    phone = (settings.get("review") or {}).get("phone") or settings.get("office_phone")
    params: dict[str, Any] = {"due": wording.moment(event.data["due_at"])} | ({"phone": phone} if phone else {})
    return Draft(
        message_id=derived_id("review_asked", _name(_key(event)), event.data["asked_by"], str(event.data["round"])),
        kind="info",
        weight=Weight.ANSWER,
        school_id=event.school,
        recipients=[Recipient(event.data["asked_by"], tuple(children), params, solicited=True)],
        catalogue_key="review.asked_phone" if phone else "review.asked",
        cause=event,
    )


def _tell_office(uow: UnitOfWork, ports: Ports, wanted: Sequence[tuple[Event, str]]) -> None:
    for event, kind in wanted:
        _warn(uow, ports, _key(event), school=event.school, kind=kind, due=event.data["due_at"].isoformat())


def _warn(uow: UnitOfWork, ports: Ports, key: tuple[Any, ...], *, school: str | None, kind: str, due: str) -> None:
    """A task and a message for the school's office; of a text without a school, for every office."""
    text_id, version, language = str(key[0]), int(key[1]), str(key[2])
    offices = people.offices(uow.connection, [school] if school else conversation.school_ids(uow.connection))
    link = f"{ports.base_url}{QUEUE}"
    tasks, recipients = [], []
    for at, staff_id in offices.items():
        task_id = _task_id(kind, (text_id, version, language), staff_id)
        tasks.append(task(uow, task_id, staff_id=staff_id, kind=kind, school_id=at, note=language))
        params: dict[str, Any] = {"link": link} | ({"due": {"moment": due}} if kind == LATE else {})
        recipients.append(Recipient(staff_id, params=params, kind="staff"))
    ledger.save_tasks(uow.connection, tasks)
    key_of = "review.late" if kind == LATE else "review.nobody"
    message_id = derived_id(kind, text_id, str(version), language, due)
    draft = Draft(message_id, "info", Weight.ANSWER, school, recipients, catalogue_key=key_of)
    compose(uow, ports, [draft] if recipients else [])


def _call_instead(uow: UnitOfWork, keys: Sequence[store.Key]) -> None:
    """Nobody writes it: a person calls each home, with an interpreter."""
    rows = store.give_up(uow.connection, keys) if keys else []
    if not rows:
        return
    about = messages.messages(uow.connection, {row["message_id"] for row in rows})
    offices = people.offices(uow.connection, {row["school_id"] for row in rows if row["school_id"]})
    tasks = []
    for row in rows:
        staff_id = about[row["message_id"]]["sender_id"] or offices.get(row["school_id"] or "")
        if staff_id is not None and row["recipient_kind"] == "guardian":
            tasks.append(
                task(
                    uow,
                    derived_id(CALL, row["delivery_id"]),
                    staff_id=staff_id,
                    kind=CALL,
                    school_id=row["school_id"],
                    student_id=row["students"][0] if row["students"] else None,
                    guardian_id=row["recipient_id"],
                    due_at=uow.now,
                )
            )
    ledger.save_tasks(uow.connection, tasks)
    messages.trace(uow.connection, [(row["delivery_id"], "refused", "a person calls instead") for row in rows], uow.now)


def _staff(event: Event, key: str, recipients: Sequence[Recipient], *named: str) -> Draft:
    return Draft(
        message_id=derived_id(key, *named),
        kind="info",
        weight=Weight.ANSWER,
        school_id=event.school,
        recipients=recipients,
        catalogue_key=key,
        cause=event,
    )


def _told(uow: UnitOfWork, event: Event) -> dict[str, Any]:
    return {
        "b_message": event.data["text_id"],
        "b_version": event.data["content_version"],
        "b_language": event.data["target"],
        "b_text": event.data["text"],
        "b_failed": False,
        "b_machine": False,
        "b_labelled": False,
        "b_engine": messages.BY_PERSON,
        "b_told_at": uow.now,
    }


def _key(event: Event) -> store.Key:
    return event.data["text_id"], event.data["content_version"], event.data["target"]


def _of(row: Mapping[str, Any]) -> store.Key:
    return row["message_id"], row["content_version"], row["language"]


def _name(key: store.Key) -> str:
    return ":".join(map(str, key))


def _task_id(kind: str, key: store.Key, office: str) -> str:
    return derived_id(kind, *map(str, key), office)
