"""A column's header: what it says (`label`, `relevant` …) and in which language (`label::Español (es)`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from babel import Locale, localedata

LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)\)\s*$")
_ALIASES: Mapping[str, str] = {
    "caption": "label",
    "command": "type",
    "relevance": "relevant",
    "calculate": "calculation",
    "read_only": "readonly",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "jr:constraintmsg": "constraint_message",
    "jr:requiredmsg": "required_message",
    "list name": "list_name",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "form_title": "title",
    "set_form_title": "title",
    "form_id": "id",
    "set_form_id": "id",
    "id_string": "id",
}
_NAMES = frozenset({"tag", "value"})  # older words for `name`
_WRAPPERS = frozenset({"bind", "control", "body", "media", "instance"})
TRANSLATED = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message"})
OURS = "homeroom_"
# Our own translated columns say their language in the name itself: of the choices sheet, every column that XLSForm does not
# know becomes an XML element of that name.
_OURS = re.compile(
    rf"^({OURS}(?:sms|voice|short|synonyms|detail|unit|title|intro))_([a-z]{{2,3}}(?:-[A-Za-z0-9]{{2,8}})*)$"
)


@dataclass(frozen=True, slots=True)
class Header:
    """`language` is a tag, "" where the header names none, None where its language is not known."""

    key: str
    language: str | None = ""


def read_header(written: str) -> Header:
    """What a header means, in any of the ways XLSForm has allowed."""
    if match := _OURS.match(written):
        return Header(match[1], match[2])
    parts = [part.strip() for part in (written.split("::") if "::" in written else _old(written))]
    if parts[0].lower() in _WRAPPERS and len(parts) > 1:
        parts = parts[1:]
    key = parts[0].lower()
    key = _ALIASES.get(key) or _ALIASES.get(key.replace(" ", "_")) or key.replace(" ", "_")
    if key in _NAMES:
        key = "name"
    if len(parts) == 1:
        return Header(key)
    if key in TRANSLATED:
        return Header(key, language_of(parts[-1]))
    return Header("::".join((key, *parts[1:])).lower())


def _old(written: str) -> list[str]:
    """`label:English`, as before 2013; `jr:count` is one word."""
    return [written] if written.lower().startswith("jr:") else written.split(":")


def language_of(written: str) -> str | None:
    """The tag of `Español (es)`, `es`, `Spanish` or `Español`; None where nobody can know."""
    if match := _CODE.search(written):
        return _tag(match[1])
    if LANGUAGE.match(written):
        return written
    return _by_name().get(written.strip().casefold())


def named(tag: str) -> str:
    """A column's language as XLSForm writes it: `Español (es)`."""
    try:
        own = Locale.parse(tag.replace("-", "_")).display_name
    except (ValueError, LookupError):
        own = None
    return f"{own[0].upper()}{own[1:]} ({tag})" if own else f"{tag} ({tag})"


def column(key: str, language: str) -> str:
    """The header of a translated column."""
    return f"{key}_{language}" if key.startswith(OURS) else f"{key}::{named(language)}"


def _tag(code: str) -> str:
    first, _, rest = code.replace("_", "-").partition("-")
    return f"{first.lower()}-{rest}" if rest else first.lower()


@cache
def _by_name() -> Mapping[str, str]:
    """Languages by their English name and by their own."""
    english = Locale("en")
    names = {name.casefold(): code for code, name in english.languages.items() if LANGUAGE.match(code)}
    for code in localedata.locale_identifiers():
        if LANGUAGE.match(code) and "-" not in code and "_" not in code:
            own = Locale(code).languages.get(code)
            if own:
                names.setdefault(own.casefold(), code)
    return names
