"""Words that travel: asked for in the reader's language, said when they are there, and by policy's leave of that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.scheduling.handlers.permission import may_invite
from services.scheduling.store import loop_words as store
from services.scheduling.store import people
from shared.contracts import contract
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

SCHOOL_LANGUAGE = "en"
PATIENCE = timedelta(minutes=15)  # then it goes in the source's words, said to be so: late is worse than untranslated
MACHINE, SOURCE = "machine", "source"


@dataclass(frozen=True, slots=True)
class Said:
    """A text as somebody reads it; `label`: machine, source (not in their language), or nothing to say."""

    text: str = field(repr=False)
    label: str
    language: str
    original: str = field(repr=False)
    written_in: str = SCHOOL_LANGUAGE


@dataclass(frozen=True, slots=True)
class Saying:
    """An event for one guardian that carries words; `key` makes a repeat the same one."""

    type: str
    key: str
    guardian_id: str
    student_id: str
    school_id: str
    text_ids: tuple[str, ...]
    data: Mapping[str, Any] = field(repr=False)


def text_id(*parts: str) -> str:
    """The id of somebody's words: the same words at the same place are the same text."""
    return derived_id("words", *parts)


def write(uow: UnitOfWork, texts: Mapping[str, str], *, language: str = SCHOOL_LANGUAGE) -> None:
    """Keep texts, by id."""
    rows = [
        {"text_id": key, "source_language": language, "text": text, "written_at": uow.now} for key, text in texts.items()
    ]
    store.write(uow.connection, rows)


def languages(uow: UnitOfWork, guardian_ids: Iterable[str]) -> dict[str, str]:
    """What each guardian reads: the language asked for, else the roster's."""
    ids = set(guardian_ids)
    roster = {key: row.language for key, row in people.guardians(uow.connection, ids).items()}
    return roster | {key: value for key, value in store.languages(uow.connection, ids).items() if key in roster}


def say(uow: UnitOfWork, sayings: Sequence[Saying]) -> None:
    """Ask for the words in their readers' languages; what needs none, or has them, is said at once."""
    if not sayings:
        return
    spoken = languages(uow, (each.guardian_id for each in sayings))
    rows: list[dict[str, Any]] = [
        {
            "saying_id": derived_id("saying", each.type, each.key, each.guardian_id),
            "type": each.type,
            "guardian_id": each.guardian_id,
            "student_id": each.student_id,
            "school_id": each.school_id,
            "language": spoken.get(each.guardian_id, SCHOOL_LANGUAGE),
            "text_ids": list(each.text_ids),
            "data": {name: _plain(value) for name, value in each.data.items()},
            "made_at": uow.now,
        }
        for each in sayings
    ]
    store.wait(uow.connection, rows)
    ask(uow, [(text, row["language"]) for row in rows for text in row["text_ids"]], {row["student_id"] for row in rows})
    left = _release(uow, [row["saying_id"] for row in rows])
    for saying_id in left:
        uow.schedule("words_late", saying_id, uow.now + PATIENCE)


def ask(uow: UnitOfWork, pairs: Sequence[tuple[str, str]], student_ids: Iterable[str] = ()) -> None:
    """Texts in languages: one request per text, for the languages it is not in yet."""
    source = store.words(uow.connection, {text for text, _ in pairs})
    wanted = [(text, language) for text, language in pairs if text in source and source[text].source_language != language]
    fresh = store.ask(uow.connection, wanted)
    names = sorted({row.given_name for row in people.students(uow.connection, student_ids).values()})
    for text in sorted({text for text, _ in fresh}):
        uow.emit(
            "scheduling.words_written",
            {
                "text_id": text,
                "source_language": source[text].source_language,
                "targets": sorted(language for each, language in fresh if each == text),
                "text": source[text].text,
                "protected": names,
            },
            subject=text,
        )


def read(uow: UnitOfWork, text_ids: Iterable[str], language: str) -> dict[str, Said]:
    """Texts as a reader of that language sees them now: what is not translated (yet) stands as it was written."""
    ids = set(text_ids)
    there = store.translations(uow.connection, ids)
    return {key: _read(row, there.get((key, language)), language) for key, row in store.words(uow.connection, ids).items()}


def text_translated(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Translation has answered: whatever waited for just that is said."""
    _told(uow, events, failed=False)


def translation_failed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Nothing can be had in that language: it goes in the source's words, said to be so."""
    _told(uow, events, failed=True)


def words_late(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Translation has not answered in time."""
    _release(uow, [item.key for item in items], late=True)


def _told(uow: UnitOfWork, events: Sequence[Event], *, failed: bool) -> None:
    rows = [
        {
            "b_text_id": event.data["text_id"],
            "b_language": event.data["target"],
            "b_text": None if failed else event.data["text"],
            "b_machine": not failed and event.data["machine"],
            "b_labelled": failed or event.data["labelled"],
            "b_told_at": uow.now,
        }
        for event in events
    ]
    if store.tell(uow.connection, rows):
        _release(uow, None)


def _release(uow: UnitOfWork, ids: Sequence[str] | None, *, late: bool = False) -> list[str]:
    """Say what has its words (`late`: or has waited long enough); returns what still waits."""
    rows = store.waiting(uow.connection, ids)
    if not rows:
        return []
    texts = {text for row in rows for text in row.text_ids}
    source, there = store.words(uow.connection, texts), store.translations(uow.connection, texts)

    def has_words(row: Any) -> bool:
        return all(
            source[text].source_language == row.language
            or ((told := there.get((text, row.language))) is not None and told.told_at is not None)
            for text in row.text_ids
        )

    ready = [row for row in rows if late or has_words(row)]
    known = people.known(uow.connection, {row.student_id for row in ready})
    schools = people.schools(uow.connection, {row.school_id for row in ready})
    for row in ready:
        on = schools[row.school_id].today(uow.now)
        if may_invite(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed:
            said = [_read(source[text], there.get((text, row.language)), row.language) for text in row.text_ids]
            _emit(uow, row, said)
    store.said(uow.connection, [row.saying_id for row in ready], uow.now)
    uow.cancel("words_late", *(row.saying_id for row in ready))
    return [row.saying_id for row in rows if row not in ready]


def _emit(uow: UnitOfWork, row: Any, said: Sequence[Said]) -> None:
    labels = {each.label for each in said}
    label = SOURCE if SOURCE in labels else MACHINE if MACHINE in labels else ""
    words = {"words": [each.text for each in said], "label": label, "language": row.language}
    data = contract(row.type, 1).load({**row.data, **words})
    uow.emit(row.type, data, school=row.school_id, subject=row.student_id)


def _read(source: Any, told: Any | None, language: str) -> Said:
    if source.source_language == language:
        return Said(source.text, "", language, source.text, source.source_language)
    if told is None or told.text is None or told.labelled:
        return Said(source.text, SOURCE, source.source_language, source.text, source.source_language)
    return Said(told.text, MACHINE if told.machine else "", language, source.text, source.source_language)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
