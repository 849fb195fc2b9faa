"""XForms' XPath, as spreadsheets have it in `relevant`, `constraint` and `calculation`, into our expression language.

elementpath parses; what our language can say is translated, everything else is refused with its place in the cell.
Source of the functions: the ODK XForms specification, section "XPath functions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from elementpath import ElementPathError, XPath1Parser
from elementpath.tdop import Parser

from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.printing import text_of
from services.surveys.expressions.tree import Binary, Call, Function, Literal, Node, Operator, Sign, Unary, Variable

LONGEST = 2_000
_REFERENCE = re.compile(r"\$\{\s*([^\W\d][\w.\-]*)\s*\}")
_JOINED = {"and": Operator.AND, "or": Operator.OR}
_COMPARISONS = {
    "=": Operator.EQUAL,
    "!=": Operator.UNEQUAL,
    "<": Operator.LESS,
    "<=": Operator.AT_MOST,
    ">": Operator.MORE,
    ">=": Operator.AT_LEAST,
}
_ARITHMETIC = {
    "+": Operator.PLUS,
    "-": Operator.MINUS,
    "*": Operator.TIMES,
    "div": Operator.OVER,
    "mod": Operator.MODULO,
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_NUMBERS = ("(integer)", "(float)", "(decimal)")
_FIXED = ("(string)", *_NUMBERS)
_EMPTY = {
    ("=", 0): Sign.EMPTY,
    ("<", 1): Sign.EMPTY,
    (">", 0): Sign.NOT_EMPTY,
    ("!=", 0): Sign.NOT_EMPTY,
    (">=", 1): Sign.NOT_EMPTY,
}


class _XForms(XPath1Parser):
    """XPath 1.0 with the functions that XForms adds, parsed and never evaluated."""

    def parse(self, source: str) -> Any:
        if self.tokenizer is None:
            self.tokenizer = self.create_tokenizer(self.symbol_table)
        return Parser.parse(self, source)


for _name, _arguments in (
    ("selected", 2), ("count-selected", 1), ("regex", 2), ("if", 3), ("coalesce", 2), ("today", 0), ("date", 1),
):  # fmt: skip
    _XForms.function(_name, nargs=_arguments)


class XPathRefused(Exception):
    """`column` counts characters of the cell from 1."""

    def __init__(self, message: str, column: int, remedy: str = "Say it with other words, or leave it out.") -> None:
        super().__init__(message)
        self.message, self.column, self.remedy = message, column, remedy


@dataclass(frozen=True, slots=True)
class Known:
    """What a form's names stand for: `names` to question ids, `many` those with several values, `values` per question
    the choices under their own names, `truths` the questions that are answered by yes or no."""

    names: Mapping[str, str]
    many: frozenset[str] = frozenset()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    truths: frozenset[str] = frozenset()


def translate(cell: str, known: Known, *, own: str | None = None) -> str:
    """Our expression for an XPath; `own` is the question that `.` stands for (XPathRefused)."""
    if len(cell) > LONGEST:
        raise XPathRefused(f"a condition has at most {LONGEST} characters", 1, "Split the condition.")
    # Padded, so that every place in the expression stays the place in the cell.
    source = _REFERENCE.sub(lambda match: f"${match[1]}".ljust(len(match[0])), cell)
    try:
        return text_of(_Translation(known, own).say(_XForms().parse(source)))
    except ElementPathError as error:
        raise XPathRefused(*_syntax(error)) from error
    except ExpressionError as error:
        raise XPathRefused(error.message, 1, error.remedy) from error
    except RecursionError as error:
        raise XPathRefused("the condition is nested too deeply", 1, "Split the condition.") from error
    except XPathRefused:
        raise
    except Exception as error:  # the parser was made for well-formed input; ours comes from a stranger
        raise XPathRefused("this is no XPath expression", 1, "Check quotes, brackets and operators.") from error


def _syntax(error: ElementPathError) -> tuple[str, int, str]:
    token = error.token
    column = token.span[0] + 1 if token is not None else 1
    if token is not None and "XPST0017" in (getattr(error, "code", "") or ""):
        name = str(token.value)[:40]
        return f"the function {name}() cannot be said in a survey's condition", column, "See docs/surveys-exchange.md."
    return "this is no XPath expression", column, "Check quotes, brackets and operators."


class _Translation:
    def __init__(self, known: Known, own: str | None) -> None:
        self._known, self._own = known, own

    def say(self, token: Any) -> Node:
        if token.symbol in _JOINED and len(token) == 2:
            return Binary(_JOINED[token.symbol], self.say(token[0]), self.say(token[1]))
        if token.symbol in _COMPARISONS and len(token) == 2:
            return self._compared(token)
        if token.symbol in _ARITHMETIC:
            return self._reckoned(token)
        if (atom := self._atom(token)) is not None:
            return atom
        function = _FUNCTIONS.get(token.symbol) if token.label == "function" else None
        if function is None:
            raise _refuse(token)
        return function(self, token)

    def _atom(self, token: Any) -> Node | None:
        if token.symbol == "(string)":
            return Literal(str(token.value))
        if token.symbol in _NUMBERS:
            return Literal(float(token.value))
        if token.symbol == "(" and len(token) == 1:
            return self.say(token[0])
        if token.symbol in ("$", "."):
            return self.variable(token)
        return None

    def variable(self, token: Any) -> Variable:
        return Variable(tuple(self.question(token).split(".")))

    def question(self, token: Any) -> str:
        """The question a reference stands for."""
        if token.symbol == ".":
            if self._own is None:
                raise XPathRefused("a dot stands for nothing here", token.span[0] + 1, "Name the question: ${name}.")
            return self._own
        if token.symbol != "$":
            raise XPathRefused("a question is expected here", token.span[0] + 1, "Write ${name}.")
        name = str(token[0].value)
        if name not in self._known.names:
            raise XPathRefused(f"there is no question named {name[:40]}", token.span[0] + 1, "Correct the name.")
        return self._known.names[name]

    def _reckoned(self, token: Any) -> Node:
        if len(token) == 2:
            return Binary(_ARITHMETIC[token.symbol], self.say(token[0]), self.say(token[1]))
        if len(token) != 1 or token.symbol not in "+-":
            raise _refuse(token)
        operand = self.say(token[0])
        if token.symbol == "+":
            return operand
        if isinstance(operand, Literal) and isinstance(operand.value, float):
            return Literal(-operand.value)
        return Unary(Sign.NEGATIVE, operand)

    def _compared(self, token: Any) -> Node:
        left, right, symbol = token[0], token[1], token.symbol
        if left.symbol in _FIXED and right.symbol not in _FIXED:
            left, right, symbol = right, left, _TURNED[symbol]
        if (told := self._emptiness(left, symbol, right)) is not None:
            return told
        if left.symbol in ("$", ".") and right.symbol in _FIXED and symbol in ("=", "!="):
            return self._chosen(left, symbol, right)
        return Binary(_COMPARISONS[symbol], self.say(left), self.say(right))

    def _chosen(self, left: Any, symbol: str, right: Any) -> Node:
        question = self.question(left)
        if question in self._known.many:
            message = "several choices are compared as one text"
            raise XPathRefused(message, left.span[0] + 1, "Use selected(${name}, 'choice').")
        choices = self._known.values.get(question, {})
        # Also a number may name a choice: XForms compares texts.
        value = self._choice(question, str(right.value)) if str(right.value) in choices else self.say(right)
        return Binary(_COMPARISONS[symbol], self.variable(left), value)

    def _choice(self, question: str, name: str) -> Literal:
        """A choice by the value it has with us; of a yes-or-no question, whether it is yes."""
        value = self._known.values.get(question, {}).get(name, name)
        return Literal(value == "yes") if question in self._known.truths else Literal(value)

    def _emptiness(self, left: Any, symbol: str, right: Any) -> Node | None:
        """`${x} = ''` and `string-length(${x}) > 0` say that something is, or is not, there."""
        if right.symbol == "(string)" and right.value == "" and symbol in ("=", "!=") and left.symbol in ("$", "."):
            return Unary(Sign.EMPTY if symbol == "=" else Sign.NOT_EMPTY, self.variable(left))
        if left.symbol == "string-length" and len(left) == 1 and right.symbol == "(integer)":
            sign = _EMPTY.get((symbol, right.value))
            return Unary(sign, self.variable(left[0])) if sign else None
        return None

    def selected(self, token: Any) -> Node:
        question, choice = self.question(token[0]), token[1]
        if choice.symbol != "(string)":
            raise XPathRefused("a choice's name in quotes is expected here", choice.span[0] + 1, "Write 'name'.")
        operator = Operator.CONTAINS if question in self._known.many else Operator.EQUAL
        return Binary(operator, self.variable(token[0]), self._choice(question, str(choice.value)))

    def counted(self, token: Any) -> Node:
        return Call(Function.COUNT, (self.variable(token[0]),))

    def denied(self, token: Any) -> Node:
        return Unary(Sign.NOT, self.say(token[0]))

    def chosen_of_two(self, token: Any) -> Node:
        return Call(Function.IIF, tuple(self.say(part) for part in token))

    def first_given(self, token: Any) -> Node:
        there = Unary(Sign.NOT_EMPTY, self.variable(token[0]))
        return Call(Function.IIF, (there, self.variable(token[0]), self.say(token[1])))

    def day(self, token: Any) -> Node:
        written = token[0]
        if written.symbol == "(string)" and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(written.value)):
            raise XPathRefused("this is no date", written.span[0] + 1, "Write it like '2026-09-01'.")
        return self.say(written)

    def today(self, token: Any) -> Node:
        return Call(Function.TODAY, ())

    def truth(self, token: Any) -> Node:
        return Literal(token.symbol == "true")

    def rounded(self, token: Any) -> Node:
        return Call(Function.ROUND, (self.say(token[0]),))


_FUNCTIONS: dict[str, Callable[[_Translation, Any], Node]] = {
    "selected": _Translation.selected,
    "count-selected": _Translation.counted,
    "not": _Translation.denied,
    "if": _Translation.chosen_of_two,
    "coalesce": _Translation.first_given,
    "date": _Translation.day,
    "today": _Translation.today,
    "true": _Translation.truth,
    "false": _Translation.truth,
    "round": _Translation.rounded,
}


def _refuse(token: Any) -> XPathRefused:
    what = f"{token.symbol}()" if token.label == "function" else str(token.symbol)
    return XPathRefused(
        f"{what[:40]} cannot be said in a survey's condition", token.span[0] + 1, "See docs/surveys-exchange.md."
    )
