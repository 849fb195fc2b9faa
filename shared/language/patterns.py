"""Date and time patterns of CLDR (UTS #35 part 4) as closures: about a microsecond a date, where Babel takes twenty."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from babel import Locale
from babel.dates import DateTimeFormat

Writer = Callable[[datetime], str]
_PIECES = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")


@dataclass(frozen=True, slots=True)
class Names:
    """Months from January, days from Monday, halves of the day; in full and short."""

    months: tuple[str, ...]
    months_short: tuple[str, ...]
    days: tuple[str, ...]
    days_short: tuple[str, ...]
    halves: tuple[str, str]
    months_alone: tuple[str, ...] = ()
    days_alone: tuple[str, ...] = ()
    days_short_alone: tuple[str, ...] = ()


class PatternError(ValueError):
    """A pattern that asks for what no date has."""


def compiled(pattern: str, names: Names, locale: Locale) -> Writer:
    """A function that writes a moment; `locale` serves the rare fields (era, quarter, week, parts of the day)."""
    writers = [_piece(match, names, locale) for match in _PIECES.finditer(pattern)]
    if len(writers) == 1:
        return writers[0]

    def write(moment: datetime) -> str:
        return "".join([writer(moment) for writer in writers])

    return write


def as_moment(value: date | datetime | time) -> datetime:
    """A day begins at midnight; a time of day belongs to no day in particular."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, time):
        return datetime(2000, 1, 1, value.hour, value.minute, value.second, value.microsecond, value.tzinfo)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001


def _piece(match: re.Match[str], names: Names, locale: Locale) -> Writer:
    letter, whole = match[2], match[0]
    if letter is None:
        # narrow and no-break spaces would turn an SMS into UCS-2
        text = whole if match[1] is None else match[1].replace("''", "'") or "'"
        return partial(_constant, text.replace("\u202f", " ").replace("\xa0", " "))
    return _field(letter, len(whole), names, locale)


def _constant(text: str, _: datetime) -> str:
    return text


def _field(letter: str, width: int, names: Names, locale: Locale) -> Writer:
    if letter in "ML" and width in (3, 4):
        alone = names.months_alone if letter == "L" else ()
        return _of((alone or names.months) if width == 4 else names.months_short, lambda moment: moment.month - 1)
    if letter in "Ec" and width <= 4:
        alone = (names.days_alone if width == 4 else names.days_short_alone) if letter == "c" else ()
        return _of(alone or (names.days if width == 4 else names.days_short), datetime.weekday)
    if (
        letter in "ab" and width <= 4
    ):  # noon and midnight are halves of the day too: few languages name them in running text
        return _of(names.halves, lambda moment: moment.hour >= 12)
    number = _NUMBERS.get(letter)
    if number is not None and width <= 2:
        return partial(_two_digits if width == 2 else _digits, number)
    if letter == "y":
        return (
            (lambda moment: f"{moment.year % 100:02d}") if width == 2 else (lambda moment: f"{moment.year:0{width}d}")
        )
    return partial(_rare, letter * width, locale)


_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "M": lambda moment: moment.month,
    "L": lambda moment: moment.month,
    "d": lambda moment: moment.day,
    "H": lambda moment: moment.hour,
    "h": lambda moment: moment.hour % 12 or 12,
    "K": lambda moment: moment.hour % 12,
    "k": lambda moment: moment.hour or 24,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
}


def _digits(number: Callable[[datetime], int], moment: datetime) -> str:
    return str(number(moment))


def _two_digits(number: Callable[[datetime], int], moment: datetime) -> str:
    return f"{number(moment):02d}"


def _of(words: Sequence[str], which: Callable[[datetime], int]) -> Writer:
    return lambda moment: words[which(moment)]


def _rare(field: str, locale: Locale, moment: datetime) -> str:
    try:
        written = DateTimeFormat(moment, locale)[field]
    except (KeyError, ValueError, NotImplementedError):
        written = None
    if written is None:
        raise PatternError(f"no date has a field {field}")
    return str(written).replace("\u202f", " ").replace("\xa0", " ")
