"""Language tags as translation knows them (`shared/language/tags.py`), and what a reader calls a language."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from shared.language.conventions import FOLDER
from shared.language.overrides_file import overrides
from shared.language.tags import base, normal, same, serving

__all__ = ["base", "name", "normal", "same", "serving"]


def name(tag: str, *, reader: str) -> str:
    """What a reader of `reader` calls the language: `so` → "Somali"; the tag itself where CLDR has no name."""
    wanted = normal(tag)
    try:
        words = Locale.parse(reader, sep="-")
        return Locale.parse(wanted, sep="-").get_display_name(words) or tag
    except (UnknownLocaleError, ValueError):
        return _named_alone(wanted, reader) or tag


def _named_alone(tag: str, reader: str) -> str | None:
    """CLDR has names for many languages that it has no other words of, such as Marshallese; else its own name for itself."""
    try:
        known = Locale.parse(reader, sep="-").languages
        named = known.get(tag) or known.get(base(tag))
    except (UnknownLocaleError, ValueError):
        named = None
    ours = overrides(FOLDER).get(base(tag))
    return named or (ours.name if ours else None)
