"""Our expressions as the XPath of XForms; what XPath cannot say is said to be so, never written half."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.surveys.domain.kinds import QuestionType
from services.surveys.expressions.parsing import parse
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

_TRUE_OR_FALSE = frozenset({QuestionType.YES_NO, QuestionType.CONSENT})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WORDS = {
    Operator.OR: "or",
    Operator.AND: "and",
    Operator.EQUAL: "=",
    Operator.UNEQUAL: "!=",
    Operator.LESS: "<",
    Operator.AT_MOST: "<=",
    Operator.MORE: ">",
    Operator.AT_LEAST: ">=",
    Operator.PLUS: "+",
    Operator.MINUS: "-",
    Operator.TIMES: "*",
    Operator.OVER: "div",
    Operator.MODULO: "mod",
}
_BINDS = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
_ATOM = 9


class Unsayable(Exception):
    """XPath has no words for it; the message names what."""


@dataclass(frozen=True, slots=True)
class Said:
    """`types` by question; `names`: how a reference (`q`, `q.row`) is called in the form; `agreed`: what a ticked box holds."""

    types: Mapping[str, QuestionType]
    names: Mapping[str, str]
    agreed: Mapping[str, str]


def xpath_of(text: str, said: Said, *, own: str | None = None) -> str:
    """The XPath for our expression `text` (Unsayable); `own` is written as a dot."""
    return _Writer(said, own).write(parse(text), 0)


class _Writer:
    def __init__(self, said: Said, own: str | None) -> None:
        self._said, self._own = said, own

    def write(self, node: Node, around: int) -> str:
        """`around` is how tightly the operator outside binds."""
        text, binds = self._text(node)
        return f"({text})" if binds < around else text

    def _text(self, node: Node) -> tuple[str, int]:
        if isinstance(node, Literal):
            return self._literal(node.value), _ATOM
        if isinstance(node, Variable):
            return self._variable(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Call):
            return self._call(node), _ATOM
        raise Unsayable("a list by itself")

    def _literal(self, value: bool | float | str) -> str:
        if isinstance(value, bool):
            return f"{str(value).lower()}()"
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else repr(value)
        if "'" in value and '"' in value:
            raise Unsayable("a text with both kinds of quotes")
        return f'"{value}"' if "'" in value else f"'{value}'"

    def _variable(self, node: Variable) -> tuple[str, int]:
        if self._truth(node):
            return f"{self._reference(node)} = '{self._agreed(node)}'", _BINDS["="]
        return self._reference(node), _ATOM

    def _reference(self, node: Node) -> str:
        if not isinstance(node, Variable):
            raise Unsayable("choices of something reckoned")
        path = ".".join(node.path)
        if path == self._own:
            return "."
        name = self._said.names.get(path)
        if name is None:
            raise Unsayable(node.written)
        return f"${{{name}}}"

    def _truth(self, node: Node) -> bool:
        return isinstance(node, Variable) and self._type(node) in _TRUE_OR_FALSE

    def _type(self, node: Variable) -> QuestionType | None:
        return self._said.types.get(node.path[0])

    def _agreed(self, node: Variable) -> str:
        return self._said.agreed.get(node.path[0], "yes")

    def _binary(self, node: Binary) -> tuple[str, int]:
        if node.operator in _MEMBERSHIP:
            return _MEMBERSHIP[node.operator](self, node)
        if self._truth(node.left) and isinstance(node.right, Literal) and isinstance(node.right.value, bool):
            return self._answered(node)
        word = _WORDS[node.operator]
        left, right = self._dated(node.left, node.right), self._dated(node.right, node.left)
        binds = _BINDS[word]
        before = left or self.write(node.left, binds)
        return f"{before} {word} {right or self.write(node.right, binds + 1)}", binds

    def _answered(self, node: Binary) -> tuple[str, int]:
        """`{may_call} = true` asks for the box that says yes."""
        assert isinstance(node.left, Variable)
        assert isinstance(node.right, Literal)
        if node.operator not in (Operator.EQUAL, Operator.UNEQUAL):
            raise Unsayable("yes and no compared by size")
        value = self._agreed(node.left) if node.right.value else "no"
        return f"{self._reference(node.left)} {_WORDS[node.operator]} '{value}'", _BINDS["="]

    def _dated(self, node: Node, other: Node) -> str | None:
        """A day is one only beside a date."""
        beside = isinstance(other, Call) and other.function is Function.TODAY
        beside = beside or (isinstance(other, Variable) and self._type(other) is QuestionType.DATE)
        if beside and isinstance(node, Literal) and isinstance(node.value, str) and _DAY.fullmatch(node.value):
            return f"date('{node.value}')"
        return None

    def _chosen(self, node: Binary) -> list[str]:
        items = node.right.items if isinstance(node.right, Array) else (node.right,)
        fixed = [item for item in items if isinstance(item, Literal)]
        if isinstance(node.left, Variable) and self._type(node.left) is QuestionType.RANKING:
            raise Unsayable("whether a ranking contains something")
        return [f"selected({self._reference(node.left)}, {self._literal(item.value)})" for item in fixed]

    def _any(self, node: Binary) -> tuple[str, int]:
        chosen = self._chosen(node)
        return " or ".join(chosen), _ATOM if len(chosen) == 1 else _BINDS["or"]

    def _all(self, node: Binary) -> tuple[str, int]:
        chosen = self._chosen(node)
        return " and ".join(chosen), _ATOM if len(chosen) == 1 else _BINDS["and"]

    def _none(self, node: Binary) -> tuple[str, int]:
        return f"not({' or '.join(self._chosen(node))})", _ATOM

    def _unary(self, node: Unary) -> tuple[str, int]:
        if node.sign is Sign.NOT:
            return f"not({self.write(node.operand, 0)})", _ATOM
        if node.sign is Sign.NEGATIVE:
            return f"-{self.write(node.operand, _ATOM)}", _BINDS["*"]
        return f"{self._reference(node.operand)} {'=' if node.sign is Sign.EMPTY else '!='} ''", _BINDS["="]

    def _call(self, node: Call) -> str:
        arguments = [self.write(each, 0) for each in node.arguments if node.function is not Function.COUNT]
        if node.function is Function.IIF:
            return f"if({', '.join(arguments)})"
        if node.function is Function.TODAY:
            return "today()"
        if node.function is Function.ROUND and len(arguments) == 1:
            return f"round({arguments[0]})"
        if node.function is Function.COUNT and len(node.arguments) == 1:
            return f"count-selected({self._reference(node.arguments[0])})"
        raise Unsayable(f"{node.function}()")


_MEMBERSHIP: dict[Operator, Callable[[_Writer, Binary], tuple[str, int]]] = {
    Operator.CONTAINS: _Writer._all,
    Operator.ALL_OF: _Writer._all,
    Operator.ANY_OF: _Writer._any,
    Operator.NOT_CONTAINS: _Writer._none,
    Operator.NONE_OF: _Writer._none,
}
