"""How many text messages a text is, and what of it is sent where it would be too many.

Alphabets: 3GPP TS 23.038 §6.2.1; parts of a longer message: TS 23.040 §9.2.3.24.1.
"""

from __future__ import annotations

from enum import Enum

# position is the septet (0x1B, the escape, is no character); the ones of the extension table take two
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}
_ESCAPE = 0x1B
GSM_CODES: dict[str, bytes] = {
    **{character: bytes([code]) for code, character in enumerate(_BASIC) if code != _ESCAPE},
    **{character: bytes([_ESCAPE, code]) for character, code in _EXTENDED.items()},
}
# what word processors write for what a telephone can say in half the space
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "•": "-",
     "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{EN SPACE}": " ", "\N{ZERO WIDTH SPACE}": "", "\t": " "}
)  # fmt: skip
MOST = 6


class Alphabet(Enum):
    """Value: units in a message that stands alone, and in each part of a longer one."""

    GSM = (160, 153)
    UCS2 = (70, 67)


def alphabet(text: str) -> Alphabet:
    return Alphabet.GSM if all(character in GSM_CODES for character in text) else Alphabet.UCS2


def plainer(text: str) -> str:
    """The text with plain punctuation where that alone keeps it in the small alphabet; else as it is."""
    plain = text.translate(_PLAIN)
    return plain if alphabet(plain) is Alphabet.GSM else text


def parts(text: str) -> list[str]:
    """The text cut into what one message holds each; no character is cut in two."""
    kind = alphabet(text)
    alone, each = kind.value
    if _length(text, kind) <= alone:
        return [text]
    found, room, start = [], each, 0
    for position, character in enumerate(text):
        size = _units(character, kind)
        if size > room:
            found.append(text[start:position])
            start, room = position, each
        room -= size
    return [*found, text[start:]]


def encoded(text: str, kind: Alphabet) -> bytes:
    """Octets of a part: GSM 7-bit, one septet an octet, or UTF-16 (what networks carry as UCS-2)."""
    return b"".join(GSM_CODES[character] for character in text) if kind is Alphabet.GSM else text.encode("utf-16-be")


def decoded(octets: bytes, kind: Alphabet) -> str:
    """The text of what came in; an octet that means nothing reads as a question mark."""
    if kind is Alphabet.UCS2:
        return octets.decode("utf-16-be", "replace")
    text, extended = [], False
    for octet in octets:
        if octet == _ESCAPE and not extended:
            extended = True
            continue
        text.append(_SHIFTED.get(octet, "?") if extended else _BASIC[octet] if octet < len(_BASIC) else "?")
        extended = False
    return "".join(text)


_SHIFTED = {code: character for character, code in _EXTENDED.items()}


def fitted(text: str, link: str | None, *, most: int = MOST) -> str:
    """At most so many messages: all of it, or its beginning up to a whole word and the link to the rest.

    Without a link there is nowhere to read on, so nothing is left out.
    """
    text = plainer(text)
    if link is None or len(parts(text)) <= most:
        return text
    kind = alphabet(text)
    ending = f"... {link}"
    room = most * kind.value[1] - _length(ending, kind) - 2 * most  # a pair that does not fit leaves a gap per part
    end = 0
    for character in text:
        room -= _units(character, kind)
        if room < 0:
            break
        end += 1
    beginning = text[:end].rsplit(maxsplit=1)
    return (beginning[0] if len(beginning) == 2 else text[:end]).rstrip() + ending


def _length(text: str, kind: Alphabet) -> int:
    return sum(_units(character, kind) for character in text)


def _units(character: str, kind: Alphabet) -> int:
    return len(GSM_CODES[character]) if kind is Alphabet.GSM else 2 if character > "\uffff" else 1
