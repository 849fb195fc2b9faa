"""Times, numbers, dates and addresses, read as people write them in any script."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime

import phonenumbers
from marshmallow import ValidationError, validate

REGION = "US"  # where a number without a country code is at home
_TIME = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-3])\s*(?:[:.h]\s*([0-5]\d))?\s*(a\.?\s?m\b|p\.?\s?m\b)?(?![\d:])", re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3


def read_date(text: str) -> str | None:
    """YYYY-MM-DD of a day that exists, else None: 3/4/2026 is two days, and we do not guess which."""
    plain = western_digits(text).strip()
    if not _DATE.fullmatch(plain):
        return None
    try:
        return date.fromisoformat(plain).isoformat()
    except ValueError:
        return None


def read_datetime(text: str) -> str | None:
    """YYYY-MM-DDTHH:MM, as a browser sends it (a space for the T will do), else None."""
    plain = western_digits(text).strip().replace(" ", "T")
    if not _DATETIME.fullmatch(plain):
        return None
    try:
        return datetime.fromisoformat(plain).isoformat(timespec="minutes")
    except ValueError:
        return None


def read_email(text: str) -> str | None:
    """The address, its host in lower case; None where mail cannot go to it."""
    name, at, host = text.strip().rpartition("@")
    address = f"{name}{at}{host.lower()}"
    if len(address) > _LONGEST_EMAIL:
        return None
    try:
        return str(_EMAIL(address))
    except ValidationError:
        return None


def read_phone(text: str) -> str | None:
    """E.164, or None for what can be no number."""
    try:
        number = phonenumbers.parse(western_digits(text), REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_EMAIL = validate.Email()


def read_time(text: str) -> str | None:
    """HH:MM from `18:00`, `6pm`, `after 6`, `٦:٣٠`; a bare hour from 1 to 7 is in the afternoon. None where there is none."""
    match = _TIME.search(western_digits(text))
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif not half and match[2] is None and 1 <= hour <= 7:
        hour += 12
    return f"{hour:02d}:{minute:02d}"


def read_number(text: str) -> float | None:
    """`3`, `3,5`, `-2.5`, `٣`; None for anything else, and for what has a thousands separator, which reads two ways."""
    plain = western_digits(text).strip().replace("٫", ".")
    if not _NUMBER.fullmatch(plain):
        return None
    number = float(plain.replace(",", "."))
    return number if math.isfinite(number) else None


def western_digits(text: str) -> str:
    """Digits of any script as 0-9."""
    return "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)
