"""Times as a person reads them: in their language and where they live."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

FALLBACK = "en"


def locale_of(language: str) -> Locale:
    """CLDR's locale for a language tag, or English's."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)


def spoken_time(moment: datetime, *, zone: ZoneInfo, language: str) -> str:
    """Weekday, day, month, hour and minute, e.g. "Wed, Oct 7, 3:30 PM"."""
    locale = locale_of(language)
    local = moment.astimezone(zone)
    day = format_skeleton("MMMEd", local, locale=locale)
    hour = format_skeleton(_hours(locale), local, tzinfo=zone, locale=locale)
    return f"{day}, {hour}"


def spoken_day(day: date, *, language: str) -> str:
    return str(format_date(day, "full", locale=locale_of(language)))


def _hours(locale: Locale) -> str:
    """12 or 24 hours, as the locale writes its short time."""
    return "hm" if "h" in locale.time_formats["short"].pattern else "Hm"
