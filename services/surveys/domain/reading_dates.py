"""A day as people write it in their language: `12 de septiembre`, `Sept 12`, `12/9`, `2026-09-12`, `Friday`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from babel import Locale, UnknownLocaleError

from services.surveys.domain.reading_words import fold
from services.surveys.domain.written import read_time

FALLBACK = "en"
_ISO = re.compile(r"(?<!\d)(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}|\d{2}))?(?!\d)")
_CLOCK = re.compile(r"(?<![\d/.-])\d{1,2}\s*(?:[:h]\s*\d{2}\s*(?:[ap]\.?\s?m\b\.?)?|[ap]\.?\s?m\b\.?)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_SIGNS = re.compile(r"[^\w\s\u0900-\u0dff]")  # the marks of Indic scripts are parts of words


def date_in(text: str, language: str, *, today: date) -> date | None:
    """The day, or None where there is none or two: 3/4 is a day in March and one in April, and is asked again.

    Without a year it is the next such day, today among them.
    """
    plain = fold(text)
    if (match := _ISO.search(plain)) is not None:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if (match := _NUMERIC.search(plain)) is not None:
        first, second = int(match[1]), int(match[2])
        if first != second and first <= 12 and second <= 12:
            return None
        day, month = (first, second) if second <= 12 else (second, first)
        return _next(month, day, _year(match[3]), today)
    numbers = [int(found) for found in _NUMBER.findall(plain)]
    month_named = _named(plain, _months(language))
    if month_named is not None:
        days = [number for number in numbers if 1 <= number <= 31]
        years = [number for number in numbers if number > 999]
        return _next(month_named, days[0], years[0] if years else None, today) if days else None
    weekday = _named(plain, _weekdays(language)) if not numbers else None
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday()) % 7)


def moment_in(text: str, language: str, *, today: date) -> str | None:
    """YYYY-MM-DDTHH:MM from a day and a time of day beside it."""
    match = _CLOCK.search(fold(text))
    if match is None:
        return None
    clock = read_time(match[0])
    day = date_in(fold(text).replace(match[0], " "), language, today=today)
    return f"{day.isoformat()}T{clock}" if day is not None and clock is not None else None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _next(month: int, day: int, year: int | None, today: date) -> date | None:
    if year is not None:
        return _day(year, month, day)
    years = (found for ahead in range(9) if (found := _day(today.year + ahead, month, day)))  # 29 February
    return next((found for found in years if found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _named(text: str, names: Mapping[str, int]) -> int | None:
    """What the longest name stands for that is in the text as words of its own."""
    padded = f" {_bare(text)} "
    found = [name for name in names if f" {name} " in padded]
    return names[max(found, key=len)] if found else None


def _months(language: str) -> Mapping[str, int]:
    return _names(language, "months")


def _weekdays(language: str) -> Mapping[str, int]:
    return _names(language, "days")


@cache
def _names(language: str, what: str) -> Mapping[str, int]:
    """Folded name to number, the language's own and English ones; a short name that two have names neither."""
    found: dict[str, set[int]] = {"sept": {9}} if what == "months" else {}
    for tag in (language, FALLBACK):
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        for usage in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in getattr(locale, what)[usage].get(width, {}).items():
                    found.setdefault(_bare(name), set()).add(number)
    return {name: next(iter(numbers)) for name, numbers in found.items() if len(numbers) == 1 and len(name) > 1}


def _bare(name: str) -> str:
    return " ".join(_SIGNS.sub(" ", fold(name)).split())
