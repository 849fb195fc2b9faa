"""What the operators mean, once: the browser's file says the same in JavaScript and `homeroom bench agreement` compares them.

Numbers are doubles. Sums and products are rounded to the decimals of their operands (0.1 + 0.2 is 0.3), as SurveyJS does.
A number beyond 2^53 - 1, which JavaScript does not keep, is empty; so is a division by zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from services.surveys.expressions.tree import Value

LARGEST = 9_007_199_254_740_991.0  # Number.MAX_SAFE_INTEGER
# What JavaScript's trim() takes away; Python's strip() takes others.
SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_DAY = re.compile(r"(?!00)\d{4}-\d\d-\d\d", re.ASCII)  # JavaScript takes years before 100 for others
_EXACT = Context(prec=1200)


def empty(value: Value) -> bool:
    if value is None or value == "" or value == ():
        return True
    return isinstance(value, Mapping) and all(empty(each) for each in value.values())


def fold(text: str) -> str:
    """Small letters, of A to Z only: beyond them JavaScript and Python (and languages) differ."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def word(text: str) -> str:
    """A text as it is compared: folded, without space around it."""
    return fold(text.strip(SPACE))


def equal(left: Value, right: Value) -> bool:
    """Empty equals empty; texts regardless of ASCII case and outer space; lists regardless of order."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right or word(left) == word(right)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and left and right:
        return sorted(_plain(left)) == sorted(_plain(right))
    left, right = None if empty(left) else left, None if empty(right) else right
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return left == right


def _plain(values: Sequence[Value]) -> list[str]:
    return [word(each) if isinstance(each, str) else repr(each) for each in values]


def number(value: Value) -> float:
    """Empty counts as nothing: 0, as in SurveyJS."""
    return value if isinstance(value, float) else 0.0


def safe(value: float) -> float | None:
    return value if -LARGEST <= value <= LARGEST else None


def plus(left: Value, right: Value) -> float | None:
    a, b = number(left), number(right)
    return safe(a + b if a.is_integer() and b.is_integer() else fixed(a + b, max(decimals(a), decimals(b))))


def minus(left: Value, right: Value) -> float | None:
    a, b = number(left), number(right)
    return safe(a - b if a.is_integer() and b.is_integer() else fixed(a - b, max(decimals(a), decimals(b))))


def times(left: Value, right: Value) -> float | None:
    a, b = number(left), number(right)
    return safe(a * b if a.is_integer() and b.is_integer() else fixed(a * b, decimals(a) + decimals(b)))


def over(left: Value, right: Value) -> float | None:
    a, b = number(left), number(right)
    return safe(a / b) if b else None


def modulo(left: Value, right: Value) -> float | None:
    """With the sign of the left operand, as in JavaScript."""
    a, b = number(left), number(right)
    return math.fmod(a, b) if b else None


def decimals(value: float) -> int:
    """How many digits stand behind the point of the shortest text that reads back as `value`."""
    if value.is_integer():
        return 0
    mantissa, _, exponent = repr(value).partition("e")
    behind = mantissa.partition(".")[2]
    return (0 if behind == "0" else len(behind)) - (int(exponent) if exponent else 0)


def fixed(value: float, places: int) -> float:
    """What JavaScript's toFixed() gives: the exact binary value rounded, halves away from zero; past 20 places, which old
    phones refuse, as it is."""
    if places > 20 or not math.isfinite(value):
        return value
    return float(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT))


def rounded(value: Value, places: int = 0) -> float | None:
    """Halves away from zero, of the number as it is written: 2.675 to two places is 2.68."""
    if not isinstance(value, float):
        return None
    shifted = shift(abs(value), places)
    whole = math.floor(shifted)
    whole += shifted - whole >= 0.5
    return safe(math.copysign(shift(float(whole), -places), value))


def shift(value: float, places: int) -> float:
    """`value` with its point moved, by its text: no binary error comes in."""
    mantissa, _, exponent = repr(value).partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + places}")


def leaves(values: Iterable[Value]) -> Iterator[Value]:
    """What sum, count, min, max and avg go over: lists opened, the empty left out."""
    for value in values:
        if isinstance(value, tuple):
            yield from leaves(value)
        elif isinstance(value, Mapping):
            yield from leaves(value.values())
        elif not empty(value):
            yield value


def total(values: Iterable[Value]) -> float | None:
    """None once it is too large: what is added to that afterwards would only look like a sum."""
    result: float | None = 0.0
    for value in values:
        result = plus(result, value)
        if result is None:
            break
    return result


def average(values: Sequence[Value]) -> float | None:
    return over(total(values), float(len(values))) if values else 0.0


def civil(value: Value) -> date | None:
    """The day of an ISO date or date with time; None where there is none."""
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def later(today: date, days: float) -> str | None:
    """A civil day: no clock, no time zone, no daylight saving."""
    try:
        return (today + timedelta(days=days)).isoformat()
    except OverflowError:
        return None


def between(first: date, second: date, unit: str) -> float:
    """Days without sign; whole months and years from the first to the second, cut towards zero, as in SurveyJS."""
    if unit == "days":
        return float(abs((second - first).days))
    months = (second.year - first.year) * 12 + second.month - first.month - (second.day < first.day)
    return float(months) if unit == "months" else float(int(months / 12))


def part(text: Value, start: int, end: int | None) -> str | None:
    """Characters, not UTF-16 halves: an emoji is one."""
    return (text[start:end] or None) if isinstance(text, str) else None
