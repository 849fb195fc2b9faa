"""Short messages and receipts that an SMSC brings: parts are put together, repeats are known, nothing waits for ever."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.notifications.channels.sms.smpp_words import Piece, Receipted
from services.notifications.domain.inbound import Inbound, Told
from services.notifications.handlers import listening, receipts
from services.notifications.ports import Ports
from services.notifications.store import sms
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

REPEATED_WITHIN = timedelta(minutes=2)  # how long after a session broke its last messages may come again
PATIENCE = timedelta(minutes=10)  # then what there is of a text is shown, with its gaps
KEPT = timedelta(days=1)
GAP = "[…]"


@dataclass(frozen=True, slots=True)
class Heard:
    """One deliver_sm: words of a telephone (`piece`) or of the SMSC about a message of ours (`receipt`)."""

    session: str
    sequence: int
    sender: str = field(repr=False, default="")
    piece: Piece | None = None
    receipt: Receipted | None = None


def heard(uow: UnitOfWork, ports: Ports, brought: Sequence[Heard]) -> None:
    """In one transaction; the SMSC is answered when it is committed."""
    receipts.take_in(uow, [_told(uow, one.receipt) for one in brought if one.receipt is not None])
    rows = [_row(uow, one, one.piece) for one in brought if one.piece is not None]
    if not rows:
        return
    since = uow.now - REPEATED_WITHIN
    known = sms.heard_before(uow.connection, (row["print"] for row in rows), session=rows[0]["session"], since=since)
    fresh = [row for row in rows if row["print"] not in known]
    sms.keep(uow.connection, [row | ({} if row["waiting"] else {"text": None}) for row in fresh])
    for row in fresh:
        if not row["waiting"]:
            _received(uow, ports, [row], row["text"])
    put_together(uow, ports)


def put_together(uow: UnitOfWork, ports: Ports) -> None:
    """Texts whose parts are all there, and those that have waited long enough for the rest."""
    groups: dict[tuple[str, int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in sms.waiting(uow.connection):
        groups[row["sender"], row["reference"], row["total"]].append(row)
    done: list[str] = []
    for (_, _, total), parts in groups.items():
        by_number = {part["number"]: part for part in parts}
        if len(by_number) < total and min(part["at"] for part in parts) > uow.now - PATIENCE:
            continue
        text = "".join(by_number[n]["text"] if n in by_number else GAP for n in range(1, total + 1))
        _received(uow, ports, parts, text)
        done += [part["piece_id"] for part in parts]
    if done:
        sms.put_together(uow.connection, done)


def tidy(uow: UnitOfWork, ports: Ports) -> None:
    """Between messages: unfinished texts, and what need not be known any more."""
    put_together(uow, ports)
    sms.forget(uow.connection, uow.now - KEPT)


def _received(uow: UnitOfWork, ports: Ports, parts: Sequence[Mapping[str, Any]], text: str) -> None:
    first = min(parts, key=lambda part: (part["number"], part["piece_id"]))
    listening.received(uow, ports, Inbound("sms", first["piece_id"], text, uow.now, sender=first["sender"]))


def _row(uow: UnitOfWork, one: Heard, piece: Piece) -> dict[str, Any]:
    digest = hashlib.sha256(f"{one.sender}\x1f{piece.reference}\x1f{piece.number}\x1f".encode() + piece.octets)
    total = piece.total if 1 <= piece.number <= piece.total else 1
    return {
        "piece_id": derived_id("smpp", one.session, str(one.sequence)),
        "session": one.session,
        "print": digest.hexdigest()[:32],
        "sender": one.sender,
        "reference": piece.reference,
        "number": piece.number if total > 1 else 1,
        "total": total,
        "text": piece.text.replace("\0", ""),
        "waiting": total > 1,
        "at": uow.now,
    }


def _told(uow: UnitOfWork, receipt: Receipted) -> Told:
    failed = receipt.state == "failed"
    return Told(
        channel="sms",
        key=f"smpp:{receipt.message_id}:{receipt.code}",
        state=receipt.state,
        at=uow.now,
        provider_ref=receipt.message_id,
        code=receipt.code if failed else None,
        permanent=receipt.permanent,
    )
