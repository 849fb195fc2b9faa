"""The district's emergencies as CAP 1.2 alerts: an info for every language there is a text in; what took back what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from services.notifications.domain.cap import (
    Alert,
    Area,
    Certainty,
    Info,
    MsgType,
    Reference,
    Severity,
    Status,
    Urgency,
)
from services.notifications.ports import Ports
from services.notifications.store import broadcasts, messages, people
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]

KEPT = timedelta(days=7)  # in the feed
CANCEL = ".cancel"  # after a message's id: what took it back where nobody had it yet


def sender(ports: Ports, district: str) -> str:
    """The district at this site, as CAP names senders (3.2.1: unique, without spaces)."""
    return f"{district}@{urlsplit(ports.base_url).hostname or 'localhost'}"


def alert(uow: UnitOfWork, ports: Ports, identifier: str) -> Alert | None:
    """The alert of that name; None where there is none."""
    message_id = identifier.removesuffix(CANCEL)
    message = messages.messages(uow.connection, [message_id]).get(message_id)
    first = message["corrects"] if message is not None else None
    sent = broadcasts.broadcast(uow.connection, message_id) or (broadcasts.broadcast(uow.connection, first) if first else None)
    if message is None or sent is None or not sent["emergency"]:
        return None
    earlier = messages.messages(uow.connection, [first]).get(first) if first else None
    name = sender(ports, uow.district)
    if identifier != message_id:
        if message["recalled_at"] is None:
            return None
        return Alert(
            identifier, name, message["recalled_at"].replace(microsecond=0), Status(sent["status"]), MsgType.CANCEL,
            note="Recalled", references=(_reference(name, message),),
        )  # fmt: skip
    kind = MsgType.ALERT
    if earlier is not None:
        kind = MsgType.CANCEL if earlier["recalled_at"] is not None else MsgType.UPDATE
    return Alert(
        identifier=message_id,
        sender=name,
        sent=message["created_at"].replace(microsecond=0),
        status=Status(sent["status"]),
        msg_type=kind,
        infos=_infos(uow, message, sent),
        references=(_reference(name, earlier),) if earlier is not None else (),
    )


def _reference(name: str, message: Row) -> Reference:
    return Reference(name, message["message_id"], message["created_at"].replace(microsecond=0))


def _infos(uow: UnitOfWork, message: Row, sent: Row) -> tuple[Info, ...]:
    """One for each language: the source's first; a text that is still being translated is not there yet."""
    texts = {
        language: row["text"]
        for (_, language), row in messages.texts(uow.connection, [message["message_id"]]).items()
        if row["text"] is not None
    }
    if message["text"]:
        texts.setdefault(message["source_language"], message["text"])
    schools = people.schools(uow.connection, sent["school_ids"])
    names = [schools[known]["name"] for known in sent["school_ids"] if known in schools]
    if not names:
        names = list(broadcasts.all_schools(uow.connection).values()) or [uow.district]
    source = message["source_language"]
    return tuple(
        Info(
            event=_title(message, texts[language]),
            language=language,
            urgency=Urgency.IMMEDIATE,
            severity=Severity.SEVERE,
            certainty=Certainty.OBSERVED,
            expires=message["expires_at"].replace(microsecond=0) if message["expires_at"] else None,
            sender_name=names[0] if len(names) == 1 else uow.district,
            headline=_title(message, texts[language]),
            description=_told(message, texts[language], names),
            areas=tuple(Area(one) for one in names),
        )
        for language in sorted(texts, key=lambda one: (one != source, one))
    )


def _title(message: Row, text: str) -> str:
    """The text's own first line where it has a title; CAP wants a headline of one line."""
    head, _, rest = text.partition("\n\n")
    return head.strip()[:160] if message["title"] and rest else text.strip().splitlines()[0][:160]


def _told(message: Row, text: str, names: list[str]) -> str:
    """The rest, without what is each reader's own."""
    _, _, rest = text.partition("\n\n")
    told = rest if message["title"] and rest else text
    for slot in ("{children}", "{guardian}", "{link}"):
        told = told.replace(slot, "")
    return told.replace("{school}", ", ".join(names)).strip()


def feed(uow: UnitOfWork, ports: Ports) -> list[Alert]:
    """The last week's alerts, drills among them (their status says so), the newest first; with what took them back."""
    found: list[Alert] = []
    for row in broadcasts.recent(uow.connection, since=uow.now - KEPT, emergency=True, limit=50):
        names = [row["message_id"]]
        if row["recalled_at"] is not None:
            names.append(broadcasts.correction_of(uow.connection, row["message_id"]) or f"{row['message_id']}{CANCEL}")
        found += [one for name in names if (one := alert(uow, ports, name)) is not None]
    return sorted(found, key=lambda one: one.sent, reverse=True)
