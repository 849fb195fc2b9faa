"""Invitations whose answers come back to us (iMIP, RFC 6047): the organizer's address becomes the meeting's own at our domain.

It is the meeting's and not the delivery's, because calendar programs take no change of an invitation from another organizer.
"""

from __future__ import annotations

import re
from email.message import Message

from services.notifications.channels.email import verp

LARGEST = 256 * 1024  # bytes of an answer: real ones are a few kilobytes
_MEETING = re.compile(r"^X-HOMEROOM-MEETING:([0-9A-Fa-f-]{36})\r?$", re.MULTILINE)
_ORGANIZER = re.compile(r"^(ORGANIZER(?:;[^\r\n]*)?):mailto:[^\r\n]*", re.MULTILINE | re.IGNORECASE)
_ANSWERS = frozenset({"REPLY", "COUNTER", "REFRESH"})
_KINDS = ("text/calendar", "application/ics")


def answerable(ics: str, *, key: bytes, district: str, domain: str) -> str:
    """The file with its meeting's mailbox as the organizer; as it was where it names no meeting or we hear no mail."""
    whole = re.sub(r"\r?\n[ \t]", "", ics)
    named = _MEETING.search(whole)
    token = verp.token(key, district, named[1]) if named and key and domain else None
    if token is None:
        return ics
    changed = _ORGANIZER.sub(lambda match: f"{match[1]}:mailto:meet+{token}@{domain}", whole)
    return "".join(_fold(line) for line in changed.splitlines())


def answer_of(mail: Message) -> str | None:
    """The first calendar part that answers an invitation."""
    for part in mail.walk():
        if part.get_content_type() not in _KINDS:
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and len(payload) <= LARGEST:
            text = payload.decode("utf-8", "replace")
            method = re.search(r"^METHOD:(\w+)\s*$", text, re.MULTILINE | re.IGNORECASE)
            if method is not None and method[1].upper() in _ANSWERS:
                return text
    return None


def _fold(line: str) -> str:
    """At 75 octets and never inside a character (RFC 5545 §3.1)."""
    pieces, size = [""], 0
    for char in line:
        octets = len(char.encode())
        if size + octets > (75 if len(pieces) == 1 else 74):
            pieces.append("")
            size = 0
        pieces[-1] += char
        size += octets
    return "\r\n ".join(pieces) + "\r\n"
