"""Content lines (RFC 5545 §3.1): escaped, quoted, folded at 75 octets and never inside a character."""

from __future__ import annotations

from collections.abc import Iterable

OCTETS = 75  # of a line, without its CRLF
_PARAM = str.maketrans({"^": "^^", "\n": "^n", '"': "^'"})  # RFC 6868
_TEXT = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def text(value: str) -> str:
    """A TEXT value (§3.3.11); control characters, which no reader agrees on, are left out."""
    return clean(value).translate(_TEXT)


def param(value: str) -> str:
    """A parameter's value, quoted where it must be."""
    safe = clean(value).translate(_PARAM)
    return f'"{safe}"' if any(char in safe for char in ",;:^ ") or not safe.isascii() else safe


def clean(value: str) -> str:
    """Line ends as one character; no other control character and no half of a surrogate pair."""
    if value.isprintable():
        return value  # nearly every value: nothing in it to take out
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if char == "\n" or (ord(char) > 31 and ord(char) != 127 and not _half(char)))


def fold(line: str) -> str:
    """The line with its CRLF; continuation lines start with the one space that belongs to the fold."""
    if len(line) <= OCTETS and line.isascii():
        return f"{line}\r\n"
    raw = line.encode()
    if len(raw) <= OCTETS:
        return f"{line}\r\n"
    pieces, at, room = [], 0, OCTETS
    while at < len(raw):
        end = min(at + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # the middle of a UTF-8 character
            end -= 1
        end = _after_escape(raw, at, end)
        pieces.append(raw[at:end].decode())
        at, room = end, OCTETS - 1
    return "\r\n ".join(pieces) + "\r\n"


def _after_escape(raw: bytes, at: int, end: int) -> int:
    """Not between a backslash or caret and what it escapes: some readers unescape before they unfold."""
    cut = end
    while cut > at + 1 and end < len(raw) and raw[cut - 1] in b"\\^":
        cut -= 1
    return cut if cut > at + 1 else end


def document(lines: Iterable[str]) -> str:
    """All lines folded, as one piece of a file."""
    return "".join(map(fold, lines))


def _half(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"
