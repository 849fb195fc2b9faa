"""What an email to us is: an answer, a bounce, a complaint, a machine's word, or something that a person must look at.

Whom it is about is believed only from our own token addresses (`verp`): those it was sent to, or, in a report, those in the
headers of the original that it quotes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from hashlib import sha256

from services.notifications.channels.email import bounces, invitations, verp, wording
from services.notifications.channels.email.encoding import storable
from shared.ids import derived_id

LARGEST = 10 * 1024 * 1024  # bytes
_RECEIVED_BY = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_SENT_FROM = ("Return-Path", "Reply-To", "List-Unsubscribe", "From")


class Kind(StrEnum):
    """What to do with it."""

    REPLY = "reply"
    STOP = "stop"  # a mail program's unsubscribe button (RFC 2369 mailto)
    BOUNCE = "bounce"  # did not arrive, and will not (RFC 3464 "failed")
    DELAYED = "delayed"  # still being tried
    DELIVERED = "delivered"
    COMPLAINT = "complaint"  # marked as spam (RFC 5965)
    CALENDAR = "calendar"  # a calendar program's answer to an invitation (RFC 6047)
    AUTOMATIC = "automatic"  # out of office and the like (RFC 3834): nobody wrote it
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Arrived:
    """An email, understood as far as it goes. `why`: what is the matter with an unreadable one."""

    mail_id: str
    kind: Kind
    about: verp.About | None
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    code: str | None = None
    why: str | None = None
    files: tuple[str, ...] = field(default=(), repr=False)
    calendar: str | None = field(default=None, repr=False)


def read(raw: bytes, recipients: Sequence[str], *, keys: Collection[bytes], districts: Collection[str]) -> Arrived:
    """`recipients`: of the envelope, where they are known; never raises for what it is given."""
    mail = message_from_bytes(raw)
    known = _Known(tuple(keys), tuple(districts))
    about = known.named([*recipients, *_addresses(mail, _RECEIVED_BY)])
    kind, code, why = Kind.UNREADABLE, None, None
    files: tuple[str, ...] = ()
    calendar: str | None = None
    try:
        report = bounces.report(mail)
        if report is not None:
            quoted = known.named(_addresses(report.original, _SENT_FROM)) if report.original is not None else None
            about = quoted if about is None or about.kind != "bounce" else about
            kind, code = Kind(report.kind), report.code
        else:
            calendar = invitations.answer_of(mail) if about is not None and about.kind == "meet" else None
            kind, why = (Kind.CALENDAR, None) if calendar is not None else _kind(mail, about)
        text, files = wording.words_of(mail), wording.files_of(mail)
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        MessageError,
    ):  # the standard library's reader on what is no mail
        text, why = raw[:4000].decode("ascii", "replace"), "shape"
        kind = Kind.UNREADABLE
    if kind is Kind.REPLY:
        text = wording.without_quotes(text)
        if not text and not files:
            kind, why = Kind.UNREADABLE, "no_words"
    if about is None and kind is not Kind.UNREADABLE:
        kind, why = Kind.UNREADABLE, "about_nothing"
    return Arrived(
        mail_id=derived_id("mail", sha256(raw).hexdigest()),
        kind=kind,
        about=about,
        sender=storable(_sender(mail)),
        subject=storable(wording.subject_of(mail)),
        text=storable(text),
        raw=raw,
        code=storable(code) if code else None,
        why=why if kind is Kind.UNREADABLE else None,
        files=tuple(map(storable, files)),
        calendar=storable(calendar) if kind is Kind.CALENDAR and calendar is not None else None,
    )


def set_aside(arrived: Arrived) -> Arrived:
    """For a person, as bytes alone."""
    return replace(arrived, kind=Kind.UNREADABLE, about=None, text="", subject="", code=None, why="shape", files=(), calendar=None)


@dataclass(frozen=True, slots=True)
class _Known:
    keys: tuple[bytes, ...]
    districts: tuple[str, ...]

    def named(self, addresses: Sequence[str]) -> verp.About | None:
        found = (verp.read(address, self.keys, self.districts) for address in addresses)
        return next((about for about in found if about is not None), None)


def _kind(mail: Message, about: verp.About | None) -> tuple[Kind, str | None]:
    """Of what is no report."""
    if about is None:
        return Kind.UNREADABLE, "about_nothing"
    if about.kind == "stop":
        return Kind.STOP, None
    if about.kind == "meet":  # words to a meeting: nobody's thread, so a person looks at them
        return (Kind.AUTOMATIC, None) if automatic(mail) else (Kind.UNREADABLE, "to_a_meeting")
    if about.kind == "bounce":
        said = bounces.guessed(mail)
        if said is not None:
            return Kind(said), None
        return (Kind.AUTOMATIC, None) if automatic(mail) else (Kind.UNREADABLE, "bounce_shape")
    return (Kind.AUTOMATIC, None) if automatic(mail) else (Kind.REPLY, None)


def automatic(mail: Message) -> bool:
    """Whether a program wrote it: RFC 3834 §2 and §5, and what programs older than that put."""
    said = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    older = str(mail.get("Precedence", "")).strip().lower() in ("bulk", "junk", "list", "auto_reply")
    marked = any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id"))
    return said != "no" or older or marked or str(mail.get("Return-Path", "")).strip() == "<>"


def _addresses(mail: Message, names: Sequence[str]) -> list[str]:
    return list(_each(mail, names))


def _each(mail: Message, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        for value in mail.get_all(name, []):
            text = str(value).replace("<mailto:", "<").replace("?subject=", "> <")
            yield from (address for _, address in getaddresses([text]) if "@" in address)


def _sender(mail: Message) -> str:
    return parseaddr(str(mail.get("From", "")))[1][:320]
