"""Apertium's stream format: escaping, one frame per text, and the marks of words that it does not know.

A frame is `[id]` + escaped text + `.[][\\n]` + NUL: what `apertium-destxt` would write, with a superblank in front
that carries the text's number through every stage, so that an answer is known to be the answer to its own question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPECIAL = re.compile(r"([\^$\\/<>{}\[\]@~])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FRAME = re.compile(r"\A\s*\[n(\d+)\](.*?)\.?\[\](?:\[\n\])?\s*\Z", re.DOTALL)
_BLANK = re.compile(r"\[((?:\\.|[^\]\\])*)\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# a mark stands before a word; what the text itself had is escaped (@) or masked beforehand (* and #)
_MARK = re.compile(r"(?<![\\\w])[*#@]+(?=[^\W_]|[\ue000-\uf8ff])")
_WORD = re.compile(r"[^\W\d_]+")


class StreamCorrupt(ValueError):
    """An answer that is not the answer to this question."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Clean text, with how many words it has and how many of them carried a mark."""

    text: str
    words: int
    unknown: int


def frame(number: int, line: str) -> bytes:
    """One line of text as Apertium takes it; control characters have no place in a message and become spaces."""
    clean = _CONTROL.sub(" ", line).replace("\n", " ")
    escaped = _SPECIAL.sub(r"\\\1", clean)
    return f"[n{number}]{escaped}.[][\n]".encode("utf-8", "replace") + b"\0"  # half a surrogate pair has no letters


def unframe(number: int, answer: bytes, *, known: re.Pattern[str] | None = None) -> Answer:
    """The text of an answer (StreamCorrupt unless it carries `number`).

    `known`: words that are ours (mask tokens) and are not counted as unknown.
    """
    try:
        matched = _FRAME.match(answer.decode())
    except UnicodeDecodeError:
        raise StreamCorrupt("not UTF-8") from None
    if matched is None or int(matched[1]) != number:
        raise StreamCorrupt("not the answer to this text")
    body = _BLANK.sub(lambda blank: blank[1], matched[2])
    unknown = 0
    for mark in _MARK.finditer(body):
        if known is None or not known.match(body, mark.end()):
            unknown += 1
    clean = _ESCAPED.sub(r"\1", _MARK.sub("", body))
    return Answer(re.sub(r"[ \t]+", " ", clean).strip(), len(_WORD.findall(clean)), unknown)
