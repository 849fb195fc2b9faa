"""What a person reads: opened, claimed, read by one or two, and what they say is what goes out and is remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.translation.domain import memory
from services.translation.domain.languages import base, normal
from services.translation.domain.memory import NotTheSame
from services.translation.domain.risk import Ruling, Tier
from services.translation.domain.risk_reading import Reading
from services.translation.handlers import voice
from services.translation.store import review as store
from services.translation.store import texts
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

PERSON = "person"  # the engine of what a person wrote
SCHOOL_LANGUAGE = "en"
ONLY_WITH_READERS = frozenset({"sensitive", "untranslated", "reply"})  # where nobody reads it, no pile grows that nobody reads
DRAFT = "review_draft"  # kind of due work: a machine's draft, for the reader alone


@dataclass(frozen=True)
class Opening:
    """A text written in `source` that a person is to read. `ground`: of the event's closed set; `proposal`: the family's."""

    key: store.Key
    source: str
    school_id: str | None
    ruling: Ruling
    ground: str
    asked_by: str | None = None
    proposal: str | None = field(default=None, repr=False)
    cause: Event | None = None


@dataclass(frozen=True)
class Done:
    """What became of a reading. `second`: another person reads it too before it goes."""

    decision: str
    edited: bool
    second: bool = False
    remembered: bool = False


@dataclass(frozen=True)
class _Closing:
    """A reading that ends, with what was there `before` and the `text` that goes out (None: nothing does)."""

    row: store.Row = field(repr=False)
    source: store.Row = field(repr=False)
    decision: str
    before: str | None = field(repr=False)
    text: str | None = field(repr=False)


class ReviewRefused(Exception):
    """It cannot be done by this person, or not any more; `code` is closed: gone, held, same_reader, not_yours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Rules:
    """The district's settings for readers, by school."""

    readings: Mapping[str, Reading]
    phones: Mapping[str, str | None]
    zones: Mapping[str, str]
    interpreters: tuple[str, ...]
    active: frozenset[str]

    def of(self, school_id: str | None) -> Reading:
        """The school's own. Where it names no readers, or there is no school: those of the first school that names some."""
        own = self.readings.get(school_id or "") or next(iter(self.readings.values()), Reading())
        named = next((each for each in self.readings.values() if each.readers), own)
        return own if own.readers else replace(own, readers=named.readers)

    def readers(self, school_id: str | None, source: str, target: str) -> tuple[str, ...]:
        """Who may read a text of these two languages (the school's own everybody can); only those who work here now."""
        foreign = source if base(target) == SCHOOL_LANGUAGE else target
        named = self.of(school_id).may_read(foreign, self.interpreters)
        return tuple(staff for staff in named if staff in self.active or staff in self.interpreters)

    def zone(self, school_id: str | None) -> ZoneInfo:
        """The clock that a text's readers go by."""
        return ZoneInfo(self.zones.get(school_id or "") or next(iter(self.zones.values()), "UTC"))

    def may_approve(self, person_id: str, source: str, target: str) -> bool:
        """Whether a text may be remembered on this person's word: a reader's, once the district has named readers."""
        named = any(reading.readers for reading in self.readings.values())
        return not named or any(person_id in self.readers(school, source, target) for school in self.readings)

    def phone(self, school_id: str | None) -> str | None:
        """The interpreter's number, else the school's office's."""
        return self.of(school_id).phone or self.phones.get(school_id or "")


def rules(uow: UnitOfWork) -> Rules:
    """Read once per batch or page."""
    schools = store.settings(uow.connection)
    readings = {school: Reading.of(row["settings"]) for school, row in schools.items()}
    named = {staff for reading in readings.values() for members in reading.readers.values() for staff in members}
    return Rules(
        readings,
        {school: row["settings"].get("office_phone") for school, row in schools.items()},
        {school: row["timezone"] for school, row in schools.items()},
        store.interpreters(uow.connection),
        store.active_of(uow.connection, named),
    )


