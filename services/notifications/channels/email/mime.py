"""One email as bytes on the wire (RFC 5322, CRLF), without third parties in it: no pixel, no remote image."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from services.notifications.channels.email import encoding, verp
from services.notifications.channels.email.dkim import Signer
from services.notifications.channels.email.invitations import answerable
from services.notifications.channels.email.skeleton import LINK, STOP, Shape, skeleton
from services.notifications.channels.port import Outgoing


@dataclass(frozen=True)
class Identity:
    """Who sends. Without `key` there are no token addresses; without a domain of theirs, no bounces or answers by mail."""

    sender: str
    postal_address: str = ""
    key: bytes = field(default=b"", repr=False)
    bounce_domain: str = ""
    reply_domain: str = ""
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """An email and its envelope (RFC 5321 §3.3)."""

    sender: str
    to: str
    data: bytes


def message_id(letter: Outgoing) -> str:
    """Made from the delivery, so that a second copy of it is recognised by the reader's mail program."""
    return f"<{letter.delivery_id}@{letter.district.replace('_', '-')}.homeroom>"


def write(letter: Outgoing, who: Identity) -> Mail:
    """Headers, text and HTML; a calendar file as an invitation part (RFC 6047) and as a file to keep.

    Raises ValueError for an address, a link or a language that no header can hold, KeyError for a slot without a value.
    """
    to = encoding.address(letter.to)
    token = verp.token(who.key, letter.district, letter.delivery_id) if who.key else None
    ics = letter.extras.get("ics")
    if ics is not None:
        ics = answerable(str(ics), key=who.key, district=letter.district, domain=who.reply_domain)
    shape = Shape(
        who.sender,
        letter.from_name,
        str(letter.extras.get("postal_address") or who.postal_address),
        letter.district,
        letter.link is not None,
        letter.unsubscribe is not None,
        str(letter.extras.get("ics_method", "REQUEST")) if ics is not None else None,
    )
    frame = skeleton(letter.content, shape)
    body = frame.body(
        _values(letter), encodebytes(str(ics).encode()).replace(b"\n", b"\r\n") if ics is not None else b""
    )
    head = frame.head + "".join(_own(letter, to, token=token, who=who)).encode("ascii")
    if who.signer is not None:
        head = who.signer.header(head, body, at=letter.at) + head
    sender = f"bounce+{token}@{who.bounce_domain}" if token and who.bounce_domain else who.sender
    return Mail(sender, to, b"%b\r\n%b" % (head, body))


def _values(letter: Outgoing) -> Mapping[str, str]:
    if letter.link is None and letter.unsubscribe is None:
        return letter.values
    return {**letter.values, LINK: letter.link or "", STOP: letter.unsubscribe or ""}


def _own(letter: Outgoing, to: str, *, token: str | None, who: Identity) -> list[str]:
    """The headers that are this copy's alone."""
    name = encoding.token(message_id(letter))
    rows = [
        f"To: {to}\r\nDate: {_date(letter.at)}\r\nMessage-ID: {name}\r\n"
        f"X-Homeroom-Delivery: {encoding.token(letter.delivery_id)}\r\n"
    ]
    reply_to = letter.reply_to or (f"reply+{token}@{who.reply_domain}" if token and who.reply_domain else None)
    if reply_to:
        rows.append(f"Reply-To: {encoding.address(reply_to)}\r\n")
    if letter.unsubscribe:  # RFC 2369, RFC 8058
        rows.append(f"List-Unsubscribe: <{encoding.token(letter.unsubscribe)}>")
        if token and who.reply_domain:
            rows.append(f",\r\n <mailto:stop+{token}@{who.reply_domain}?subject=stop>")
        rows.append("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    return rows


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    return format_datetime(at)
