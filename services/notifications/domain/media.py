"""Photos of a class and children's own work: who agreed, and what kind of file it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

LIFE = timedelta(days=30)
LARGEST = 4 * 1024 * 1024  # bytes
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# what a picture needs; everything else in it may say where it was taken
_KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP"})


class Unreadable(ValueError):
    """Not a picture that we can make safe."""


def without_consent(tagged: Iterable[str], consents: Mapping[str, Sequence[bool]]) -> list[str]:
    """Tagged children who may not be shown to other families: nobody agreed, or somebody did not (it fails closed)."""
    return sorted(child for child in tagged if not consents.get(child) or not all(consents[child]))


def content_type(content: bytes) -> str | None:
    """By what the file is, not by what it is called; None for anything but JPEG and PNG."""
    if content.startswith(_JPEG):
        return "image/jpeg"
    return "image/png" if content.startswith(_PNG) else None


def without_metadata(content: bytes) -> bytes:
    """The same picture without the place, the device and the comments it carries; raises `Unreadable`."""
    kind = content_type(content)
    if kind is None:
        raise Unreadable("neither JPEG nor PNG")
    try:
        return _jpeg(content) if kind == "image/jpeg" else _png(content)
    except IndexError:
        raise Unreadable("the file ends too soon") from None


def _jpeg(content: bytes) -> bytes:
    """Segments up to the picture itself (ITU T.81, B.1.1): APP1–APP13, APP15 and comments are left out."""
    kept, at = [content[:2]], 2
    while content[at] == 0xFF:
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if size < 2 or at + 2 + size > len(content):
            break
        if marker == 0xDA:  # start of scan: the rest is the picture
            return b"".join([*kept, content[at:]])
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(content[at : at + 2 + size])
        at += 2 + size
    raise Unreadable("a segment does not end where it says")


def _png(content: bytes) -> bytes:
    """Only the chunks that draw the picture (PNG, 11.2–11.3)."""
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        size, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(content):
            break
        if name in _KEPT_CHUNKS:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise Unreadable("a chunk does not end where it says")