def open_(uow: UnitOfWork, openings: Sequence[Opening]) -> None:
    """Put texts in the queue; one that is there already keeps its place, or comes sooner where a family asks."""
    if not openings:
        return
    known, district = store.of(uow.connection, (each.key for each in openings)), rules(uow)
    rows: dict[store.Key, dict[str, Any]] = {}
    steps = []
    for each in openings:
        if not _wanted(each, district):
            continue
        before = rows.get(each.key) or known.get(each.key)
        if before is not None and before["closed_at"] is None and each.asked_by is None:
            continue
        row = rows[each.key] = _row(uow.now, each, before, district)
        steps.append(_step(row, uow.now, "asked" if each.asked_by else "opened", by=each.asked_by, after=each.proposal))
        if row["waits"]:
            named = dict(zip(("text_id", "version", "language"), each.key, strict=True))
            uow.schedule(DRAFT, ":".join(map(str, each.key)), uow.now, named)
        _say_requested(uow, each, row, district)
    store.save(uow.connection, list(rows.values()))
    store.note(uow.connection, steps)


def _wanted(each: Opening, district: Rules) -> bool:
    if each.ground == "sensitive" and not district.of(each.school_id).after:
        return False
    return each.ground not in ONLY_WITH_READERS or bool(district.readers(each.school_id, each.source, each.key[2]))


def say_again(
    uow: UnitOfWork, row: store.Row, *, source: str, school_id: str | None, cause: Event, district: Rules
) -> None:
    """Somebody asks for a text that waits for a person."""
    ruling = Ruling(Tier(row["risk"]), tuple(row["topics"]), waits=row["waits"])
    key = (row["text_id"], row["content_version"], row["language"])
    opening = Opening(key, source, school_id, ruling, row["ground"], cause=cause)
    _say_requested(uow, opening, row, district)


def claim(uow: UnitOfWork, key: store.Key, *, by: str) -> None:
    """Nobody else works on it meanwhile (ReviewRefused: gone, held)."""
    _open(uow, key, by)
    store.change(uow.connection, key, {"claimed_by": by, "claimed_at": uow.now})
    store.note(uow.connection, [_step(store.of(uow.connection, [key])[key], uow.now, "claimed", by=by)])


def release(uow: UnitOfWork, key: store.Key, *, by: str) -> None:
    """Somebody else may have it."""
    row = _open(uow, key, by)
    store.change(uow.connection, key, {"claimed_by": None, "claimed_at": None})
    store.note(uow.connection, [_step(row, uow.now, "released", by=by)])


def complete(uow: UnitOfWork, key: store.Key, text: str, *, by: str, sure: bool = False, names: Sequence[str] = ()) -> Done:
    """`text` is what goes out and is remembered. Raises ReviewRefused; NotTheSame where a name, number, date or link of the
    source is missing and the reader is not `sure`: what they are sure of goes out, but serves no other text.
    """
    row = _open(uow, key, by)
    source = store.texts(uow.connection, [key[0]])[key[0], key[1]]
    before = store.version(uow.connection, key)
    entry = _entry(source, wanted := text.strip(), key[2], names=names, sure=sure)
    if rules(uow).of(source["school_id"]).needs_two(key[2], row["risk"]):
        if row["first_by"] is None:
            held = {"first_by": by, "first_text": wanted, "claimed_by": None, "claimed_at": None}
            store.change(uow.connection, key, held)
            store.note(uow.connection, [_step(row, uow.now, "read", by=by, before=row["draft"], after=wanted)])
            return Done("read", False, second=True)
        if row["first_by"] == by:
            raise ReviewRefused("same_reader")
    shown = row["draft"] if row["waits"] else before["text"] if before else None
    decision, language = "approved" if wanted == (shown or "") else "edited", source["source_language"]
    _close(uow, [_Closing(row, source, decision, shown, wanted)], by=by)
    if entry is not None:
        texts.remember(uow.connection, entry, source=language, target=key[2], approved_by=by, now=uow.now)
        _settle_alike(uow, source, entry, key[2], by=by)
    return Done(decision, decision == "edited", remembered=entry is not None)


