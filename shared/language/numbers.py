"""Numbers in a message: the digits 0 to 9 in every language, so that what a family reads is what was checked.

ICU would write Arabic-Indic or Devanagari digits by default; a text message to answer with "1" must show a 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

from shared.language.icu_nodes import MessageError

Number = int | Decimal
_FINEST, _LARGEST = 12, 18  # powers of ten: beyond, a value is no count of anything at school
_SKELETON_DECIMALS = re.compile(r"\.(0*)(#*)")


def number_of(value: object) -> Number | None:
    """A value as a number: whole ones as `int`; None for what is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) < 10 ** (_LARGEST + 1) else None
    if isinstance(value, float | Decimal | str):
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            return None
        if not number.is_finite() or not -_FINEST <= number.adjusted() <= _LARGEST:
            return None  # "1e999999999" would be written with all its zeros
        whole = not isinstance(value, str) or "." not in value
        return int(number) if whole and number == number.to_integral_value() and abs(number) < 10**15 else number
    return None


def number_writer(style: str, locale: Locale) -> Callable[[Number], str]:
    """A function that writes a number in an ICU style: none, integer, percent, a pattern, or a short skeleton."""
    write = _cached(style.strip(), locale)
    return lambda number: write(number)


@lru_cache(maxsize=512)
def _cached(style: str, locale: Locale) -> Callable[[Number], str]:
    write = _writer(style, locale)

    @lru_cache(maxsize=4096)
    def written(number: Number) -> str:
        return write(number).replace("\u202f", " ").replace("\xa0", " ")

    return written


def _writer(style: str, locale: Locale) -> Callable[[Number], str]:
    if style in ("", "::"):
        return lambda number: format_decimal(number, locale=locale)
    if style in ("integer", "::integer", "::precision-integer", "::."):
        return lambda number: format_decimal(round(number), locale=locale)
    if style == "percent":
        return lambda number: format_percent(number, locale=locale)
    if style in ("::percent", "::%"):
        return lambda number: format_percent(Decimal(number) / 100, locale=locale, decimal_quantization=False)
    if style in ("::group-off", "::,_"):
        return lambda number: format_decimal(number, locale=locale, group_separator=False)
    if style.startswith("::currency/"):
        return lambda number: format_currency(number, style.removeprefix("::currency/"), locale=locale)
    if style.startswith("::") and (decimals := _SKELETON_DECIMALS.fullmatch(style[2:])):
        pattern = f"#,##0.{decimals[1]}{decimals[2]}"
        return lambda number: format_decimal(number, pattern, locale=locale)
    if not style.startswith("::") and re.search("[0#]", style):
        return lambda number: format_decimal(number, style, locale=locale)
    raise MessageError(
        "MESSAGE_STYLE",
        "a number style that is not known",
        "integer, percent, ::.00, ::percent, ::currency/USD or #,##0.0",
    )
