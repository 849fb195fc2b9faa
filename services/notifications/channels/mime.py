"""One email as bytes on the wire (RFC 5322, CRLF), without third parties in it: no pixel, no remote image."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifications.channels.port import Outgoing


def message_id(letter: Outgoing) -> str:
    """Made from the delivery, so that a second copy of it is recognised by the reader's mail program."""
    return f"<{letter.delivery_id}@{letter.district.replace('_', '-')}.homeroom>"


def as_bytes(letter: Outgoing, *, reply_to: str | None = None) -> bytes:
    """Headers and text; a calendar file as an invitation part (RFC 6047) and as a file to keep.

    Raises ValueError for an address or a language that no header can hold.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = letter.sender
    mail["To"] = letter.to
    mail["Subject"] = " ".join(letter.subject.split())  # a school's name may hold a line break: no header of its own
    mail["Date"] = format_datetime(letter.at)
    mail["Message-ID"] = message_id(letter)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office programs keep still
    mail["Content-Language"] = letter.language
    mail["X-Homeroom-Delivery"] = letter.delivery_id
    if reply_to:
        mail["Reply-To"] = reply_to
    if letter.unsubscribe:
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe}>"  # RFC 2369
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    mail.set_content(letter.body, cte="8bit" if letter.body.isascii() else "base64")
    if letter.ics is not None:
        mail.add_alternative(
            letter.ics.encode(), maintype="text", subtype="calendar", params={"method": letter.ics_method, "charset": "utf-8"}
        )
        mail.add_attachment(letter.ics.encode(), maintype="application", subtype="ics", filename="meeting.ics")
    return mail.as_bytes()