def _settle_alike(uow: UnitOfWork, source: store.Row, entry: memory.Entry, target: str, *, by: str) -> None:
    """The same notice for other children waits too: what was read for one goes out for each, with its own names and numbers."""
    approved = memory.Approved(entry.key, entry.target_text, by)
    language, district, alike = source["source_language"], rules(uow), []
    for other in store.waiting_in(uow.connection, target, source=language):
        slots = memory.slotted(other["text"], names=other["names"], source=language)
        if entry.key not in memory.keys(slots, source=language, target=target) or other["claimed_by"] not in (None, by):
            continue
        recalled = memory.recall(approved, slots, source=language, target=target)
        if recalled is None or district.of(other["school_id"]).needs_two(target, other["risk"]):
            continue
        alike.append(_Closing(other, other, "edited", other["draft"], recalled))
    if alike:
        _close(uow, alike, by=by)


def withdraw(uow: UnitOfWork, key: store.Key, *, by: str) -> None:
    """It goes to nobody in this language: somebody calls the families instead."""
    row = _open(uow, key, by)
    source = store.texts(uow.connection, [key[0]])[key[0], key[1]]
    _close(uow, [_Closing(row, source, "withdrawn", None, None)], by=by)


def person_asked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A family wants a person to look, or says what it should be: the text they have is read within the day."""
    found = store.texts(uow.connection, (event.data["text_id"] for event in events))
    openings = []
    for event in events:
        data = event.data
        text = found.get((data["text_id"], data["content_version"]))
        if text is None or normal(text["source_language"]) == normal(data["language"]):
            continue
        openings.append(
            Opening(
                (data["text_id"], data["content_version"], data["language"]),
                text["source_language"],
                text["school_id"],
                Ruling(Tier(text["risk"]) if text["risk"] in set(Tier) else Tier.ROUTINE),
                "corrected" if data["proposal"] else "asked",
                asked_by=data["guardian_id"],
                proposal=data["proposal"],
                cause=event,
            )
        )
    open_(uow, openings)


def _open(uow: UnitOfWork, key: store.Key, by: str) -> store.Row:
    """The open review, locked, and free for this person."""
    row = store.lock(uow.connection, key)
    if row is None or row["closed_at"] is not None:
        raise ReviewRefused("gone")
    if row["claimed_by"] not in (None, by):
        raise ReviewRefused("held")
    return row


def _entry(source: store.Row, text: str, target: str, *, names: Sequence[str], sure: bool) -> memory.Entry | None:
    kept = tuple(dict.fromkeys((*source["names"], *names)))
    try:
        language, context = source["source_language"], source.get("context", "")
        return memory.remember(source["text"], text, names=kept, source=language, target=target, context=context)
    except NotTheSame:
        if not sure:
            raise
        return None


def _row(now: datetime, each: Opening, before: store.Row | None, district: Rules) -> dict[str, Any]:
    reading = district.of(each.school_id)
    deadline = reading.deadline(now, urgent=each.ruling.urgent, after=each.ground == "sensitive")
    still_open = before is not None and before["closed_at"] is None
    fresh = {
        "waits": each.ruling.waits, "round": before["round"] + 1 if before else 1, "asked_by": [], "draft": None,
        "draft_engine": None, "draft_checks": None, "claimed_by": None, "claimed_at": None, "first_by": None, "first_text": None,
        "opened_at": now, "due_at": deadline.due_at, "ground": each.ground, "topics": list(each.ruling.topics), "proposal": None,
    }  # fmt: skip
    row = {**before} if before is not None and still_open else fresh
    row |= {
        "text_id": each.key[0], "content_version": each.key[1], "language": each.key[2], "risk": str(each.ruling.tier),
        "closed_at": None, "closed_by": None, "due_at": min(row["due_at"], deadline.due_at),
    }  # fmt: skip
    if each.asked_by is not None:
        row["asked_by"] = [*dict.fromkeys((*row["asked_by"], each.asked_by))]
        row["proposal"] = each.proposal or row["proposal"]
        row["ground"] = row["ground"] if row["ground"] == "essential" else each.ground
    return row


def _close(uow: UnitOfWork, closings: Sequence[_Closing], *, by: str) -> None:
    """Readings that are done, of one language: a fixed number of queries, then what is said of each."""
    keys = [_key_of(each.row) for each in closings]
    store.close(uow.connection, keys, by=by, now=uow.now)
    store.note(
        uow.connection,
        [_step(each.row, uow.now, each.decision, by=by, before=each.before, after=each.text) for each in closings],
    )
    texts.save_versions(
        uow.connection,
        [
            {
                "text_id": key[0], "content_version": key[1], "language": key[2], "text": each.text, "engine": PERSON,
                "machine": False, "labelled": False, "approved_by": by, "glossary_hits": 0, "checks": {}, "reasons": [],
                "made_at": uow.now,
            }
            for key, each in zip(keys, closings, strict=True)
            if each.text is not None
        ],
    )  # fmt: skip
    for each in closings:
        if each.text is not None:
            _say_text(uow, _key_of(each.row), each.source, each.text, by=by)
        _say_completed(uow, each, by=by)
    written = [key for key, each in zip(keys, closings, strict=True) if each.text is not None]
    if written:
        voice.said(uow, [key[0] for key in written], changed=written[0][2])


def _say_completed(uow: UnitOfWork, done: _Closing, *, by: str) -> None:
    key, row = _key_of(done.row), done.row
    uow.emit(
        "translation.review_completed",
        {
            "text_id": key[0],
            "content_version": key[1],
            "target": key[2],
            "risk": row["risk"],
            "ground": row["ground"],
            "waited": row["waits"],
            "round": row["round"],
            "reviewer_id": by,
            "decision": done.decision,
            "edited": done.decision == "edited",
            "asked_by": row["asked_by"],
            "completed_at": uow.now,
            "text": done.text,
        },
        school=done.source["school_id"],
        subject=key[0],
    )


def _say_text(uow: UnitOfWork, key: store.Key, source: store.Row, text: str, *, by: str) -> None:
    uow.emit(
        "translation.text_translated",
        {
            "text_id": key[0],
            "content_version": key[1],
            "source": source["source_language"],
            "target": key[2],
            "text": text,
            "engine": PERSON,
            "machine": False,
            "labelled": False,
            "approved_by": by,
            "glossary_hits": 0,
            "checks": {},
        },
        school=source["school_id"],
        subject=key[0],
    )


def _key_of(row: store.Row) -> store.Key:
    return row["text_id"], row["content_version"], row["language"]


def _say_requested(uow: UnitOfWork, each: Opening, row: store.Row, district: Rules) -> None:
    reading = district.of(each.school_id)
    warn = reading.deadline(row["opened_at"], urgent=each.ruling.urgent, after=row["ground"] == "sensitive").warn_at
    uow.emit(
        "translation.review_requested",
        {
            "text_id": each.key[0],
            "content_version": each.key[1],
            "target": each.key[2],
            "risk": row["risk"],
            "ground": row["ground"],
            "topics": list(row["topics"]),
            "waits": row["waits"],
            "round": row["round"],
            "opened_at": row["opened_at"],
            "warn_at": min(warn, row["due_at"]),
            "due_at": row["due_at"],
            "readers": list(district.readers(each.school_id, each.source, each.key[2])),
            "asked_by": each.asked_by,
            "notice_phone": district.phone(each.school_id) if reading.notice and row["waits"] else None,
        },
        school=each.school_id,
        subject=each.key[0],
        cause=each.cause,
        lane=each.cause.lane if each.cause else None,
    )


def _step(
    row: store.Row, at: datetime, what: str, *, by: str | None = None, before: str | None = None, after: str | None = None
) -> dict[str, Any]:
    return {
        "text_id": row["text_id"], "content_version": row["content_version"], "language": row["language"], "round": row["round"],
        "at": at, "what": what, "by": by, "before": before, "after": after,
    }  # fmt: skip
