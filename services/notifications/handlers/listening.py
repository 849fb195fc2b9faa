"""What comes back from families, whatever it came by: a keyword, the answer to a question, or words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.notifications.domain.inbound import Inbound
from services.notifications.domain.replies import Keyword, keyword, keyword_of_mail
from services.notifications.domain.sending import Weight
from services.notifications.handlers import concerns, conversation, reviews, whose, wishes
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import conversation as talk
from services.notifications.store import ledger, people, threads
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

ANSWERS = {Keyword.STOP: "stop.confirmed", Keyword.HELP: "help.text", Keyword.START: "start.confirmed"}
SURVEY = "survey"
BY_NUMBER = frozenset({"sms", "whatsapp", "voice"})


def received(uow: UnitOfWork, ports: Ports, inbound: Inbound) -> str:
    """Words from a family; what they were taken for.

    "unknown" (kept for the office), "empty", "repeated", "shared" (a person is asked who wrote), a keyword's word,
    "concern" (the answer to "does this answer it?"), or "reply".
    """
    text = _keepable(inbound.text).strip()
    inbound = replace(inbound, text=text)
    if not text and not inbound.files and not inbound.call_back:
        return "empty"
    candidates = _candidates(uow, inbound)
    if not candidates:
        return whose.keep_unknown(uow, inbound)
    word = _word(inbound.channel, text)
    asked = whose.asked(uow, candidates, text) if word in (None, Keyword.HELP) else {}
    if word is Keyword.HELP and any(question.kind == SURVEY for question in asked.values()):
        word = None  # surveys says what to do there, whom to call and how to stop
    asked = {} if word else asked
    guardian_id = whose.writer(uow, candidates, asked, inbound=inbound, word=word)
    if guardian_id is None:
        whose.ask_a_person(uow, candidates, provider_id=inbound.provider_id, text=text)
        return "shared"
    question = asked.get(guardian_id)
    if word is Keyword.PERSON and not reviews.ask_person(uow, guardian_id, via=inbound.channel):
        word, inbound = None, replace(inbound, call_back=True)  # nothing of theirs was translated: they want to talk
    reply = {
        "reply_id": derived_id(inbound.channel, inbound.provider_id),
        "guardian_id": guardian_id,
        "channel": inbound.channel,
        "language": language_of(uow, guardian_id),
        "text": text,
        "english": None,
        "open_kind": question.kind if question else "keyword" if word else None,
        "open_ref": question.ref if question else None,
        "received_at": uow.now,
    }
    if not threads.save_reply(uow.connection, reply):
        return "repeated"
    if word is not None:
        _obey(uow, ports, word, candidates, guardian_id=guardian_id, inbound=inbound)
        return word.value
    if question is not None and question.kind == concerns.KIND:
        concerns.confirmed(uow, ports, question.ref, guardian_id, text=text, via=inbound.channel)
        return concerns.KIND
    if question is None:
        place = conversation.place_words(uow, ports, reply, inbound)
        _beside(uow, ports, inbound, place, reply_id=str(reply["reply_id"]))
    if text:
        _say(uow, reply)
    return "reply"


def _keepable(text: str) -> str:
    """Without what no database keeps (a NUL, half a surrogate pair): mail programs and providers let it through."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _word(channel: str, text: str) -> Keyword | None:
    """On their own page a family has buttons: words there are words."""
    if channel == "page":
        return None
    return keyword_of_mail(text) if channel == "email" else keyword(text)


def sms_received(uow: UnitOfWork, ports: Ports, *, provider_id: str, number: str, text: str) -> str:
    """One incoming text message."""
    return received(uow, ports, Inbound("sms", provider_id, text, uow.now, sender=number))


def _candidates(uow: UnitOfWork, inbound: Inbound) -> list[str]:
    """Who may have written: whom the token names, else everybody whose number or address it is."""
    if inbound.guardian_id is not None:
        return list(people.guardians(uow.connection, [inbound.guardian_id]))
    if not inbound.sender:
        return []
    return talk.senders(uow.connection, inbound.channel, address_of(inbound.channel, inbound.sender))


