"""Texts that are better heard (F16): long ones, and those in a language in which a family would rather hear than read.

A voice that has the language says them, outside any transaction; where none has it, a person records them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.translation.catalogue import load
from services.translation.domain.languages import normal
from services.translation.langid.scripts import Script, script_of
from services.translation.ports import Ports
from services.translation.store import voice as store
from services.translation.voice import Rendered, ToolFailed, voice_for
from services.translation.voice.voices import unfit
from shared.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

Transaction = Callable[[], AbstractContextManager[UnitOfWork]]

MOST_WORDS = 120  # more are not read on a telephone (F16)
BATCH = 4  # some seconds of one core
LEASE = timedelta(minutes=5)
MOST_TRIES = 3
KEPT = timedelta(days=180)  # the sound and its link; the words stay with the text
AUDIO = "/translation/audio"
CLOSING = "voice.rest_is_written"
PURPOSE = "voice"

# of scripts that put no space between words, vowel signs not counted
_LETTERS_A_WORD = {
    Script.HAN: 2, Script.KANA: 2, Script.THAI: 4, Script.LAO: 4, Script.KHMER: 4, Script.MYANMAR: 4, Script.TIBETAN: 4,
}  # fmt: skip

log = structlog.get_logger(__name__)


def preference_changed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Who named calls among their ways would rather hear."""
    newest: dict[str, Event] = {}
    for event in events:
        held = newest.get(event.data["guardian_id"])
        if held is None or event.data["version"] > held.data["version"]:
            newest[event.data["guardian_id"]] = event
    store.save_wishes(
        uow.connection,
        [
            {
                "guardian_id": guardian,
                "version": event.data["version"],
                "language": normal(event.data["language"]) if event.data["language"] else None,
                "by_voice": "phone" in event.data["channel_order"],
            }
            for guardian, event in newest.items()
        ],
    )


def said(uow: UnitOfWork, text_ids: Iterable[str], *, changed: str | None = None) -> None:
    """Ask for voice notes of texts that have just been said, where they are better heard; a fixed number of queries.

    `changed`: the language in which a person has just written the text anew, whose note is made again.
    """
    wished = {normal(tag) for tag in store.wished_languages(uow.connection)}
    rows = [
        _asked(uow, row)
        for row in store.versions(uow.connection, set(text_ids))
        if (changed is None or row["language"] == changed)
        and "needs_person" not in row["reasons"]  # nothing of it is said before a person has written it
        and better_heard(row["text"], wished=normal(row["language"]) in wished)
    ]
    store.ask(uow.connection, rows, again=changed is not None)
    if any(row["state"] == store.DUE for row in rows):
        uow.wake()


def better_heard(text: str, *, wished: bool) -> bool:
    """Whether a text is worth a recording. What has slots is spliced for each reader, so no recording is the whole of it."""
    if "{" in text or not any(character.isalpha() for character in text):
        return False
    return wished or words_in(text) > MOST_WORDS


def words_in(text: str) -> int:
    """Words, also of scripts that put no space between them."""
    script = script_of(text)
    if script not in _LETTERS_A_WORD:
        return len(text.split())
    return sum(character.isalnum() for character in text) // _LETTERS_A_WORD[script]


def voice_render(transaction: Transaction, ports: Ports) -> int:
    """Claim, speak outside any transaction, record; returns how many were claimed."""
    with transaction() as uow:
        claim = uow.now + LEASE
        rows = store.claim(uow.connection, uow.now, claim, limit=BATCH)
        if not rows:
            return 0
        uow.schedule("voice_due", "lease", claim)  # wakes the pump should this worker die with its claim
        keys = {store.key_of(row): _key(ports, row) for row in rows}
        known = store.audio_known(uow.connection, filter(None, keys.values()))
        store.keep_audio(uow.connection, known, uow.now)  # as long as the newest link to it
    made: dict[str, Rendered] = {}
    failed: dict[store.Key, str] = {}
    for row in rows:
        audio_id = keys[store.key_of(row)]
        if audio_id is not None and audio_id not in known and audio_id not in made:
            try:
                made[audio_id] = _rendered(ports, row)
            except ToolFailed as error:
                failed[store.key_of(row)] = error.reason
                log.warning("voice_failed", reason=error.reason, language=row["language"])
    with transaction() as uow:
        store.save_audio(uow.connection, [_audio_row(uow, audio_id, each) for audio_id, each in made.items()])
        seconds = known | {audio_id: each.seconds for audio_id, each in made.items()}
        for row in rows:
            key = store.key_of(row)
            audio_id = keys[key]
            if audio_id in seconds and audio_id is not None:
                _tell(uow, ports, row, audio_id, seconds[audio_id], claim=claim)
            else:
                _not_made(uow, row, failed.get(key, "no_voice"), claim=claim)
        if made:
            uow.schedule("voice_due", f"old:{uow.now.date()}", uow.now + KEPT)
    return len(rows)


