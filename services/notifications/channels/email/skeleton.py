"""What all copies of a text share, encoded once; what differs per person is spliced in (measured in the notes: ×100)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from services.notifications.channels.email import encoding, html, words
from services.notifications.channels.port import Content

HOLE = "\x01"  # control characters are taken out of texts, so this one is free
LINK, STOP = "\x02link", "\x02stop"
CALENDAR = b"\x02calendar"
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_BOUNDARY, _OUTER = "=_homeroom_alternative", "=_homeroom_files"  # "=_" is in no quoted-printable and no base64 text
_PART = "Content-Type: {kind}; charset=utf-8{more}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a letter has beside its text; letters of one shape share a skeleton."""

    sender: str
    from_name: str
    postal_address: str
    district: str
    link: bool
    stop: bool
    calendar: str | None  # the iTIP method (RFC 5546)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """`head`: the headers that all share. Body: parts[0] value(holes[0]) parts[1] … where True means "as HTML"."""

    head: bytes
    parts: tuple[bytes, ...]
    holes: tuple[tuple[str, bool], ...]

    def body(self, values: Mapping[str, str], calendar: bytes = b"") -> bytes:
        """Splice a person's values in; KeyError for a slot without a value."""
        if not self.holes:  # to staff: no link and no way to stop
            return self.parts[0].replace(CALENDAR, calendar)
        ready: dict[tuple[str, bool], bytes] = {}
        out = [self.parts[0]]
        for hole, part in zip(self.holes, self.parts[1:], strict=True):
            value = ready.get(hole)
            if value is None:
                value = ready[hole] = _value(hole, values)
            out.append(value)
            out.append(part)
        body = b"".join(out)
        return body.replace(CALENDAR, calendar) if calendar else body


def _value(hole: tuple[str, bool], values: Mapping[str, str]) -> bytes:
    name, as_html = hole
    text = encoding.lines(values[name])
    return encoding.segment(html.fragment(text) if as_html else text)


@lru_cache(maxsize=512)
def skeleton(content: Content, shape: Shape) -> Skeleton:
    """Built once per text, language and shape. ValueError for a language that no header can hold."""
    if _LANGUAGE.fullmatch(content.language) is None:
        raise ValueError("not a language tag (RFC 5646)")
    foot = words.footer(content.language)
    text = HOLE.join(encoding.lines(piece) for piece in content.pieces).rstrip(" \r\n")
    below, below_holes = _below(shape, foot)
    title = encoding.one_line(content.title)
    page = html.document(text, below, title=title, language=content.language, foot_language=foot.language)
    plain = f"{text}\r\n\r\n-- \r\n{below}\r\n"
    names = (*content.slots, *below_holes)
    flow: list[tuple[str, Callable[[str], bytes]]] = []
    alternative = f'multipart/alternative; boundary="{_BOUNDARY}"'
    if shape.calendar:
        kind = f'multipart/mixed; boundary="{_OUTER}"'
        flow.append((f"--{_OUTER}\r\nContent-Type: {alternative}\r\n\r\n", _raw))
    else:
        kind = alternative
    flow += [(f"--{_BOUNDARY}\r\n" + _part("text/plain"), _raw), (plain, encoding.segment)]
    flow += [(f"--{_BOUNDARY}\r\n" + _part("text/html"), _raw), (page, encoding.segment)]
    if shape.calendar:
        invitation = _part("text/calendar", more=f"; method={shape.calendar}", encoding="base64")
        file = _part(
            "application/ics",
            more='; name="meeting.ics"\r\nContent-Disposition: attachment; filename="meeting.ics"',
            encoding="base64",
        )
        hole = CALENDAR.decode()
        flow.append(
            (
                f"--{_BOUNDARY}\r\n{invitation}{hole}--{_BOUNDARY}--\r\n\r\n--{_OUTER}\r\n{file}{hole}--{_OUTER}--\r\n",
                _raw,
            )
        )
    else:
        flow.append((f"--{_BOUNDARY}--\r\n", _raw))
    parts = _cut(flow)
    holes = (*((name, False) for name in names), *((name, True) for name in names))
    return Skeleton(_head(content, shape, title, kind), parts, holes)


def _below(shape: Shape, foot: words.Footer) -> tuple[str, tuple[str, ...]]:
    """Why it came, the two links, who sends it and from where (CAN-SPAM: a postal address)."""
    rows, holes = [], []
    if shape.link:
        rows.append(f"{foot.online} {HOLE}")
        holes.append(LINK)
    if shape.stop:
        rows.append(foot.why)
        rows.append(f"{foot.stop} {HOLE}")
        holes.append(STOP)
    rows += [encoding.lines(line) for line in (shape.from_name, shape.postal_address) if line]
    return "\r\n".join(rows), tuple(holes)


def _part(kind: str, *, more: str = "", encoding: str = "quoted-printable") -> str:
    return _PART.format(kind=kind, more=more, encoding=encoding)


def _raw(text: str) -> bytes:
    return text.encode("ascii")


def _cut(flow: list[tuple[str, Callable[[str], bytes]]]) -> tuple[bytes, ...]:
    """Encode what lies between holes; a text that ends a part ends its line."""
    parts = [b""]
    for text, encode in flow:
        first, *others = text.split(HOLE)
        parts[-1] += encode(first)
        parts += [encode(other) for other in others]
    return tuple(parts)


def _head(content: Content, shape: Shape, title: str, kind: str) -> bytes:
    name = encoding.phrase(shape.from_name, header="From")
    mark = re.sub(r"[^A-Za-z0-9._-]", "-", content.key)[:60]
    rows = (
        f"From: {name} <{shape.sender}>" if name else f"From: {shape.sender}",
        f"Subject: {encoding.words(title, header='Subject')}",
        "MIME-Version: 1.0",
        f"Content-Type: {kind}",
        f"Content-Language: {content.language}",
        "Auto-Submitted: auto-generated",  # RFC 3834: out-of-office programs keep still
        f"Feedback-ID: {mark}:{shape.district}:school:homeroom",  # groups complaints; nothing of a person in it
    )
    return "".join(f"{row}\r\n" for row in rows).encode("ascii")
