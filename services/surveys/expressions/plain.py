"""The tree as JSON, small enough for a page: a literal is itself, everything else a list that begins with its sign.

`["v", "q", "row"]` a variable · `["l", "a", "b"]` a list · `["=", left, right]` · `["not", operand]` · `["sum", …]`
"""

from __future__ import annotations

from typing import Any

from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.tree import (
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

VARIABLE, LIST = "v", "l"
_OPERATORS = {each.value: each for each in Operator}
_SIGNS = {each.value: each for each in Sign}
_FUNCTIONS = {each.value: each for each in Function}


def to_json(node: Node) -> Any:
    """Plain data for `json.dumps`; whole numbers without a decimal point, as JavaScript writes them."""
    if isinstance(node, Literal):
        value = node.value
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(node, Variable):
        return [VARIABLE, *node.path]
    if isinstance(node, Array):
        return [LIST, *(to_json(item) for item in node.items)]
    if isinstance(node, Unary):
        return [node.sign.value, to_json(node.operand)]
    if isinstance(node, Binary):
        return [node.operator.value, to_json(node.left), to_json(node.right)]
    return [node.function.value, *(to_json(each) for each in node.arguments)]


def from_json(plain: Any) -> Node:
    """The tree of `to_json`'s data (ExpressionError where it is none)."""
    if isinstance(plain, bool | str):
        return Literal(plain)
    if isinstance(plain, int | float):
        return Literal(float(plain))
    if not (isinstance(plain, list) and plain and isinstance(plain[0], str)):
        raise _foreign()
    sign, rest = plain[0], plain[1:]
    if sign == VARIABLE and rest and all(isinstance(part, str) for part in rest):
        return Variable(tuple(rest))
    operands = tuple(from_json(each) for each in rest)
    if sign == LIST and operands:
        items = tuple(each for each in operands if isinstance(each, Literal))
        if len(items) == len(operands):
            return Array(items)
    if sign in _OPERATORS and len(operands) == 2:
        return Binary(_OPERATORS[sign], *operands)
    if sign in _SIGNS and len(operands) == 1:
        return Unary(_SIGNS[sign], *operands)
    if sign in _FUNCTIONS:
        return Call(_FUNCTIONS[sign], operands)
    raise _foreign()


def _foreign() -> ExpressionError:
    return ExpressionError(1, "this is not the JSON of an expression", "Use what to_json() gave.")