def voice_listen(transaction: Transaction, ports: Ports) -> int:
    """Write beside one recording what a machine understood of it; 0 where there is none, or nothing that listens."""
    if not ports.listener.ready():
        return 0
    with transaction() as uow:
        row = store.unheard(uow.connection)
    if row is None:
        return 0
    heard = ports.offload(ports.listener.heard, bytes(row["phone"]), row["language"])
    with transaction() as uow:
        store.save_heard(uow.connection, row["audio_id"], heard)
    return 1


def voice_due(uow: UnitOfWork) -> None:
    """Forget sound that no link opens any more; being called has woken the pump."""
    store.forget_audio(uow.connection, uow.now - KEPT)
    uow.wake()


def recorded(
    uow: UnitOfWork, ports: Ports, key: store.Key, sound: Rendered, *, by: str, asked_at: datetime | None = None
) -> int:
    """A person has recorded a text: from now on it can be heard. Its seconds; LookupError where nobody asked for it, or
    where its words are not those that were asked for then (`asked_at`)."""
    row = store.note(uow.connection, key)
    if row is None or asked_at not in (None, row["asked_at"]):
        raise LookupError
    audio_id = new_id()
    store.save_audio(uow.connection, [_audio_row(uow, audio_id, sound)])
    store.change(uow.connection, [key], {"recorded_by": by})
    uow.schedule("voice_due", f"old:{uow.now.date()}", uow.now + KEPT)
    _tell(uow, ports, row, audio_id, sound.seconds)
    return sound.seconds


def _asked(uow: UnitOfWork, row: store.Row) -> dict[str, Any]:
    """Due where a voice has the language; what is not in it yet is said in it by a person, from the source."""
    tag = row["language"]
    reason = "untranslated" if row["labelled"] else None
    voice = voice_for(tag)
    if voice is None:
        reason = reason or ("unfit_voice" if normal(tag) in unfit() else "no_voice")
    return {
        "text_id": row["text_id"], "content_version": row["content_version"], "language": tag, "school_id": row["school_id"],
        "state": store.PERSON if reason else store.DUE, "reason": reason, "attempts": 0, "claimed_until": None,
        "asked_at": uow.now, "audio_id": None, "recorded_by": None,
    }  # fmt: skip


def _key(ports: Ports, row: store.Row) -> str | None:
    voice = voice_for(row["language"])
    if voice is None or not ports.speaker.ready():
        return None
    return ports.speaker.key(row["text"], row["language"], voice)


def _rendered(ports: Ports, row: store.Row) -> Rendered:
    voice = voice_for(row["language"])
    if voice is None:
        raise ToolFailed("no_voice")
    wording = load().find(CLOSING, row["language"])
    closing = wording.text if wording else ""
    rendered: Rendered = ports.offload(ports.speaker.render, row["text"], row["language"], voice, closing)
    return rendered


def _audio_row(uow: UnitOfWork, audio_id: str, sound: Rendered) -> dict[str, Any]:
    return {
        "audio_id": audio_id, "voice": sound.voice, "seconds": sound.seconds, "cut": sound.cut, "transcript": sound.transcript,
        "opus": sound.opus, "phone": sound.phone, "phone_type": sound.phone_type, "made_at": uow.now,
    }  # fmt: skip


def _not_made(uow: UnitOfWork, row: store.Row, reason: str, *, claim: datetime) -> None:
    """Tried again where that can help, then a person records it: silence is better than another language's voice."""
    again = row["attempts"] + 1 < MOST_TRIES and reason.endswith(("_timeout", "_failed", "_silent"))
    state = store.DUE if again else store.PERSON
    values = {"state": state, "reason": reason, "claimed_until": None}
    store.change(uow.connection, [store.key_of(row)], values, claim=claim)


def _tell(
    uow: UnitOfWork, ports: Ports, row: store.Row, audio_id: str, seconds: int, *, claim: datetime | None = None
) -> None:
    """`claim`: of the worker that made it; what a person has written anew or recorded meanwhile is not undone by it."""
    values = {"state": store.MADE, "audio_id": audio_id, "reason": None, "claimed_until": None}
    if not store.change(uow.connection, [store.key_of(row)], values, claim=claim):
        return
    uow.emit(
        "translation.voice_rendered",
        {
            "text_id": row["text_id"],
            "content_version": row["content_version"],
            "language": row["language"],
            "audio": ports.audio_path(uow.district, audio_id, purpose=PURPOSE, until=uow.now + KEPT),
            "seconds": seconds,
        },
        school=row["school_id"],
        subject=row["text_id"],
    )
