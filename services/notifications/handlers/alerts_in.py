"""Alerts from outside (CAP 1.2): taken once, from senders whom the configuration names; a drill never becomes a real alert."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.audience import Audience
from services.notifications.domain.blast import Limits
from services.notifications.domain.cap import Alert, Fate, MsgType, fate
from services.notifications.handlers import announcing, emergency, recalling
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.tasks import task
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import audience as audiences
from services.notifications.store import emergency as store
from services.notifications.store import ledger, people
from shared.errors import HomeroomError
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import CAP_IN

Row = Mapping[str, Any]

STALE = timedelta(hours=24)  # an alert without an end that is older than this is history
FEED_LIFE = timedelta(days=366)
TITLE = 120
TEXT = 4000


@dataclass(frozen=True)
class Sender:
    """A sender at the schools that list it; `auto_send` only where every one of them says so."""

    name: str
    school_ids: tuple[str, ...]
    auto_send: bool


class Refused(HomeroomError):
    """An alert that is well-formed and not taken."""


def senders_of(uow: UnitOfWork, token: str) -> dict[str, Sender]:
    """Whom this token speaks for, by name; the configuration holds its SHA-256 only."""
    mark = hashlib.sha256(token.encode()).hexdigest()
    found: dict[str, list[tuple[str, bool]]] = {}
    for school_id, settings in store.all_settings(uow.connection).items():
        for one in (settings.get("alerts") or {}).get("cap_senders") or ():
            if hmac.compare_digest(one["token_sha256"], mark):
                found.setdefault(one["sender"], []).append((school_id, bool(one.get("auto_send"))))
    return {
        name: Sender(name, tuple(sorted(school for school, _ in at)), all(auto for _, auto in at)) for name, at in found.items()
    }


def take(uow: UnitOfWork, ports: Ports, alert: Alert, senders: Mapping[str, Sender]) -> tuple[str, Fate]:
    """Keep it and do what the configuration says; (key, what became of it). `Refused`: replayed, over, or not this sender's."""
    sender = senders.get(alert.sender)
    if sender is None:
        CAP_IN.labels("unknown_sender").inc()
        raise Refused("CAP_SENDER", "This token does not speak for that sender.", "Use the sender's own token.", "sender")
    schools = people.schools(uow.connection, sender.school_ids)
    limits = Limits.of(schools[sender.school_ids[0]]["settings"])
    what = fate(alert, uow.now, auto_send=sender.auto_send)
    if what is Fate.EXPIRED or (alert.expires is None and alert.sent < uow.now - STALE):
        CAP_IN.labels("expired").inc()
        raise Refused("CAP_EXPIRED", "This alert is over.", "Send alerts before they expire.", "expires")
    row = _row(uow, alert, sender, ends=alert.expires or uow.now + limits.lasts(emergency=True))
    if not store.keep_cap(uow.connection, row):
        CAP_IN.labels("replayed").inc()
        raise Refused("CAP_REPLAYED", "This alert was taken in before.", "Give each alert an identifier of its own.", "identifier")
    CAP_IN.labels(what.value).inc()
    earlier = [_key(one.sender, one.identifier) for one in alert.references if one.sender in senders]
    if what is Fate.CANCEL:
        _cancel(uow, ports, row, earlier)
    elif what is Fate.DRAFT:
        _supersede(uow, earlier)
        _tell(uow, row)
    elif what is Fate.SEND:
        _supersede(uow, earlier)
        offices = people.offices(uow.connection, sender.school_ids)
        pass_on(uow, ports, row, Author(next(iter(offices.values()), ""), "office", sender.school_ids), decided_by=None)
    return str(row["key"]), what


def _key(sender: str, identifier: str) -> str:
    return derived_id("cap", sender, identifier)


