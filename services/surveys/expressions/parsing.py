"""Text to tree: a Pratt parser of the subset of SurveyJS's language that every mode means alike."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import islice

from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.tokens import Kind, Token, tokens
from services.surveys.expressions.tree import (
    EQUALITY,
    MEMBERSHIP,
    ORDER,
    Array,
    Binary,
    Call,
    Function,
    Literal,
    Node,
    Operator,
    Sign,
    Unary,
    Variable,
)

DEEPEST = 40  # levels of nesting: enough for people, and no reader runs out of stack
MOST_TOKENS = 500  # a row of `or` is as deep as it is long

# How tightly each binds, as in SurveyJS's grammar (loosest first).
BINDING: dict[str, int] = {
    **dict.fromkeys(["or"], 10),
    **dict.fromkeys(["and"], 20),
    **dict.fromkeys(["=", "<>", "<", "<=", ">", ">="], 40),
    **dict.fromkeys(["+", "-"], 50),
    **dict.fromkeys(["*", "/", "%"], 60),
    **dict.fromkeys(["contains", "notcontains", "anyof", "allof", "noneof"], 70),
    **dict.fromkeys(["empty", "notempty"], 80),
}
MINUS_BINDING = 75
TIGHTEST = 90
_WORDS = {"contain": "contains", "notcontain": "notcontains", "negate": "not"}
_FUNCTIONS = {function.value.lower(): function for function in Function}


def parse(text: str) -> Node:
    """The tree of an expression (ExpressionError: column, what, remedy)."""
    found = list(islice(tokens(text), MOST_TOKENS + 1))
    if len(found) > MOST_TOKENS:
        raise ExpressionError(
            found[-1].column,
            f"the expression has more than {MOST_TOKENS} parts",
            "Use anyof, or split it: use calculations.",
        )
    return _Parser(found).whole()


class _Parser:
    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._peek().kind is Kind.END:
            raise ExpressionError(1, "the expression is empty", "Remove the line, or write a condition.")
        node = self._expression(0)
        if self._peek().kind is not Kind.END:
            raise self._unexpected(self._peek())
        return node

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, sign: str, opened: Token) -> None:
        if self._peek().kind is not Kind.SIGN or self._peek().text != sign:
            if self._peek().kind is Kind.END:
                raise ExpressionError(
                    opened.column, f"the {opened.text} here is never closed", f"Write {sign} where it ends."
                )
            raise self._unexpected(self._peek())
        self._take()

    def _expression(self, least: int) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(
                self._peek().column, f"nested deeper than {DEEPEST} levels", "Split it: use calculations."
            )
        left = self._prefix()
        compared = False
        while (binding := BINDING.get(_operator(self._peek()), 0)) > least:
            token = self._take()
            written = _operator(token)
            if written in (Sign.EMPTY, Sign.NOT_EMPTY):
                left = Unary(Sign(written), left, token.column)
                continue
            operator = Operator(written)
            if operator in EQUALITY | ORDER:
                if compared:
                    raise ExpressionError(
                        token.column, "a comparison of a comparison is read differently by every reader",
                        "Join the two with and, or put parentheses.",
                    )  # fmt: skip
                compared = True
            right = self._expression(binding)
            if operator in MEMBERSHIP and not isinstance(right, Literal | Array):
                raise ExpressionError(
                    token.column, f"{operator} needs fixed choices behind it", "Write ['a', 'b'] or 'a'."
                )
            left = Binary(operator, left, right, token.column)
        self._depth -= 1
        return left

    def _prefix(self) -> Node:
        token = self._take()
        if token.kind is Kind.NUMBER:
            return Literal(float(token.text), token.column)
        if token.kind is Kind.TEXT:
            return Literal(token.text, token.column)
        if token.kind is Kind.VARIABLE:
            return Variable(tuple(token.text.split(".")), token.column)
        if token.kind is Kind.WORD:
            return self._word(token)
        if token.text == "(":
            inner = self._expression(0)
            self._expect(")", token)
            return inner
        if token.text == "[":
            return self._array(token)
        if token.text == "-":
            operand = self._expression(MINUS_BINDING)
            if isinstance(operand, Literal) and isinstance(operand.value, float) and operand.value > 0:
                return Literal(-operand.value, token.column)
            return Unary(Sign.NEGATIVE, operand, token.column)
        raise self._unexpected(token)

    def _word(self, token: Token) -> Node:
        word = _operator(token)
        if word == Sign.NOT:
            operand = self._expression(TIGHTEST)
            if BINDING.get(_operator(self._peek()), 0) > BINDING["and"]:
                raise ExpressionError(
                    token.column, "what not refers to is read differently by every reader",
                    "Put parentheses around it: not ({q} = 'x').",
                )  # fmt: skip
            return Unary(Sign.NOT, operand, token.column)
        if word in ("true", "false"):
            return Literal(word == "true", token.column)
        if self._peek().kind is Kind.SIGN and self._peek().text == "(":
            return self._call(token)
        if word in ("null", "undefined"):
            raise ExpressionError(token.column, f"{token.text} is not a value here", "Write {question} empty.")
        if word in BINDING:
            raise self._unexpected(token)
        raise ExpressionError(
            token.column, f"{token.text} is neither a question nor a text",
            f"Write {{{token.text}}} for the question, or '{token.text}' for the text.",
        )  # fmt: skip

    def _call(self, token: Token) -> Node:
        function = _FUNCTIONS.get(token.text.lower())
        if function is None or function.value != token.text:
            near = difflib.get_close_matches(token.text, [each.value for each in Function], n=1, cutoff=0.5)
            known = ", ".join(sorted(each.value for each in Function))
            remedy = f"Do you mean {near[0]}?" if near else f"There are {known}."
            raise ExpressionError(token.column, f"there is no function {token.text}", remedy)
        opened = self._take()
        arguments: list[Node] = []
        if not (self._peek().kind is Kind.SIGN and self._peek().text == ")"):
            arguments.append(self._expression(0))
            while self._peek().kind is Kind.SIGN and self._peek().text == ",":
                self._take()
                arguments.append(self._expression(0))
        self._expect(")", opened)
        return Call(function, tuple(arguments), token.column)

    def _array(self, opened: Token) -> Node:
        items = [self._item()]
        while self._peek().kind is Kind.SIGN and self._peek().text == ",":
            self._take()
            items.append(self._item())
        self._expect("]", opened)
        return Array(tuple(items), opened.column)

    def _item(self) -> Literal:
        token = self._peek()
        fixed = token.kind in (Kind.NUMBER, Kind.TEXT) or token.text == "-"
        item = self._prefix() if fixed else None
        if isinstance(item, Literal) and not isinstance(item.value, bool):
            return item
        raise ExpressionError(token.column, "a list holds fixed texts or numbers", "Write ['a', 'b'] or [1, 2].")

    def _unexpected(self, token: Token) -> ExpressionError:
        if token.kind is Kind.END:
            return ExpressionError(
                token.column, "the expression ends too early", "Write what is compared, or remove the operator."
            )
        return ExpressionError(
            token.column, f"{token.text} cannot stand here", "Look for a missing operator, quote or parenthesis."
        )


def _operator(token: Token) -> str:
    """An operator as the tree calls it; other tokens as something that is none."""
    if token.kind is Kind.WORD:
        word = token.text.lower()
        return _WORDS.get(word, word)
    return token.text if token.kind is Kind.SIGN else ""
