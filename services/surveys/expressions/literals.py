"""Fixed values beside what they are compared with: a date must be one, a choice must exist, a text must fold alike everywhere."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from services.surveys.expressions.kinds import BOOL, NUMBER, TEXT, Shape, Type
from services.surveys.expressions.tree import Literal
from services.surveys.expressions.values import SPACE, civil

if TYPE_CHECKING:
    from services.surveys.expressions.checking import Check

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_NUMERIC = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?|0[xX][0-9a-fA-F]+|[-+]?Infinity|NaN", re.ASCII)
DATED = {Shape.DATE: "'2026-08-31'", Shape.DATETIME: "'2026-08-31T17:00'", Shape.TIME: "'17:00'"}


def literal_type(value: bool | float | str) -> Type:
    return BOOL if isinstance(value, bool) else NUMBER if isinstance(value, float) else TEXT


def fits(check: Check, literal: Literal, beside: Type, how: str) -> bool:
    """Whether a fixed value may be compared with (looked for in) something of type `beside`; notes the fault."""
    value, shape = literal.value, beside.shape
    kind = literal_type(value).shape
    if shape in (Shape.BOOL, Shape.NUMBER) or kind is not Shape.TEXT:
        if kind is shape:
            return True
        remedy = {Shape.BOOL: "Write true or false, without quotes.", Shape.NUMBER: "Write the number without quotes."}
        other = "Write the text in quotes."
        check.fault(literal, f"{kind} is {how} {shape}, which readers treat differently", remedy.get(shape, other))
        return False
    if not isinstance(value, str):
        return False
    if value == "":
        check.fault(literal, "an empty text is no answer", "Write {question} empty.")
        return False
    if shape in DATED:
        return _dated(check, literal, value, shape)
    if shape in (Shape.CHOICE, Shape.CHOICES, Shape.RANKING) and beside.options:
        return _option(check, literal, value, beside)
    return _text(check, literal, value)


def _dated(check: Check, literal: Literal, value: str, shape: Shape) -> bool:
    if shape is Shape.TIME:
        good = bool(_TIME.fullmatch(value))
    elif shape is Shape.DATE:
        good = len(value) == 10 and civil(value) is not None
    else:
        good = len(value) == 16 and civil(value) is not None and value[10] == "T" and bool(_TIME.fullmatch(value[11:]))
    if not good:
        check.fault(literal, f"'{value}' is not {shape}", f"Write it like {DATED[shape]}.")
    return good


def _option(check: Check, literal: Literal, value: str, beside: Type) -> bool:
    if value in beside.options:
        return True
    near = [option for option in beside.options if option.casefold() == value.casefold()]
    near = near or difflib.get_close_matches(value, beside.options, n=1)
    known = ", ".join(beside.options)
    check.fault(
        literal, f"'{value}' is no choice of it", f"Do you mean '{near[0]}'?" if near else f"Its choices are {known}."
    )
    return False


def _text(check: Check, literal: Literal, value: str) -> bool:
    if value != value.strip(SPACE):
        check.fault(literal, "space around a text is not compared", "Take it away.")
        return False
    if _NUMERIC.fullmatch(value) or value.lower() in ("true", "false", "null", "undefined"):
        check.fault(
            literal, f"'{value}' is a text to one reader and a value to another",
            "Ask a number, or yes or no, and compare without quotes.",
        )  # fmt: skip
        return False
    cased = next((char for char in value if not char.isascii() and char.lower() != char.upper()), None)
    if cased is not None:
        check.fault(
            literal, f"{cased} has a small and a capital form that readers fold differently",
            "Ask with choices, or look for a part of the text in plain letters.",
        )  # fmt: skip
        return False
    return True