def _row(uow: UnitOfWork, alert: Alert, sender: Sender, *, ends: datetime) -> dict[str, Any]:
    info = alert.in_language("en")
    what = fate(alert, uow.now, auto_send=sender.auto_send)
    text = "\n\n".join(filter(None, (info.description.strip(), info.instruction.strip()))) if info else ""
    headline = (info.headline or info.event).strip() if info else alert.note.strip()
    return {
        "key": _key(alert.sender, alert.identifier),
        "sender": alert.sender,
        "identifier": alert.identifier,
        "sent": alert.sent,
        "status": alert.status.value,
        "msg_type": alert.msg_type.value,
        "references": [_key(one.sender, one.identifier) for one in alert.references],
        "headline": _plain(headline or alert.msg_type.value)[:TITLE],
        "text": _plain(text or headline or alert.note)[:TEXT],
        "language": (info.language if info else "en").split("-")[0].lower() or "en",
        "area": "; ".join(_plain(area.description) for area in (info.areas if info else ()))[:TEXT],
        "school_ids": list(sender.school_ids),
        "expires_at": ends,
        "received_at": uow.now,
        "state": "draft" if what is Fate.SEND else what.value,
        "message_id": None,
        "decided_by": None,
        "decided_at": None,
    }


def _plain(text: str) -> str:
    """PostgreSQL keeps every character but this one."""
    return text.replace("\0", "")


def _supersede(uow: UnitOfWork, keys: list[str]) -> None:
    """An update takes the place of drafts that nobody has let go."""
    for row in store.by_keys(uow.connection, keys):
        if row["state"] == "draft":
            store.decide_cap(uow.connection, row["key"], "cancelled", by=None, now=uow.now)


def _cancel(uow: UnitOfWork, ports: Ports, row: Row, keys: list[str]) -> None:
    """What was passed on is recalled and corrected; what waits does not go."""
    for earlier in store.by_keys(uow.connection, keys):
        if earlier["message_id"] is not None:
            text = row["text"] if row["text"] != MsgType.CANCEL.value else None
            recalling.recall(uow, ports, earlier["message_id"], by=f"cap:{row['sender']}", text=text)
        store.decide_cap(uow.connection, earlier["key"], "cancelled", by=None, now=uow.now)


def _tell(uow: UnitOfWork, row: Row) -> None:
    """It waits for a person: principals, administrators and the offices see it today."""
    told = {*store.leaders(uow.connection, row["school_ids"]), *people.offices(uow.connection, row["school_ids"]).values()}
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("cap_draft", row["key"], one),
                staff_id=one,
                kind="cap_draft",
                school_id=row["school_ids"][0],
                note=row["headline"],
                due_at=uow.now,
            )
            for one in sorted(told)
        ],
    )


def announcement(row: Row) -> Announcement:
    """What families would get of it: headline, description and what to do, until it is over."""
    return Announcement(
        kind=emergency.KIND,
        title=row["headline"],
        text=row["text"],
        audience=Audience(schools=tuple(row["school_ids"])),
        school_id=row["school_ids"][0],
        source_language=row["language"],
        expires_at=row["expires_at"],
    )


def size(uow: UnitOfWork, row: Row) -> int:
    """How many guardians it would go to now."""
    return audiences.count(uow.connection, announcing.resolved(uow, announcement(row).audience))


def pass_on(uow: UnitOfWork, ports: Ports, row: Row, author: Author, *, decided_by: str | None = None) -> str:
    """To families, as an emergency of the school's; everybody's task is done. The message's id."""
    how = "typed" if decided_by else None
    message_id = emergency.send(uow, ports, author, announcement(row), confirmed=how, cap_key=row["key"])
    store.decide_cap(uow.connection, row["key"], Fate.SEND.value, by=decided_by, now=uow.now, message_id=message_id)
    ledger.close_tasks(
        uow.connection, [derived_id("cap_draft", row["key"], one) for one in store.heads(uow.connection)], uow.now
    )
    return message_id


def feed_link(ports: Ports, district: str, *, now: datetime) -> str:
    """Where machines find the district's own alerts; the same link all day, good for a year."""
    if ports.links is None:
        return ""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    token = ports.links.issue(district, "cap", purpose="cap", resource="feed", expires_at=day + FEED_LIFE, jti="cap")
    return f"{ports.base_url}/notifications/cap/feed/{token}"
