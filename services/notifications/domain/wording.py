"""A text with one person's names, dates and links in it, written as their language writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from shared.language.conventions import Conventions, conventions
from shared.language.patterns import as_moment
from shared.language.templates import template

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Value = str | Mapping[str, Any]


def day(value: date) -> dict[str, str]:
    """A day, to be written in the reader's language."""
    return {"day": value.isoformat()}


def moment(value: datetime) -> dict[str, str]:
    """An instant, to be written in the reader's language and time zone."""
    return {"moment": value.isoformat()}


def slots(values: Sequence[tuple[int, datetime]]) -> dict[str, Any]:
    """Numbered times to choose from."""
    return {"slots": [[number, start.isoformat()] for number, start in values]}


def visits(values: Sequence[tuple[str, datetime]]) -> dict[str, Any]:
    """Whom to meet when, in order."""
    return {"visits": [[who, start.isoformat()] for who, start in values]}


def hours(windows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Weekly hours: mappings with weekday ("mon"), start and end ("HH:MM", the school's wall clock)."""
    return {"hours": [[w["weekday"], w["start"], w["end"]] for w in windows]}


def fill(text: str, params: Mapping[str, Value], *, language: str, zone: ZoneInfo) -> str:
    """`text` with its {params} in place; braces that name no param stay as they are (a person wrote them)."""
    if "{" not in text:
        return text  # most of what people write: not to be kept in the cache of templates
    return template(text, language).fill(params, zone=zone, write=written)


def locale_of(language: str) -> Locale:
    """The language's own conventions, those of its primary subtag, else plain English ones."""
    return conventions(language).locale


def long_day(value: date, language: str) -> str:
    """`2 October 2026`, as a letter is dated."""
    return conventions(language).writer("letter")(as_moment(value))


def written(value: Value, how: Conventions, zone: ZoneInfo) -> str:
    """One param as text."""
    if isinstance(value, str):
        return value
    if "day" in value:
        return _day(value["day"], how.tag)
    if "moment" in value:
        return _moment(value["moment"], how.tag, zone)
    if "slots" in value:
        return "; ".join(f"{number}) {_moment(start, how.tag, zone)}" for number, start in value["slots"])
    if "visits" in value:
        return "; ".join(f"{_moment(start, how.tag, zone)} {who}" for who, start in value["visits"])
    if "hours" in value:
        names = how.names.days_short
        return ", ".join(
            f"{names[_WEEKDAYS.index(weekday)]} {_clock(start, how)}–{_clock(end, how)}"
            for weekday, start, end in value["hours"]
        )
    return ", ".join(map(str, value.values()))  # an announcement's children: names by id


@lru_cache(maxsize=4096)
def _day(text: str, language: str) -> str:
    return conventions(language).day(date.fromisoformat(text))


@lru_cache(maxsize=16384)
def _moment(text: str, language: str, zone: ZoneInfo) -> str:
    return conventions(language).moment(datetime.fromisoformat(text), zone)


def _clock(text: str, how: Conventions) -> str:
    return how.clock(time.fromisoformat(text))


def family_form(given: str, family: str) -> str:
    """How a member of staff is named to families; no title is known from the roster, so the whole name."""
    return f"{given} {family}".strip()
