"""Text as mail carries it: quoted-printable segments that can be laid side by side, header words, addresses.

Bodies are quoted-printable, never 8bit: seven-bit text passes every relay as it is, so that a DKIM signature holds, and a
segment ends with a soft line break, so that what differs per person is spliced between segments encoded once. Runs of
blanks are one blank, which makes every body its own "relaxed" canonical form (RFC 6376 §3.4.4): no pass over it to sign.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from email.header import Header

SOFT = b"=\r\n"
_BREAKS = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"[ \t]+")
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_UNSAFE = re.compile(r"[^\x21-\x7e]")
_LONGEST_LOCAL = 64  # RFC 5321 §4.5.3.1.1
_LONGEST_ADDRESS = 254


def lines(text: str) -> str:
    """CRLF between lines, single blanks, no control characters."""
    if not text.isprintable():
        text = text.translate(_CONTROLS)
    if "\t" in text or "  " in text:
        text = _BLANKS.sub(" ", text)
    if "\n" in text or "\r" in text:
        text = _BREAKS.sub("\r\n", text)
    return text


def segment(text: str) -> bytes:
    """Normalised text as quoted-printable (RFC 2045 §6.7); may be followed by another segment."""
    if not text:
        return b""
    encoded = b2a_qp(text.encode("utf-8", "replace"))
    if "\n" not in text:  # it breaks lines as the text does, and the way of mail only if the text has one
        encoded = encoded.replace(b"\n", b"\r\n")
    return encoded if encoded.endswith(b"\r\n") else encoded + SOFT


def one_line(text: str) -> str:
    """Free text without line breaks, control characters and half characters."""
    return " ".join(text.translate(_CONTROLS).split()).encode("utf-8", "replace").decode()


def storable(text: str) -> str:
    """What came from outside, without the characters that no database's text holds."""
    return text.translate(_CONTROLS).encode("utf-8", "replace").decode()


def words(text: str, *, header: str) -> str:
    """Free text as a header's value, folded (RFC 2047); line breaks in it become blanks, so it adds no header."""
    clean = one_line(text)
    charset = "us-ascii" if clean.isascii() and "=?" not in clean else "utf-8"
    return Header(clean, charset, header_name=header).encode(linesep="\r\n")


def phrase(text: str, *, header: str) -> str:
    """A display name: quoted where it is plain, else encoded words."""
    clean = one_line(text)
    if clean.isascii() and len(clean) < 60:
        return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"' if clean else ""
    return Header(clean, "utf-8", header_name=header).encode(linesep="\r\n")


def address(text: str) -> str:
    """The address as SMTP and a header take it; ValueError for anything else (RFC 5321 §4.1.2, dot-atoms only)."""
    if not text.isascii():
        local, _, domain = text.rpartition("@")
        text = f"{local}@{domain.encode('idna').decode()}"
    if _ADDRESS.fullmatch(text) is None or len(text) > _LONGEST_ADDRESS or text.index("@") > _LONGEST_LOCAL:
        raise ValueError("not an address that mail can be sent to")
    return text


def token(text: str) -> str:
    """A value that must stand in a header as it is (a URL, an id); ValueError if it could break out of it."""
    if _UNSAFE.search(text) or len(text) > 900:
        raise ValueError("a header's value has a blank, a line break or is too long")
    return text
