"""A message's text, taken apart once per language and filled for each reader.

A text without forms is plain: `{name}` is a value and an apostrophe is an apostrophe, as translators and engines write
them. A text with a plural, a select or a formatted value is an ICU message (`icu.py`), with ICU's apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shared.language.bidi import isolated
from shared.language.conventions import Conventions, conventions
from shared.language.icu import Message, message
from shared.language.icu_nodes import MessageError

Write = Callable[[Any, Conventions, ZoneInfo], str]
_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FORMS = re.compile(r"\{\s*\w+\s*,\s*(?:plural|selectordinal|select|number|date|time)\s*[,}]")


def has_forms(text: str) -> bool:
    """Whether a text says different words for different values, so that it is an ICU message."""
    return _FORMS.search(text) is not None


def params_of(text: str) -> frozenset[str]:
    """The names of a text's values (MessageError where it has forms that cannot be read)."""
    return message(text, "en").params if has_forms(text) else frozenset(_SLOT.findall(text))


class Template:
    """A text of one language. `fill` never fails: a value that is missing leaves its `{name}`, for a text that must go."""

    __slots__ = ("_last", "_message", "_pairs", "how")

    def __init__(self, text: str, language: str) -> None:
        self.how = conventions(language)
        self._message = _compiled(text, language)
        parts = _SLOT.split(text)
        self._pairs = tuple(zip(parts[:-1:2], parts[1::2], strict=True))
        self._last = parts[-1]

    def fill(self, values: Mapping[str, Any], *, zone: ZoneInfo, write: Write) -> str:
        """The text for one reader; `write` makes text of a value that is none yet."""
        how = self.how
        if self._message is not None:
            return self._message.format(values, zone=zone, write=lambda value: write(value, how, zone), lenient=True)
        if len(self._pairs) == 1 and not self._last and not self._pairs[0][0]:
            return self._alone(values, zone=zone, write=write)
        rtl = how.rtl
        found: list[str] = []
        for before, name in self._pairs:
            found.append(before)
            value = values.get(name)
            if value is None:
                value = f"{{{name}}}"
            elif not isinstance(value, str):
                value = write(value, how, zone)
            found.append(isolated(value, rtl=rtl) if rtl or not value.isascii() else value)
        found.append(self._last)
        return "".join(found)

    def _alone(self, values: Mapping[str, Any], *, zone: ZoneInfo, write: Write) -> str:
        """A text that is nothing but one value has nothing to keep it apart from."""
        name = self._pairs[0][1]
        value = values.get(name)
        if value is None:
            return f"{{{name}}}"
        return value if isinstance(value, str) else write(value, self.how, zone)


def _compiled(text: str, language: str) -> Message | None:
    """None for a plain text, and for one whose forms an engine has broken: its words go as they are."""
    if not has_forms(text):
        return None
    try:
        return message(text, language)
    except MessageError:
        return None


@lru_cache(maxsize=2048)
def template(text: str, language: str) -> Template:
    """The template of a text; the same object every time."""
    return Template(text, language)
