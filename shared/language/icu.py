"""ICU messages compiled to closures: read once per text and language, written for each reader in a microsecond or two.

Differs from ICU in three places, on purpose: digits are always 0 to 9 (`numbers.py`), `#` inside a select inside a plural
is the plural's number, and values that run against the text's direction are isolated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from shared.language.bidi import isolated
from shared.language.conventions import STYLES, Conventions, conventions
from shared.language.icu_nodes import Argument, Formatted, Hash, MessageError, Node, Nodes, Plural, Select, Text, params
from shared.language.icu_parse import parse
from shared.language.numbers import Number, number_of, number_writer
from shared.language.patterns import PatternError, as_moment

Values = Mapping[str, Any]


@dataclass(slots=True)
class _Reading:
    """One message for one reader. `write` turns a value of the caller's own kind into text; `counted` is what # stands for."""

    values: Values
    zone: tzinfo | None
    write: Callable[[Any], str]
    lenient: bool
    counted: Number | None = None


_Part = Callable[[_Reading], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A compiled message."""

    text: str
    language: str
    params: frozenset[str]
    _whole: _Part

    def format(
        self,
        values: Values,
        *,
        zone: tzinfo | None = None,
        write: Callable[[Any], str] = str,
        lenient: bool = False,
    ) -> str:
        """The message with its values (MessageError where one is missing or of the wrong kind).

        `lenient`: a missing value stays as `{name}` and its plural or select takes the form `other`, for a text on its way
        to a family that must not be lost.
        """
        return self._whole(_Reading(values, zone, write, lenient))


@lru_cache(maxsize=2048)
def message(text: str, language: str) -> Message:
    """`text` compiled for `language` (MessageError where it cannot be read)."""
    nodes = parse(text)
    how = conventions(language)
    return Message(text, language, params(nodes), _all(nodes, how))


def _all(nodes: Nodes, how: Conventions) -> _Part:
    parts = [_part(node, how) for node in nodes]
    if len(parts) == 1:
        return parts[0]
    return lambda reading: "".join([part(reading) for part in parts])


def _part(node: Node, how: Conventions) -> _Part:
    match node:
        case Text(text):
            return lambda _: text
        case Argument(name):
            return _argument(name, how)
        case Hash():
            return _hash(how)
        case Formatted(name, "number", style):
            return _number(name, style, how)
        case Formatted(name, kind, style):
            return _moment(name, kind, style, how)
        case Plural():
            return _plural(node, how)
        case Select(name, forms):
            return _select(name, {word: _all(inside, how) for word, inside in forms})


def _argument(name: str, how: Conventions) -> _Part:
    rtl = how.rtl

    def write(reading: _Reading) -> str:
        value = reading.values.get(name)
        if value is None:
            return _missing(name, reading)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return number_writer("", how.locale)(number_of(value) or 0)
        return isolated(value if isinstance(value, str) else reading.write(value), rtl=rtl)

    return write


def _hash(how: Conventions) -> _Part:
    write_number = number_writer("", how.locale)
    return lambda reading: "#" if reading.counted is None else write_number(reading.counted)


def _number(name: str, style: str, how: Conventions) -> _Part:
    write_number = number_writer(style, how.locale)

    def write(reading: _Reading) -> str:
        number = _number_in(name, reading)
        return _missing(name, reading) if number is None else isolated(write_number(number), rtl=how.rtl)

    return write


def _moment(name: str, kind: str, style: str, how: Conventions) -> _Part:
    chosen = f"{kind}.{style or 'medium'}" if style in ("", *STYLES) else style
    try:
        writer = how.writer(chosen)
        for hour in range(0, 24, 3):  # whether the pattern can be written, at any part of a day
            writer(datetime(2026, 10, 2, hour))  # noqa: DTZ001
    except PatternError as error:
        raise MessageError(
            "MESSAGE_STYLE", str(error), "short, medium, long, full, ::yMMMd or a pattern of CLDR"
        ) from None

    def write(reading: _Reading) -> str:
        value = reading.values.get(name)
        if value is None:
            return _missing(name, reading)
        moment = _moment_of(name, value, reading.zone)
        return isolated(writer(moment), rtl=how.rtl)

    return write


def _moment_of(name: str, value: object, zone: tzinfo | None) -> datetime:
    """Dates, moments, times of day, their ISO 8601 text, and the `{"day": …}`, `{"moment": …}` of our messages."""
    if isinstance(value, Mapping):
        value = value.get("day") or value.get("moment") or ""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date | datetime | time):
        raise _unfit(name, "a date or time", "give a date, or its text as 2026-10-02 or 2026-10-02T17:30:00+00:00")
    moment = as_moment(value)
    return moment.astimezone(zone) if zone is not None and moment.tzinfo is not None else moment


def _plural(node: Plural, how: Conventions) -> _Part:
    exact = {number: _all(inside, how) for number, inside in node.exact}
    forms = {word: _all(inside, how) for word, inside in node.forms}
    offset: Number = int(node.offset) if node.offset == int(node.offset) else node.offset
    category = how.ordinal if node.ordinal else how.plural

    def write(reading: _Reading) -> str:
        number = _number_in(node.name, reading)
        if number is None:
            return forms["other"](_with(reading, None)).replace("#", f"{{{node.name}}}")
        counted = number - offset
        chosen = (
            exact.get(Decimal(number)) or forms.get(category(-counted if counted < 0 else counted)) or forms["other"]
        )
        return chosen(_with(reading, counted))

    return write


def _with(reading: _Reading, counted: Number | None) -> _Reading:
    return _Reading(reading.values, reading.zone, reading.write, reading.lenient, counted)


def _select(name: str, forms: Mapping[str, _Part]) -> _Part:
    def write(reading: _Reading) -> str:
        value = reading.values.get(name)
        if value is None and not reading.lenient:
            _missing(name, reading)
        return forms.get(str(value), forms["other"])(reading)

    return write


def _number_in(name: str, reading: _Reading) -> Number | None:
    """None: it is missing, and may be."""
    value = reading.values.get(name)
    if value is None:
        _missing(name, reading)
        return None
    number = number_of(value)
    if number is None and not reading.lenient:
        raise _unfit(name, "a number", "give a whole number, a decimal, or its digits")
    return number


def _missing(name: str, reading: _Reading) -> str:
    if not reading.lenient:
        raise MessageError("MESSAGE_VALUE", "a value is missing", f"give {name}", name)
    return f"{{{name}}}"


def _unfit(name: str, wanted: str, remedy: str) -> MessageError:
    return MessageError("MESSAGE_VALUE", f"the value is not {wanted}", remedy, name)
