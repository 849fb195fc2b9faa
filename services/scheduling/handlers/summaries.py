"""Notes after a conversation that both sides can see: three lines, confirmed or corrected by the guardian (F42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.loop_days import CORRECT_WITHIN
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.loop_words import SCHOOL_LANGUAGE, Saying
from services.scheduling.ports import Ports
from services.scheduling.store import loop_said as store
from shared.errors import HomeroomError
from shared.ids import derived_id, new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

KIND = "note"  # of the open question, and of the link
SILENT = "note_silent"  # kind of due work
CONFIRMED, CORRECTED, UNHEARD = "confirmed", "corrected", "silent"
YES = 1


class AlreadyNoted(HomeroomError):
    """A meeting has one note; what is different is said by the correction beside it."""

    def __init__(self) -> None:
        super().__init__("NOTE_EXISTS", "This meeting has its note.", "Write a new one for a new conversation.", "note")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a member of staff heard, the example that was given, what was agreed, when it goes on."""

    student_id: str
    guardian_id: str
    staff_id: str
    school_id: str
    heard: str = field(repr=False)
    example: str = field(repr=False)
    agreed: str = field(repr=False)
    next_on: date | None = None
    meeting_id: str | None = None


def share(uow: UnitOfWork, ports: Ports, summary: Summary) -> str:
    """Keep the note and ask the guardian, in three lines of the home's language. AlreadyNoted: a second for one meeting."""
    note_id = new_id()
    lines = (summary.heard, summary.example, summary.agreed)
    ids = tuple(loop_words.text_id(note_id, line) for line in lines)
    answer_by = uow.now + CORRECT_WITHIN
    row = {
        "note_id": note_id,
        **{name: getattr(summary, name) for name in ("meeting_id", "student_id", "guardian_id", "staff_id", "school_id")},
        **dict(zip(("heard", "example", "agreed"), ids, strict=True)),
        "next_on": summary.next_on,
        "state": store.ASKED,
        "said_at": uow.now,
        "answer_by": answer_by,
    }
    if not store.add_note(uow.connection, row):
        raise AlreadyNoted
    loop_words.write(uow, dict(zip(ids, lines, strict=True)))
    uow.schedule(SILENT, note_id, answer_by)
    about = ("note_id", "meeting_id", "guardian_id", "student_id", "staff_id", "school_id", "next_on", "answer_by")
    link = page_link(uow, ports, row)
    saying = Saying(
        "scheduling.summary_shared",
        note_id,
        summary.guardian_id,
        summary.student_id,
        summary.school_id,
        ids,
        {**{name: row[name] for name in about}, "link": link},
    )
    loop_words.say(uow, [saying])
    return note_id


def page_link(uow: UnitOfWork, ports: Ports, note: Mapping[str, Any]) -> str:
    """The note's page, readable long after the days for an answer."""
    spoken = loop_words.languages(uow, [note["guardian_id"]])
    return ports.page_link(
        "/scheduling/n",
        uow.district,
        note["guardian_id"],
        purpose=KIND,
        resource=note["note_id"],
        expires_at=note["answer_by"] + CORRECT_WITHIN * 10,
        language=spoken.get(note["guardian_id"], SCHOOL_LANGUAGE),
        school=note["school_id"],
        jti=f"n-{note['note_id']}",
    )


def reply_received(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """1: it is right. Anything else is the guardian's own account, and stands beside the note."""
    ours = [event for event in events if event.data["open_kind"] == KIND and event.data["open_ref"]]
    found = store.notes(uow.connection, (event.data["open_ref"] for event in ours))
    for event in ours:
        note = found.get(event.data["open_ref"])
        if note is None or note.guardian_id != event.data["guardian_id"]:
            continue
        if chosen_number(event.data["text"]) == YES:
            confirm(uow, note.note_id)
        else:
            correct(uow, note, event.data["text"], language=event.data["language"], via="reply", key=event.data["reply_id"])


def confirm(uow: UnitOfWork, note_id: str) -> None:
    """The guardian says that it was so."""
    for note in store.settle_notes(uow.connection, [note_id], CONFIRMED, only=(store.ASKED, UNHEARD)):
        uow.cancel(SILENT, note_id)
        uow.emit("scheduling.summary_confirmed", _about(note), school=note.school_id, subject=note.student_id)


def correct(uow: UnitOfWork, note: Any, text: str, *, language: str, via: str, key: str) -> None:
    """The guardian's words, beside the teacher's, for the teacher to read in the school's language too."""
    words = loop_words.text_id(note.note_id, key)
    row = {"correction_id": derived_id("correction", note.note_id, key), "note_id": note.note_id, "text_id": words}
    if not store.correct(uow.connection, {**row, "via": via, "said_at": uow.now}):
        return
    loop_words.write(uow, {words: text}, language=language)
    loop_words.ask(uow, [(words, SCHOOL_LANGUAGE)], [note.student_id])
    store.settle_notes(uow.connection, [note.note_id], CORRECTED, only=(store.ASKED, CONFIRMED, UNHEARD))
    uow.cancel(SILENT, note.note_id)
    uow.emit(
        "scheduling.summary_corrected",
        {**_about(note), "text": text, "language": language},
        school=note.school_id,
        subject=note.student_id,
    )


def _about(note: Any) -> dict[str, Any]:
    return {name: getattr(note, name) for name in ("note_id", "guardian_id", "student_id", "staff_id", "school_id")}


def note_silent(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Three days without a word: neither confirmed nor corrected, and said to be so."""
    store.settle_notes(uow.connection, [item.key for item in items], UNHEARD, only=(store.ASKED,))


