"""Languages, channels and moments in the reader's words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time


def language(code: str, reader: str) -> str:
    """The language's name in the reader's; the code where Unicode's tables have none."""
    try:
        return str(Locale.parse(code, sep="-").get_display_name(reader.replace("-", "_")) or code)
    except (UnknownLocaleError, ValueError):
        return code


def moment(at: datetime, zone: ZoneInfo, reader: str) -> str:
    """Day and time on the school's clock."""
    local, locale = at.astimezone(zone), reader.replace("-", "_")
    return f"{format_date(local, 'long', locale=locale)}, {format_time(local, 'short', locale=locale)}"
