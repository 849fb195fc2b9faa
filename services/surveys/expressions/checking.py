"""Types of an expression, before it is published: what Python and JavaScript would treat differently never gets there.

Each rule has a place, a sentence and a remedy; `docs/surveys-expressions.md` lists them with their reasons.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from services.surveys.expressions.calls import call_type
from services.surveys.expressions.errors import Fault
from services.surveys.expressions.kinds import BOOL, NUMBER, Shape, Type
from services.surveys.expressions.literals import DATED, fits, literal_type
from services.surveys.expressions.tree import (
    ARITHMETIC,
    EQUALITY,
    LOGICAL,
    ORDER,
    PANEL,
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
    walk,
)

CODE = "survey.expression"
_ORDERED = frozenset({Shape.NUMBER, *DATED})
_SEVERAL = frozenset({Shape.CHOICES, Shape.RANKING, Shape.LIST})
_WORDS = frozenset({Shape.TEXT, Shape.CHOICE})


def types(
    node: Node, types_of_questions: Mapping[str, Type], *, wanted: Shape | None = None, constant: bool = False
) -> tuple[Fault, ...]:
    """Every fault of an expression. `wanted`: what it must give (a condition gives yes or no); `constant`: it may do without
    any question (`true` for what is always required)."""
    return inferred(node, types_of_questions, wanted=wanted, constant=constant)[1]


def inferred(
    node: Node, types_of_questions: Mapping[str, Type], *, wanted: Shape | None = None, constant: bool = False
) -> tuple[Type | None, tuple[Fault, ...]]:
    """What the expression gives (None where that is not clear), and its faults."""
    check = Check(types_of_questions)
    found = check.type(node)
    if wanted is not None and found is not None and found.shape is not wanted:
        check.fault(node, f"this gives {found.shape}, and {wanted} is needed", "Compare it with something.")
    reads = any(isinstance(each, Variable) or _of_the_day(each) for each in walk(node))
    if not check.faults and not reads and not (constant and node == Literal(True)):
        check.fault(node, "this is always the same, whatever is answered", "Name a {question} in it, or remove it.")
    return found, tuple(check.faults)


def _of_the_day(node: Node) -> bool:
    return isinstance(node, Call) and node.function is Function.TODAY


class Check:
    """Goes over one tree and gathers what is wrong with it."""

    def __init__(self, known: Mapping[str, Type]) -> None:
        self.known = known
        self.faults: list[Fault] = []

    def fault(self, node: Node, message: str, remedy: str) -> None:
        self.faults.append(Fault(CODE, node.column, message, remedy))

    def type(self, node: Node) -> Type | None:
        """None where a fault was found, so that no other follows from it."""
        if isinstance(node, Literal):
            return literal_type(node.value)
        if isinstance(node, Array):
            self.fault(node, "a list cannot stand here", "Use it behind anyof, allof, noneof, contains or =.")
            return None
        if isinstance(node, Variable):
            return self._variable(node)
        if isinstance(node, Unary):
            return self._unary(node)
        if isinstance(node, Binary):
            return self._binary(node)
        return call_type(self, node)

    def need(self, node: Node, shape: Shape, why: str) -> bool:
        """Whether `node` gives `shape`; the fault is noted where it does not."""
        found = self.type(node)
        if found is None or found.shape is shape:
            return found is not None
        self.fault(node, f"this is {found.shape}, and {why} needs {shape}", _remedy(found, shape))
        return False

    def _variable(self, node: Variable) -> Type | None:
        first, *rest = node.path
        if first == PANEL:
            return self._panel(node, rest)
        found = self.known.get(first)
        if found is None:
            near = difflib.get_close_matches(first, list(self.known), n=1)
            remedy = f"Do you mean {{{near[0]}}}?" if near else "Name a question or a calculation of this survey."
            self.fault(node, f"there is no question {first}", remedy)
            return None
        return self._row(node, found, rest)

    def _panel(self, node: Variable, rest: Sequence[str]) -> Type | None:
        found = self.known.get(f"{PANEL}.{rest[0]}") if rest else None
        if found is None:
            remedy = "Only a question that is asked per child has a panel, and only such questions are in it."
            self.fault(node, f"there is no {node.written} here", remedy)
            return None
        return self._row(node, found, rest[1:])

    def _row(self, node: Variable, found: Type, rest: Sequence[str]) -> Type | None:
        if found.shape is Shape.NOTHING:
            self.fault(node, f"{node.written} is only shown: it has no answer", "Name a question that is answered.")
            return None
        if not rest:
            return found
        if found.shape is not Shape.GRID:
            self.fault(
                node, f"{node.written} names a row, and the question has none", "Write only the question's name."
            )
            return None
        if len(rest) > 1 or rest[0] not in found.rows:
            near = difflib.get_close_matches(rest[0], found.rows, n=1)
            self.fault(
                node,
                f"there is no row {'.'.join(rest)}",
                f"Do you mean {near[0]}?" if near else f"Its rows are {', '.join(found.rows)}.",
            )
            return None
        return found.inner

    def _unary(self, node: Unary) -> Type | None:
        if node.sign is Sign.NOT:
            return BOOL if self.need(node.operand, Shape.BOOL, "not") else None
        if node.sign is Sign.NEGATIVE:
            return NUMBER if self.need(node.operand, Shape.NUMBER, "a minus") else None
        found = self.type(node.operand)
        if found is None:
            return None
        if isinstance(node.operand, Literal | Unary) or (
            found.shape is Shape.BOOL and isinstance(node.operand, Binary)
        ):
            self.fault(node, "this is never empty", f"Write {{question}} {node.sign}.")
            return None
        return BOOL

    def _binary(self, node: Binary) -> Type | None:
        if node.operator in LOGICAL:
            sides = [self.need(side, Shape.BOOL, node.operator) for side in (node.left, node.right)]
            return BOOL if all(sides) else None
        if node.operator in ARITHMETIC:
            return self._arithmetic(node)
        if node.operator in EQUALITY:
            return self._equality(node)
        if node.operator in ORDER:
            return self._order(node)
        return self._membership(node)

    def _arithmetic(self, node: Binary) -> Type | None:
        sides = [self.need(side, Shape.NUMBER, node.operator) for side in (node.left, node.right)]
        if node.operator in (Operator.OVER, Operator.MODULO) and node.right == Literal(0.0):
            self.fault(node, "a division by zero is always empty", "Divide by something else.")
            return None
        return NUMBER if all(sides) else None

    def _equality(self, node: Binary) -> Type | None:
        if isinstance(node.right, Array):
            return self._equal_lists(node, node.right)
        left, right = self.type(node.left), self.type(node.right)
        if left is None or right is None:
            return None
        for side, found in ((node.left, left), (node.right, right)):
            if found.shape in (_SEVERAL | {Shape.GRID, Shape.MEDIA}):
                self.fault(side, f"this is {found.shape}, which equals no single value", "Use contains or anyof.")
                return None
        return BOOL if self._comparable(node, left, right) else None

    def _equal_lists(self, node: Binary, items: Array) -> Type | None:
        left = self.type(node.left)
        if left is None:
            return None
        if left.shape is not Shape.CHOICES:
            self.fault(node, f"{left.shape} is compared with a list", "Use anyof.")
            return None
        return BOOL if self._options(items.items, left) else None

    def _order(self, node: Binary) -> Type | None:
        left, right = self.type(node.left), self.type(node.right)
        if left is None or right is None:
            return None
        for side, found in ((node.left, left), (node.right, right)):
            if found.shape is Shape.LIST:
                self.fault(side, f"this is {found.shape}, not one", "Use sum, count, min, max or avg of it.")
                return None
        shapes = {found.shape for found in (left, right) if found.shape is not Shape.TEXT}
        if not shapes or not shapes <= _ORDERED:
            remedy = "Compare numbers, dates or times; texts only with = and <>."
            self.fault(node, "which text comes first is different in every language", remedy)
            return None
        return BOOL if self._comparable(node, left, right) else None

    def _comparable(self, node: Binary, left: Type, right: Type) -> bool:
        fixed_left, fixed_right = isinstance(node.left, Literal), isinstance(node.right, Literal)
        if fixed_left and fixed_right:
            self.fault(node, "two fixed values are compared", "Name a {question} on one side.")
            return False
        if isinstance(node.right, Literal):
            return fits(self, node.right, left, "compared with")
        if isinstance(node.left, Literal):
            return fits(self, node.left, right, "compared with")
        if left.shape is right.shape or {left.shape, right.shape} <= _WORDS:
            return True
        self.fault(node, f"{left.shape} is compared with {right.shape}", "Compare what is of one kind.")
        return False

    def _membership(self, node: Binary) -> Type | None:
        left = self.type(node.left)
        if left is None:
            return None
        items = node.right.items if isinstance(node.right, Array) else (node.right,)
        fixed = [item for item in items if isinstance(item, Literal)]
        contains = node.operator in (Operator.CONTAINS, Operator.NOT_CONTAINS)
        if contains and left.shape is Shape.TEXT and not isinstance(node.right, Array):
            return BOOL if fits(self, fixed[0], left, "looked for in") else None
        one = {Shape.CHOICE, Shape.NUMBER} | ({Shape.TEXT} if not contains else set())
        whole = node.operator is Operator.ALL_OF or contains
        if left.shape not in _SEVERAL and (whole or left.shape not in one):
            remedy = "Use = for one value, anyof for one of several." if left.shape in one | {Shape.TEXT} else "Use =."
            self.fault(node, f"{node.operator} is asked of {left.shape}", remedy)
            return None
        return BOOL if self._options(fixed, left) else None

    def _options(self, items: Sequence[Literal], left: Type) -> bool:
        inner = left.inner if left.shape is Shape.LIST and left.inner is not None else left
        return not [item for item in items if not fits(self, item, inner, "looked for in")]


def _remedy(found: Type, shape: Shape) -> str:
    if shape is Shape.NUMBER and found.shape in (Shape.TEXT, Shape.CHOICE):
        return "Make it a number question, or write the number without quotes: texts are never added or compared as numbers."
    if shape is Shape.NUMBER and found.shape is Shape.LIST:
        return "Use sum, count, min, max or avg of it."
    return (
        "Compare it: {question} = 'value', {question} > 1 or {question} notempty."
        if shape is Shape.BOOL
        else "Use another question."
    )
