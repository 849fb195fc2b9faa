"""Tree to text: in our spelling, or in the one that SurveyJS reads."""

from __future__ import annotations

from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.parsing import BINDING, MINUS_BINDING, TIGHTEST
from services.surveys.expressions.tree import (
    EQUALITY,
    MEMBERSHIP,
    ORDER,
    Array,
    Binary,
    Call,
    Literal,
    Node,
    Sign,
    Unary,
    Variable,
)


def text_of(node: Node, *, surveyjs: bool = False) -> str:
    """The expression in text: `parse(text_of(node)) == node`. `surveyjs`: as survey-core's grammar wants it
    (`!` for not, `0 - x` for a negative). ExpressionError where a text holds both kinds of quote."""
    return _text(node, 0, surveyjs)


def _text(node: Node, around: int, surveyjs: bool) -> str:
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Array):
        return "[" + ", ".join(_literal(item) for item in node.items) + "]"
    if isinstance(node, Variable):
        return node.written
    if isinstance(node, Call):
        return f"{node.function}(" + ", ".join(_text(each, 0, surveyjs) for each in node.arguments) + ")"
    if isinstance(node, Unary):
        return _unary(node, around, surveyjs)
    return _binary(node, around, surveyjs)


def _unary(node: Unary, around: int, surveyjs: bool) -> str:
    if node.sign is Sign.NOT:
        inner = _text(node.operand, 0, surveyjs)
        text = f"!({inner})" if surveyjs else f"not ({inner})"
        return f"({text})" if around > BINDING["and"] else text
    if node.sign is Sign.NEGATIVE:
        if surveyjs:
            return f"(0 - {_text(node.operand, BINDING['-'], surveyjs)})"
        # Parenthesized, or `-5` would come back as the number.
        inner = (
            f"({_text(node.operand, 0, surveyjs)})"
            if _negatable(node.operand)
            else _text(node.operand, TIGHTEST, surveyjs)
        )
        return f"(-{inner})" if around > MINUS_BINDING else f"-{inner}"
    binding = BINDING[node.sign]
    text = f"{_text(node.operand, binding - 1, surveyjs)} {node.sign}"
    return f"({text})" if around >= binding else text


def _negatable(node: Node) -> bool:
    return isinstance(node, Literal) or (isinstance(node, Unary) and node.sign is Sign.NEGATIVE)


def _binary(node: Binary, around: int, surveyjs: bool) -> str:
    binding = BINDING[node.operator]
    compares = node.operator in EQUALITY | ORDER
    left = _text(node.left, binding if compares else binding - 1, surveyjs)
    right = _text(node.right, 0 if node.operator in MEMBERSHIP else binding, surveyjs)
    text = f"{left} {node.operator} {right}"
    return f"({text})" if around >= binding else text


def _literal(node: Literal) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node.value, float):
        return number_text(node.value)
    if "'" not in node.value:
        return f"'{node.value}'"
    if '"' not in node.value:
        return f'"{node.value}"'
    raise ExpressionError(node.column, "a text holds both kinds of quote", "Use one kind of quote inside it.")


def number_text(value: float) -> str:
    """12 or 12.5: the shortest that reads back as the same number, never with an exponent."""
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    return text if "e" not in text else format(value, ".20f").rstrip("0")
