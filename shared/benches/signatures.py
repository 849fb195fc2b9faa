"""Whether mails that arrived bear a signature that holds, by dkimpy, which is not what signed them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib import import_module


def verified(mails: Sequence[bytes], public_key: bytes) -> int | None:
    """How many of them verify under this key (DER); None where dkimpy, a development tool, is not installed."""
    try:
        dkim = import_module("dkim")
    except ImportError:
        return None
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public_key)
    return sum(bool(dkim.verify(as_sent(mail), dnsfunc=lambda *_, **__: record)) for mail in mails)


def as_sent(mail: bytes) -> bytes:
    """Without the sink's own lines and the empty one it adds at the end, with the line ends of the wire."""
    lines = mail.split(b"\n")
    start = next(number for number, line in enumerate(lines) if line.startswith(b"Received:"))
    start += 1
    while lines[start][:1] in (b"\t", b" "):
        start += 1
    end = len(lines) - 2 if lines[-2:] == [b"", b""] else len(lines)
    return b"\r\n".join(lines[start:end]) + b"\r\n"
