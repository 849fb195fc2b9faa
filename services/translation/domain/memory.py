"""Exact memory of approved translations, over texts whose names, numbers, dates and links are slots.

"Riya was kind on 2 Oct" approved once serves every child and day. Only what a person has approved is remembered.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from services.translation.domain.checks import render
from services.translation.domain.languages import normal
from services.translation.domain.protection import Kind, Protected, ProtectionLost, TokenStyle, protect, unstressed


@dataclass(frozen=True, slots=True)
class Approved:
    """A remembered translation: `target_text` with slots, and who approved it."""

    key: str
    target_text: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be remembered. `slots`: the kinds of its slots in order, as the key has them."""

    key: str
    source_text: str
    target_text: str
    context: str = ""
    slots: str = ""


class NotTheSame(ValueError):
    """A translation that lacks a name, number, date or link of its source; says which kinds."""


def slotted(text: str, *, names: Sequence[str], source: str) -> Protected:
    """`text` with slots in place of what changes from message to message; *stress* makes no other text of it."""
    return protect(unstressed(" ".join(text.split())), names=names, style=TokenStyle.SLOT, source=source)


_QUOTES = str.maketrans("’‘ʼ“”„–—\u00a0\u202f", "'''\"\"\"--  ")


def comparable(masked: str) -> str:
    """A slotted text as it is compared: no capitals, one kind of quotes, dashes and spaces, one form of every letter."""
    return unicodedata.normalize("NFC", " ".join(masked.translate(_QUOTES).split())).casefold()


def in_context(key: str, context: str) -> str:
    """Where what was approved in one context (a kind of message) stays when another approval speaks for all others."""
    return hashlib.blake2b(f"{key}\x1f{context}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def key(text: Protected, *, source: str, target: str) -> str:
    """32 hex digits (blake2b) for a slotted text between two languages; kinds of the slots are part of it."""
    kinds = ",".join(token.kind for token in text.tokens)
    parts = (normal(source), normal(target), kinds, comparable(text.masked))
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def keys(text: Protected, *, source: str, target: str) -> tuple[str, ...]:
    """Where a text may be found: with just these pieces first, then with any of their kinds."""
    general = key(text, source=source, target=target)
    return (_of_these(general, text), general) if text.tokens else (general,)


def _of_these(general: str, text: Protected) -> str:
    parts = (general, *(token.surface for token in text.tokens))
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def remember(
    text: str, translation: str, *, names: Sequence[str], source: str, target: str, context: str = ""
) -> Entry:
    """The entry for an approved pair (NotTheSame if the translation drops something that must stay).

    Where it cannot be told which piece of the translation is which ("grade 3 in room 3"), it serves this very text alone:
    with other numbers grade and room might have changed places.
    """
    original = slotted(text, names=names, source=source)
    kept, missing = unstressed(" ".join(translation.split())), set()
    # the longest first: "12:30" before "12"
    for token in sorted(original.tokens, key=lambda each: -len(each.surface)):
        for surface in (render(token, source=source, target=target), token.surface):
            at = _place(kept, surface)
            if at is not None:
                kept = kept[:at] + token.mask + kept[at + len(surface) :]
                break
        else:
            missing.add(str(token.kind))
    if missing:
        raise NotTheSame(", ".join(sorted(missing)))
    slots = " ".join(token.kind for token in original.tokens)
    alone, general = keys(original, source=source, target=target)[0], key(original, source=source, target=target)
    found = alone if _unclear(original, kept, source=source, target=target) else general
    return Entry(found, original.masked, kept, context, slots)


def _unclear(original: Protected, kept: str, *, source: str, target: str) -> bool:
    """Whether two pieces are written alike, or the translation has one of them once more than the source."""
    tokens = [token for token in original.tokens if token.kind is not Kind.MARK]
    shown = [render(token, source=source, target=target) for token in tokens]
    written = {*shown, *(token.surface for token in tokens)}
    return len(set(shown)) < len(shown) or any(_place(kept, surface) is not None for surface in written)


# scripts that put no spaces between words, or letters in front of them (Arabic, Hebrew)
_RUNS_ON = re.compile(r"[\u0590-\u06ff\u0e00-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7a3]")


def _place(text: str, surface: str) -> int | None:
    """Where `surface` stands by itself, never within a slot, a longer number or (if it can be helped) a longer word."""
    slot = r"⟦\d+⟧"
    escaped = re.escape(surface)
    left = r"(?<![^\W_])" if surface[0].isalnum() else ""
    right = r"(?![^\W_])" if surface[-1].isalnum() else ""
    whole = rf"{left}{escaped}{right}"
    begins = rf"{left}{escaped}(?!\d)"  # an ending was added to a name
    within = rf"(?<!\d){escaped}(?!\d)"
    for pattern in (whole, begins, *([within] if _RUNS_ON.search(text) else ())):
        for match in re.finditer(rf"(?P<found>{pattern})|{slot}", text):
            if match["found"]:
                return match.start()
    return None


def recall(approved: Approved, text: Protected, *, source: str, target: str) -> str | None:
    """The remembered translation with this text's own pieces in its slots; None if they do not fit."""
    try:
        return text.restore(approved.target_text, lambda token: render(token, source=source, target=target))
    except ProtectionLost:
        return None
