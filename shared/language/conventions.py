"""How a language writes dates, numbers and plurals: CLDR through Babel, and files of ours where CLDR is wrong or silent.

CLDR 46 takes Haitian Creole from French, has no Hmong, Karen, Marshallese or Chuukese, and for some languages only
stand-ins ("M10"). `overrides/<tag>.yaml` says what is so; adding such a file adds a language. Where neither knows, names
are English ones, as families in the United States read them on every school paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimeFormat, match_skeleton
from babel.plural import PluralRule

from shared.language.bidi import right_to_left
from shared.language.overrides_file import Override, overrides
from shared.language.patterns import Names, PatternError, Writer, as_moment, compiled
from shared.language.tags import normal

FOLDER = Path(__file__).parent / "overrides"
STYLES = ("short", "medium", "long", "full")
_STAND_IN = re.compile(r"M?\d+")
_FIELD = re.compile(r"([A-Za-z])\1*")


@dataclass(frozen=True)
class Conventions:
    """One language's. `origin`: "cldr", the override's file name, or "none" where English names stand in."""

    tag: str
    locale: Locale
    names: Names
    plurals: PluralRule
    ordinals: PluralRule
    patterns: Mapping[str, str]
    origin: str
    rtl: bool
    _writers: dict[str, Writer] = field(default_factory=dict, repr=False, compare=False)

    def plural(self, number: float | Decimal) -> str:
        """CLDR's category of a cardinal number (UTS #35 part 3): zero, one, two, few, many or other."""
        return self.plurals(number)

    def ordinal(self, number: float | Decimal) -> str:
        """The category of "1st, 2nd"."""
        return self.ordinals(number)

    @cached_property
    def counted(self) -> frozenset[str]:
        """The categories that whole numbers up to a thousand fall into: what a text must have forms for."""
        return frozenset(self.plural(number) for number in range(1001))

    @cached_property
    def ranked(self) -> frozenset[str]:
        return frozenset(self.ordinal(number) for number in range(1001))

    def day(self, value: date) -> str:
        """`Fri 2 Oct`."""
        return self.writer("day")(as_moment(value))

    def clock(self, value: time | datetime) -> str:
        """`5:30 PM`."""
        return self.writer("time.short")(as_moment(value))

    def moment(self, value: datetime, zone: tzinfo) -> str:
        """`Fri 2 Oct, 5:30 PM`, on the wall clock of `zone`."""
        there = value.astimezone(zone)
        return self.patterns["glue"].format(self.clock(there), self.day(there))

    def writer(self, name: str) -> Writer:
        """The function of a named pattern ("day", "date.long", "time.short"), a skeleton ("::yMMMd") or a pattern."""
        found = self._writers.get(name)
        if found is None:
            if name.startswith("::"):
                pattern = self.patterns.get(name) or _of_skeleton(self._hours(name[2:]), self.locale)
            else:
                pattern = self.patterns.get(name, name)
            found = self._writers[name] = compiled(pattern, self.names, self.locale)
        return found

    def _hours(self, skeleton: str) -> str:
        """`j`, the hour as the language writes it: of twelve or of twenty-four."""
        twelve = re.search("[hK]", self.patterns["time.short"])
        return skeleton.replace("j", "h" if twelve else "H")


def conventions(tag: str, folder: Path = FOLDER) -> Conventions:
    """The conventions of a reader of `tag`; never fails: the nearest that is known serves."""
    return _known(tag, folder)


@lru_cache(maxsize=1024)  # tags come from rosters, so there may be anything in them
def _known(tag: str, folder: Path) -> Conventions:
    wanted = _shortened(normal(tag))
    for candidate in wanted:
        override = overrides(folder).get(candidate)
        if override is not None:
            return _with(tag, override)
        locale = _locale(candidate)
        if locale is not None and not _stands_in(locale):
            return _of(tag, locale, "cldr")
    return _of(tag, Locale("en"), "none")


def _shortened(tag: str) -> list[str]:
    """`zh-Hant-US` → itself, `zh-Hant`, `zh`."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


@cache
def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-", resolve_likely_subtags=False)
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def _stands_in(locale: Locale) -> bool:
    """Whether CLDR has no names of months for it: root's "M10" are no words."""
    months = locale.months["format"]["wide"].values()
    return all(_STAND_IN.fullmatch(name) for name in months)


