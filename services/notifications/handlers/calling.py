"""A call from the moment it is taken to its end: what it says to a person or a machine, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from services.notifications.channels.twiml import Script, voice_for
from services.notifications.channels.voice import NOT_TAKEN, told
from services.notifications.domain.calls import HEARD_S, Ladder, in_turn, next_call, spoken
from services.notifications.domain.inbound import Inbound, Told
from services.notifications.handlers import grounds, listening, planning, reached, receipts
from services.notifications.handlers.voicing import voice_settings
from services.notifications.ports import Ports
from services.notifications.store import messages, people, voice
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.web.i18n import catalogue

Row = Mapping[str, Any]
LOCALE = Path(__file__).parents[1] / "locale"
CHANNEL = "voice"
HUMAN, VOICEMAIL, WITHHELD, FAX = "human", "voicemail", "withheld", "fax"


def voice_rendered(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A text can be heard from now on, by telephone and on its page."""
    voice.save_recordings(
        uow.connection,
        [
            {
                "text_id": event.data["text_id"],
                "content_version": event.data["content_version"],
                "language": event.data["language"],
                "audio": event.data["audio"],
                "seconds": event.data["seconds"],
                "at": event.time,
            }
            for event in events
        ],
    )


def answered(uow: UnitOfWork, ports: Ports, delivery_id: str, number: int, *, by: str) -> tuple[Script, bool] | None:
    """What is said to who picked up, and whether it is a machine; None: nothing, and the call is over.

    `by`: the provider's AnsweredBy. Policy is asked once more: the telephone may have rung for a while.
    """
    row = messages.delivery(uow.connection, delivery_id)
    if row is None:
        return None
    facts = grounds.ground(uow, [row])
    machine = by.startswith("machine")
    refused = grounds.refusal(uow, row, facts, grounds.weight_of(row, facts)) is not None
    script = Script(row["language"]) if refused or by == FAX else _script(uow, ports, row, facts)
    who = FAX if by == FAX else HUMAN
    if machine:
        who = VOICEMAIL
        if _private(facts.messages[row["message_id"]]):
            who, script = WITHHELD, _discreet(row, facts)
    voice.picked_up(uow.connection, delivery_id, number, who if not script.silent or who == FAX else WITHHELD)
    return None if script.silent else (script, machine)


def pressed(uow: UnitOfWork, ports: Ports, delivery_id: str, *, key: str, sid: str) -> str | None:
    """The locale key of what is answered to a key: heard, or a person will call; None: the message once more."""
    row = messages.delivery(uow.connection, delivery_id)
    if row is None or key not in ("1", "9"):
        return None
    opened = Told(CHANNEL, f"{sid}:{key}", "opened", uow.now, delivery_id=delivery_id, provider_ref=sid, how="played")
    receipts.take_in(uow, [opened])
    if key == "1":
        return "call.heard"
    asked = Inbound(CHANNEL, f"{sid}:9", "", uow.now, guardian_id=row["recipient_id"], delivery_id=delivery_id, call_back=True)
    listening.received(uow, ports, asked)
    return "call.will_call"


def ended(
    uow: UnitOfWork, ports: Ports, delivery_id: str, number: int, *, sid: str, status: str, seconds: int
) -> str | None:
    """How a call ended; None where that was known, or there is no such call.

    Nobody reached: the next telephone, or a rest and then the first again, until each has rung often enough.
    """
    row = messages.delivery(uow.connection, delivery_id)
    made = voice.tries(uow.connection, [delivery_id]).get(delivery_id, [])
    this = next((one for one in made if one["number"] == number), None)
    if row is None or this is None:
        return None
    outcome = _outcome(this["answered_by"], status, seconds)
    if not voice.end(uow.connection, delivery_id, number, outcome, uow.now):
        return None
    messages.trace(uow.connection, [(delivery_id, "called", f"call {number}: {outcome}")], uow.now)
    if outcome in (HUMAN, VOICEMAIL):
        reached.heard(uow, row)
        _take_in(uow, told(sid, "completed", at=uow.now, delivery_id=delivery_id))
        return outcome
    _next(uow, ports, row, made=len(made), sid=sid)
    return outcome


