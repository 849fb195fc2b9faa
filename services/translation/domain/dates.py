"""Dates and times in running text: found in the source language, written anew in the reader's (CLDR through Babel).

An engine is not trusted with them: "March 12" has come back as "gait 12", "9:00 AM" as "9:00 I am". What cannot be
read without doubt stays as it is.
"""

from __future__ import annotations

import re
from datetime import date, time
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, format_skeleton, match_skeleton, parse_pattern

_ISO = r"\d{4}-\d{2}-\d{2}"
_SLASHED = r"\d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\d)"
_CLOCK = re.compile(r"(\d{1,2})(?:[:h](\d{2}))?\s?([ap])\.?\s?m\b", re.IGNORECASE)
_YEARS = range(2000, 2028)  # a whole solar cycle: every date falls on every weekday in it


@cache
def _words(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Month (1–12) and weekday (0 Monday) by name and abbreviation, as they are written in running text."""
    locale = Locale.parse(language)
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        months |= {name.rstrip("."): number for number, name in locale.months["format"][width].items()}
        days |= {name.rstrip("."): number for number, name in locale.days["format"][width].items()}
    if language == "en":
        months |= {"Sept": 9}
        days |= {"Tues": 1, "Weds": 2, "Thur": 3, "Thurs": 3}
    return months, days


@cache
def date_patterns(language: str) -> tuple[str, ...]:
    """Regular expressions (no groups that capture) for dates in `language`; numeric ones only where we know no names."""
    if language not in ("en", "es"):
        return (_ISO, _SLASHED)
    months, days = (_either(names) for names in _words(language))
    if language == "en":
        weekday = rf"(?:\b{days}\.?,?\s+)?"
        nth, year = r"\d{1,2}(?:st|nd|rd|th)?", r"(?:,?\s+\d{4}\b)?"
        return (
            _ISO,
            _SLASHED,
            rf"{weekday}\b{months}\.?\s+{nth}(?![\d:]){year}",
            rf"{weekday}\b{nth}\s+(?:of\s+)?{months}\b\.?{year}",
        )
    return (_ISO, _SLASHED, rf"(?i:(?:\b{days}\.?,?\s+)?\b\d{{1,2}}\s+de\s+{months}\b(?:\s+del?\s+\d{{4}}\b)?)")


def localise_date(surface: str, source: str, target: str) -> str:
    """`Friday 2 Oct` → `viernes, 2 de octubre`; numeric dates, and any that we cannot read for certain, as they are."""
    locale = _locale(target)
    if locale is None or source not in ("en", "es") or re.fullmatch(f"{_ISO}|{_SLASHED}", surface):
        return surface
    months, days = (_folded(names) for names in _words(source))
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", surface)]
    numbers = [int(digits) for digits in re.findall(r"\d+", surface)]
    month = next((months[word] for word in words if word in months), None)
    weekday = next((days[word] for word in words if word in days), None)
    if month is None or not numbers:
        return surface
    year = numbers[1] if len(numbers) > 1 else None
    when = _date(numbers[0], month, year, weekday)
    if when is None:
        return surface
    skeleton = ("y" if year else "") + "MMMM" + ("EEEE" if weekday is not None else "") + "d"
    return _plain(_spelled_out(skeleton, locale).apply(when, locale))


def localise_time(surface: str, target: str) -> str:
    """`9:00 AM` → `9:00 a. m.`, always of twelve hours so that no digit changes; others as they are."""
    locale, matched = _locale(target), _CLOCK.fullmatch(surface.rstrip("."))
    if locale is None or matched is None or not 1 <= int(matched[1]) <= 12 or matched[2] is None:
        return surface
    afternoon = matched[3].lower() == "p"
    when = time(int(matched[1]) % 12 + (12 if afternoon else 0), int(matched[2]) % 60)
    return _plain(format_skeleton("hm", when, locale=locale))


def _date(day: int, month: int, year: int | None, weekday: int | None) -> date | None:
    """A date that fits what was written; without a year, one whose weekday agrees."""
    for candidate in [year] if year else _YEARS:
        try:
            when = date(candidate, month, day)
        except ValueError:
            continue
        if weekday is None or when.weekday() == weekday:
            return when
    return None


def _spelled_out(skeleton: str, locale: Locale) -> DateTimePattern:
    """CLDR's nearest pattern with weekday and month in full: Babel matches a skeleton without widening its fields."""
    patterns = locale.datetime_skeletons
    nearest = match_skeleton(skeleton, patterns)
    pattern = patterns[nearest].pattern if nearest in patterns else "d MMMM y"
    pattern = re.sub(r"(?<!E)E{1,3}(?!E)", "EEEE", pattern)
    return parse_pattern(re.sub(r"(?<!M)MMM(?!M)", "MMMM", pattern))


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _either(names: dict[str, int]) -> str:
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _folded(names: dict[str, int]) -> dict[str, int]:
    return {name.casefold(): number for name, number in names.items()}


def _plain(text: str) -> str:
    """Narrow and no-break spaces would turn an SMS into UCS-2."""
    return text.replace("\u202f", " ").replace("\xa0", " ")
