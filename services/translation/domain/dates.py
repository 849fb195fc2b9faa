"""Dates and times in running text: found in the source language, written anew in the reader's (`shared/language`).

An engine is not trusted with them: "March 12" has come back as "gait 12", "9:00 AM" as "9:00 I am". What cannot be
read without doubt stays as it is.
"""

from __future__ import annotations

import re
from datetime import date, time
from functools import cache

from shared.language.conventions import conventions
from shared.language.patterns import as_moment

_ISO = r"\d{4}-\d{2}-\d{2}"
_SLASHED = r"\d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\d)"
_CLOCK = re.compile(r"(\d{1,2})(?:[:h](\d{2}))?\s?([ap])\.?\s?m\b", re.IGNORECASE)
_YEARS = range(2000, 2028)  # a whole solar cycle: every date falls on every weekday in it
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _words(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Month (1–12) and weekday (0 Monday) by name and abbreviation, as they are written in running text."""
    names = conventions(language).names
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for words in (names.months_short, names.months_alone, names.months):
        months |= {word.rstrip("."): number for number, word in enumerate(words, 1)}
    for words in (names.days_short, names.days_alone, names.days):
        days |= {word.rstrip("."): number for number, word in enumerate(words)}
    if language == "en":
        months |= {"Sept": 9}
        days |= {"Tues": 1, "Weds": 2, "Thur": 3, "Thurs": 3}
    return months, days


@cache
def readable(language: str) -> bool:
    """Whether dates in words can be read: single words for months, and names of the language's own.

    "tháng 10" and "10月" have a number in their names, so that a day and a month cannot be told apart for certain.
    """
    how = conventions(language)
    return how.origin != "none" and all(_WORD.fullmatch(word) for word in how.names.months)


@cache
def date_patterns(language: str) -> tuple[str, ...]:
    """Regular expressions (no groups that capture) for dates in `language`; numeric ones only where we cannot read names."""
    if not readable(language):
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
    if language in ("es", "pt"):
        return (_ISO, _SLASHED, rf"(?i:(?:\b{days}\.?,?\s+)?\b\d{{1,2}}\s+de\s+{months}\b(?:\s+del?\s+\d{{4}}\b)?)")
    weekday = rf"(?:\b{days}\b\.?[,،፣]?\s+)?"
    return (
        _ISO,
        _SLASHED,
        rf"(?i:{weekday}\b\d{{1,2}}(?:er)?\s+{months}\b\.?(?:\s+\d{{4}}\b)?)",
        rf"(?i:{weekday}\b{months}\.?\s+\d{{1,2}}\b(?![\d:])(?:,?\s+\d{{4}}\b)?)",
    )


def localise_date(surface: str, source: str, target: str) -> str:
    """`Friday 2 Oct` → `viernes, 2 de octubre`; numeric dates, and any that we cannot read for certain, as they are."""
    how = conventions(target)
    if how.origin == "none" or not readable(source) or re.fullmatch(f"{_ISO}|{_SLASHED}", surface):
        return surface
    months, days = (_folded(names) for names in _words(source))
    words = [word.casefold() for word in _WORD.findall(surface)]
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
    return how.writer(f"::{skeleton}")(as_moment(when))


def localise_time(surface: str, target: str) -> str:
    """`9:00 AM` → `9:00 a. m.`, always of twelve hours so that no digit changes; others as they are."""
    how, matched = conventions(target), _CLOCK.fullmatch(surface.rstrip("."))
    if how.origin == "none" or matched is None or not 1 <= int(matched[1]) <= 12 or matched[2] is None:
        return surface
    afternoon = matched[3].lower() == "p"
    when = time(int(matched[1]) % 12 + (12 if afternoon else 0), int(matched[2]) % 60)
    return how.writer("::hm")(as_moment(when))


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


def _either(names: dict[str, int]) -> str:
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def _folded(names: dict[str, int]) -> dict[str, int]:
    return {name.casefold(): number for name, number in names.items()}