def _of(tag: str, locale: Locale, origin: str) -> Conventions:
    patterns = _patterns(locale)
    english = overrides(FOLDER).get("en")
    if locale.language == "en" and english is not None:
        patterns |= english.patterns
    return Conventions(
        tag, locale, _names(locale), locale.plural_form, locale.ordinal_form, patterns, origin, right_to_left(tag)
    )


def _with(tag: str, override: Override) -> Conventions:
    locale = Locale.parse(override.like, sep="-")
    known = _names(locale)
    names = Names(
        override.months or known.months,
        override.months_short or override.months or known.months_short,
        override.days or known.days,
        override.days_short or override.days or known.days_short,
        override.halves or known.halves,
    )
    plurals = PluralRule(override.plural) if override.plural is not None else locale.plural_form
    ordinals = PluralRule(override.ordinal) if override.ordinal is not None else locale.ordinal_form
    return Conventions(
        tag, locale, names, plurals, ordinals, _patterns(locale) | dict(override.patterns), override.file, override.rtl
    )


def _patterns(locale: Locale) -> dict[str, str]:
    found = {f"date.{style}": locale.date_formats[style].pattern for style in STYLES}
    found |= {f"time.{style}": locale.time_formats[style].pattern for style in STYLES}
    return found | {
        "letter": found["date.long"],
        "day": _of_skeleton("MMMEd", locale),
        "glue": str(locale.datetime_formats["medium"]),
    }


def _names(locale: Locale) -> Names:
    months, days, alone = locale.months["format"], locale.days["format"], locale.days["stand-alone"]
    return Names(
        _in_order(months["wide"], range(1, 13)),
        _in_order(months["abbreviated"], range(1, 13)),
        _in_order(days["wide"], range(7)),
        _in_order(days["abbreviated"], range(7)),
        (_half(9, locale), _half(17, locale)),
        _in_order(locale.months["stand-alone"]["wide"], range(1, 13)),
        _in_order(alone["wide"], range(7)),
        _in_order(alone["abbreviated"], range(7)),
    )


def _half(hour: int, locale: Locale) -> str:
    half: str = DateTimeFormat(time(hour), locale)[
        "a"
    ]  # Babel looks through the widths, which differ in what they lack
    return half.replace("\u202f", " ").replace("\xa0", " ")


def _in_order(words: Mapping[int, str], numbers: range) -> tuple[str, ...]:
    return tuple(words[number] for number in numbers)


def _of_skeleton(skeleton: str, locale: Locale) -> str:
    """CLDR's nearest pattern, its fields as wide as asked for: Babel matches a skeleton without widening its fields."""
    if not re.fullmatch("[A-Za-z]+", skeleton):
        raise PatternError("it is no skeleton: letters of CLDR's fields alone")
    patterns = locale.datetime_skeletons
    nearest = match_skeleton(skeleton, patterns)
    if nearest is None:
        return _in_parts(skeleton, locale)
    widths = {match[1]: len(match[0]) for match in _FIELD.finditer(skeleton)}

    def widened(match: re.Match[str]) -> str:
        letter = "E" if match[1] in "Ec" else "M" if match[1] in "ML" else match[1]
        asked = widths.get(letter, 0)
        return match[1] * asked if letter in "EM" and asked >= 3 and (letter == "E" or len(match[0]) >= 3) else match[0]

    parts = re.split(r"('[^']*')", patterns[nearest].pattern)
    return "".join(part if part.startswith("'") else _FIELD.sub(widened, part) for part in parts)


def _in_parts(skeleton: str, locale: Locale) -> str:
    """Day and time of a skeleton that CLDR has only apart."""
    clock = "".join(match[0] for match in _FIELD.finditer(skeleton) if match[1] in "hHmsaKkjvz")
    day = "".join(match[0] for match in _FIELD.finditer(skeleton) if match[0] not in clock)
    if not clock or not day or match_skeleton(clock, locale.datetime_skeletons) is None:
        return skeleton
    glue = str(locale.datetime_formats["medium"])
    return glue.format(_of_skeleton(clock, locale), _of_skeleton(day, locale))
