"""A text with one person's names, dates and links in it, written as their language writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, get_day_names

_SLOT = re.compile(r"\{([a-z_]+)\}")
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
    locale = locale_of(language)

    def value(match: re.Match[str]) -> str:
        given = params.get(match[1])
        if match[1] == "children" and isinstance(given, Mapping):  # an announcement's: names by id
            return ", ".join(map(str, given.values()))
        return match[0] if given is None else written(given, locale, zone)

    return _SLOT.sub(value, text)


def locale_of(language: str) -> Locale:
    """The language's own conventions, those of its primary subtag, else plain English ones."""
    for tag in (language, language.split("-")[0], "en"):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("English is always known")


def written(value: Value, locale: Locale, zone: ZoneInfo) -> str:
    """One param as text."""
    if isinstance(value, str):
        return value
    if "day" in value:
        return format_date(date.fromisoformat(value["day"]), "EEE d MMM", locale=locale)
    if "moment" in value:
        return _moment(datetime.fromisoformat(value["moment"]), locale, zone)
    if "slots" in value:
        return "; ".join(
            f"{number}) {_moment(datetime.fromisoformat(start), locale, zone)}" for number, start in value["slots"]
        )
    if "visits" in value:
        return "; ".join(f"{_moment(datetime.fromisoformat(start), locale, zone)} {who}" for who, start in value["visits"])
    names = get_day_names("abbreviated", locale=locale)
    return ", ".join(
        f"{names[_WEEKDAYS.index(weekday)]} {_clock(start, locale)}–{_clock(end, locale)}"
        for weekday, start, end in value["hours"]
    )


def _moment(instant: datetime, locale: Locale, zone: ZoneInfo) -> str:
    on = format_datetime(instant, "EEE d MMM", tzinfo=zone, locale=locale)
    return f"{on}, {format_time(instant, 'short', tzinfo=zone, locale=locale)}".replace("\u202f", " ")


def _clock(text: str, locale: Locale) -> str:
    return format_time(time.fromisoformat(text), "short", locale=locale).replace("\u202f", " ")


def family_form(given: str, family: str) -> str:
    """How a member of staff is named to families; no title is known from the roster, so the whole name."""
    return f"{given} {family}".strip()
