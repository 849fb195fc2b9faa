"""A text as it is to be said: dates, times and telephone numbers spelled out, nothing that only eyes can use.

Numbers are left to the voice, which knows its language's words for them. Dates and times are written out by CLDR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, parse_date

from services.translation.domain.languages import normal

_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+")
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_SHORT_DATE = re.compile(r"(?<![\d/.])\d{1,2}([/.])\d{1,2}\1(?:\d{4}|\d{2})(?![\d/])")
_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:])")
_PHONE = re.compile(r"(?<![\w.])\+?(?:\d{1,3}[ .-]?)?\(?\d{2,4}\)?[ .-]?\d{3,4}[ .-]?\d{3,4}(?!\w|[.-]\d)")
# what a voice reads as signs, or as phonemes ("[[...]]"); emoji and marks of direction
_UNSAID = re.compile(
    r"[\[\]{}<>|*_#~^=\\`\"•·\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\U0001f000-\U0001faff\u2600-\u27bf]"
)


def spoken(text: str, language: str) -> str:
    """The text as the language's voice is to say it; lines that only lead to a page are left out."""
    locale = _locale(language)
    lines = []
    for line in text.splitlines():
        said = _LINK.sub(" ", line)
        if said != line and len(said.split()) < 4:
            continue  # "Details: https://…"
        said = _ISO.sub(_iso(locale), said)
        said = _SHORT_DATE.sub(_short(locale), said)
        said = _TIME.sub(_time, said)
        said = _PHONE.sub(lambda found: ", ".join(re.findall(r"\d", found[0])), said)
        said = " ".join(_UNSAID.sub(" ", said).split())
        if said:
            lines.append(said)
    return "\n".join(lines)


def _locale(language: str) -> Locale | None:
    tag = normal(language)
    for name in (tag, tag.split("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _iso(locale: Locale | None) -> Callable[[re.Match[str]], str]:
    def long(found: re.Match[str]) -> str:
        try:
            return _long(date(int(found[1]), int(found[2]), int(found[3])), locale) or found[0]
        except ValueError:
            return found[0]

    return long


def _short(locale: Locale | None) -> Callable[[re.Match[str]], str]:
    """Day and month in the order that the language writes them; what is no date stays as it is."""

    def long(found: re.Match[str]) -> str:
        try:
            return _long(parse_date(found[0], locale=locale), locale) or found[0] if locale else found[0]
        except (ValueError, IndexError, KeyError):
            return found[0]

    return long


def _long(day: date, locale: Locale | None) -> str:
    return format_date(day, format="long", locale=locale) if locale else ""


def _time(found: re.Match[str]) -> str:
    """`8:05` → `8 05`, `17:00` → `17`: a colon would be read, or end the sentence."""
    return found[1] if found[2] == "00" else f"{found[1]} {found[2]}"