def _next(uow: UnitOfWork, ports: Ports, row: Row, *, made: int, sid: str) -> None:
    known = people.guardians(uow.connection, [row["recipient_id"]])
    school = people.schools(uow.connection, [row["school_id"]]).get(row["school_id"] or "")
    account = next((one for one in ports.settings.get(CHANNEL, ()) if one.get("name") == row["provider"]), {})
    ladder = Ladder.of(voice_settings(school), tries=int(account["tries"]) if "tries" in account else None)
    numbers = voice.telephones(uow.connection, known).get(row["recipient_id"], [])
    telephones = 1 if row["way"] else len(in_turn(numbers, ladder))
    upcoming = next_call(made, telephones, ladder=ladder, seed=row["delivery_id"])
    if upcoming is None:
        _take_in(uow, told(sid, "no-answer", at=uow.now, delivery_id=row["delivery_id"]))
        return
    due_at = uow.now + upcoming.after
    if voice.call_again(uow.connection, row["delivery_id"], due_at):
        uow.schedule("delivery_due", f"again:{row['delivery_id']}", due_at)
        uow.wake()
        when = f"telephone {upcoming.place + 1} at {due_at.isoformat(timespec='minutes')}"
        messages.trace(uow.connection, [(row["delivery_id"], "waits", when)], uow.now)


def _take_in(uow: UnitOfWork, word: Told | None) -> None:
    receipts.take_in(uow, [word] if word is not None else [])


def _outcome(answered_by: str | None, status: str, seconds: int) -> str:
    if status in NOT_TAKEN:
        return status
    if answered_by is None:
        return "no-answer"  # it ended before anything was said
    if answered_by == HUMAN and seconds < HEARD_S:
        return "hung-up"
    return answered_by


def _script(uow: UnitOfWork, ports: Ports, row: Row, facts: grounds.Ground) -> Script:
    key = (row["message_id"], row["content_version"], row["language"])
    recording = voice.recordings(uow.connection, [row["message_id"]]).get(key)
    audio = f"{ports.base_url}{recording['audio']}" if recording is not None else None
    said = spoken(words(uow, ports, row, facts))
    return Script(row["language"], said, audio, menu=word("call.menu", row["language"]), then=_then(row))


def _then(row: Row) -> str | None:
    """Where a survey's call goes on, with the voice that it is to be spoken in: the one list of voices is ours."""
    menu, voice_name = (row["params"] or {}).get("menu"), voice_for(row["language"])
    return f"{menu}&{urlencode({'voice': voice_name})}" if menu and voice_name else None


def words(uow: UnitOfWork, ports: Ports, row: Row, facts: grounds.Ground) -> str:
    """A delivery's text as its reader gets it; empty where it has none (any more)."""
    if row["body"] is not None or row["lane"] == messages.PERSONAL:
        return str(row["body"] or "")
    try:
        content, values = planning.announced(uow, ports, facts).of(row, over_cap=row["over_cap"])
    except LookupError:
        return ""
    return content.written(values)


def _private(message: Row) -> bool:
    """Whether others who hear the machine should not hear this."""
    return bool(message["kind"] == "concern" or message["risk"] == "high")


def _discreet(row: Row, facts: grounds.Ground) -> Script:
    """Only that there is something to be heard, and whom to call."""
    school = facts.schools.get(row["school_id"] or "")
    phone = (school["settings"].get("office_phone") if school else None) or ""
    text = word("call.voicemail", row["language"]).format(school=school["name"] if school else "", phone=" ".join(phone))
    return Script(row["language"], text if voice_for(row["language"]) and phone else "")


def word(key: str, language: str) -> str:
    """One of our own sentences in that language; empty where we have none: another language is never spoken instead."""
    return catalogue(LOCALE).get(language.split("-")[0], {}).get(key, "")