def address_of(channel: str, sender: str) -> str:
    """As the roster writes it: numbers in E.164 (some providers leave out the plus)."""
    plain = sender.strip().removeprefix("whatsapp:")
    return f"+{plain}" if channel in BY_NUMBER and plain.isascii() and plain.isdigit() else plain


def language_of(uow: UnitOfWork, guardian_id: str) -> str:
    wish = people.preferences(uow.connection, [guardian_id]).get(guardian_id)
    known = people.guardians(uow.connection, [guardian_id])[guardian_id]
    return str((wish["language"] if wish else None) or known["language"])


def _say(uow: UnitOfWork, reply: dict[str, Any]) -> None:
    names = ("reply_id", "guardian_id", "channel", "language", "open_kind", "open_ref", "received_at", "text")
    uow.emit(
        "notifications.reply_received",
        {"thread_id": reply["guardian_id"], **{name: reply[name] for name in names}},
        subject=reply["guardian_id"],
    )


def _beside(uow: UnitOfWork, ports: Ports, inbound: Inbound, place: conversation.Place, *, reply_id: str) -> None:
    """What came with the words: files are not taken, and it is said; a wish to be called is somebody's task."""
    if inbound.files:
        compose(
            uow,
            ports,
            [
                Draft(
                    message_id=derived_id("files", reply_id),
                    kind="info",
                    weight=Weight.ANSWER,
                    school_id=place.school_id,
                    recipients=[Recipient(place.guardian_id, place.students, solicited=True)],
                    catalogue_key="reply.no_files",
                )
            ],
        )
    if inbound.call_back and place.owner_id is not None:
        ledger.save_tasks(
            uow.connection,
            [
                task(
                    uow,
                    derived_id("call_back", reply_id),
                    staff_id=place.owner_id,
                    kind="call_back",
                    school_id=place.school_id,
                    student_id=place.students[0] if place.students else None,
                    guardian_id=place.guardian_id,
                    due_at=place.due_at,
                )
            ],
        )


def _way_back(channel: str) -> str:
    """Where a keyword is answered: where it was written, if that is a channel that carries texts."""
    return channel if channel in ("sms", "whatsapp", "email") else ""


def _obey(
    uow: UnitOfWork, ports: Ports, word: Keyword, everyone: Sequence[str], *, guardian_id: str, inbound: Inbound
) -> None:
    """A STOP is the number's: everybody it reaches is left alone there; one confirmation, to who wrote."""
    children = tuple(student for _, student in people.children_of(uow.connection, [guardian_id]))
    enrolled = people.students(uow.connection, children)
    school_id = next((row["school_id"] for row in enrolled.values()), None)
    school = people.schools(uow.connection, [school_id]).get(school_id or "")
    settings = school["settings"] if school else {}
    scope = (settings.get("conversation") or {}).get("stop_scope")
    evidence = derived_id(inbound.channel, inbound.provider_id)
    if word is Keyword.PERSON:  # they hear when translation has it in its queue
        return
    if word is Keyword.WRONG:
        wishes.wrong_number(uow, everyone, inbound.channel, evidence=evidence)
        return
    if word is Keyword.STOP:
        for channel in wishes.stopped_by(inbound.channel, scope):
            wishes.stop(uow, everyone, channel, source="keyword", evidence=evidence)
    if word is Keyword.START:
        for channel in wishes.stopped_by(inbound.channel, scope):
            wishes.start(uow, everyone, channel, source="keyword", evidence=evidence)
    params = {"school": school["name"] if school else "", "phone": settings.get("office_phone") or ""}
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=derived_id("keyword", evidence),
                kind="info",
                weight=Weight.ANSWER,
                school_id=school_id,
                recipients=[Recipient(guardian_id, children, params, solicited=True, way=_way_back(inbound.channel))],
                catalogue_key=ANSWERS[word],
            )
        ],
    )
