"""An expression as tokens with columns. What JavaScript and Python would read differently is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.surveys.expressions.errors import ExpressionError

LONGEST = 4_000  # characters
DIGITS = 15  # more significant digits than a double surely keeps would be read differently than written


class Kind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    VARIABLE = "variable"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what it means: a string without its quotes, a variable without its braces, a sign as we write it."""

    kind: Kind
    text: str
    column: int


_SPELLINGS = {"==": "=", "!=": "<>", "&&": "and", "||": "or", "!": "not"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>\d[\w.]*)
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<variable>\{[^{}]*\})
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>==|!=|<>|<=|>=|&&|\|\||[-=<>+*/%!()\[\],])""",
    re.VERBOSE | re.ASCII,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_NUMBER = re.compile(r"(0|[1-9]\d*)(\.\d+)?", re.ASCII)


def tokens(text: str) -> Iterator[Token]:
    """Every token, then END (ExpressionError)."""
    if len(text) > LONGEST:
        raise ExpressionError(
            LONGEST, f"the expression has more than {LONGEST} characters", "Split it: use calculations."
        )
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind, found, column = str(match.lastgroup), match.group(), at + 1
        at = match.end()
        if kind != "space":
            yield _token(kind, found, column)
    yield Token(Kind.END, "", len(text) + 1)


def _token(kind: str, found: str, column: int) -> Token:
    if kind == "number":
        return Token(Kind.NUMBER, _number(found, column), column)
    if kind == "text":
        return Token(Kind.TEXT, _text(found[1:-1], column), column)
    if kind == "variable":
        name = found[1:-1].strip()
        if not _NAME.fullmatch(name):
            raise ExpressionError(
                column, f"{found} names no question", "Write {question}, {question.row} or {panel.question}."
            )
        return Token(Kind.VARIABLE, name, column)
    if kind == "word":
        return Token(Kind.WORD, found, column)
    sign = _SPELLINGS.get(found, found)
    return Token(Kind.WORD if sign.isalpha() else Kind.SIGN, sign, column)


def _number(found: str, column: int) -> str:
    if found[:2].lower() == "0x":
        raise ExpressionError(column, f"{found} is a number in one language and a word in another", "Write it in tens.")
    if not _NUMBER.fullmatch(found):
        raise ExpressionError(
            column,
            f"{found} is not a number that every reader means alike",
            "Write it like 12 or 12.5; texts in quotes.",
        )
    if len(found.replace(".", "").strip("0")) > DIGITS or len(found.partition(".")[0]) > DIGITS:
        raise ExpressionError(column, f"{found} has more than {DIGITS} digits, which are not kept", "Use fewer digits.")
    return found


def _text(inner: str, column: int) -> str:
    if "\\" in inner:
        raise ExpressionError(
            column + 1 + inner.index("\\"), "a backslash means different things to different readers",
            "Leave it out; for a quote inside a text use the other kind of quote around it.",
        )  # fmt: skip
    if any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in inner):
        raise ExpressionError(column, "a control character stands in this text", "Remove it.")
    return inner


def _unreadable(text: str, at: int) -> ExpressionError:
    char = text[at]
    if char in "'\"":
        return ExpressionError(at + 1, "this quote is never closed", f"Write {char} at the end of the text.")
    if char == "{":
        return ExpressionError(at + 1, "this brace is never closed", "Write } after the question's name.")
    if char == "^":
        return ExpressionError(at + 1, "powers are not part of the language", "Multiply: {q} * {q}.")
    if char in "‘’“”":
        return ExpressionError(at + 1, f"{char} is a printer's quote", "Write a plain ' or \".")
    return ExpressionError(at + 1, f"{char} is not part of the language", "Remove it, or put the text in quotes.")
