"""The one tree of an expression: Python's closures, the browser and the text-message walk all mean this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# What an expression sees and gives. None is "empty": not answered, declined, hidden, divided by zero.
Value = bool | float | str | tuple["Value", ...] | Mapping[str, "Value"] | None


class Operator(StrEnum):
    """Between two operands; the value is how it is written."""

    OR = "or"
    AND = "and"
    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"
    MODULO = "%"
    CONTAINS = "contains"
    NOT_CONTAINS = "notcontains"
    ANY_OF = "anyof"
    ALL_OF = "allof"
    NONE_OF = "noneof"


class Sign(StrEnum):
    """Of one operand: `not` and `-` stand before it, the others behind."""

    NOT = "not"
    NEGATIVE = "neg"
    EMPTY = "empty"
    NOT_EMPTY = "notempty"


class Function(StrEnum):
    """What may be called."""

    IIF = "iif"
    SUM = "sum"
    COUNT = "count"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    ROUND = "round"
    AGE = "age"
    TODAY = "today"
    DATE_DIFF = "dateDiff"
    SUBSTRING = "substring"


LOGICAL = frozenset({Operator.OR, Operator.AND})
EQUALITY = frozenset({Operator.EQUAL, Operator.UNEQUAL})
ORDER = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})
ARITHMETIC = frozenset({Operator.PLUS, Operator.MINUS, Operator.TIMES, Operator.OVER, Operator.MODULO})
MEMBERSHIP = frozenset({Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.ANY_OF, Operator.ALL_OF, Operator.NONE_OF})


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may know beside the answers: the civil day at the school."""

    today: date


@dataclass(frozen=True, slots=True)
class Literal:
    value: bool | float | str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """`['a', 'b']`: fixed texts or numbers."""

    items: tuple[Literal, ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """`{q}`, `{q.row}` of a matrix, `{panel.q}` of the same child."""

    path: tuple[str, ...]
    column: int = field(default=1, compare=False)

    @property
    def written(self) -> str:
        return "{" + ".".join(self.path) + "}"


@dataclass(frozen=True, slots=True)
class Unary:
    sign: Sign
    operand: Node
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    operator: Operator
    left: Node
    right: Node
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Node, ...]
    column: int = field(default=1, compare=False)


Node = Literal | Array | Variable | Unary | Binary | Call


def children(node: Node) -> tuple[Node, ...]:
    """The operands of a node, in the order in which they are written."""
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Array):
        return node.items
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def variables(node: Node) -> Iterator[Variable]:
    return (each for each in walk(node) if isinstance(each, Variable))


PANEL = "panel"


def names(node: Node) -> set[str]:
    """Ids of the questions and calculations that the expression reads: `{q}`, `{q.row}` and `{panel.q}` all read q."""
    return {_name(each.path) for each in variables(node)}


def _name(path: tuple[str, ...]) -> str:
    return path[1] if path[0] == PANEL and len(path) > 1 else path[0]
