"""Whether any answers make a condition true: exhaustively over the few values of each question that its conditions tell apart.

What cannot be told apart in few values (sums, parts of texts, panels) counts as free to be true or false, so the answer
"impossible" is always right and "possible" nearly always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product

from services.surveys.domain.answers import limits_of
from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.kinds import NUMERIC
from services.surveys.expressions.closures import Compiled, compile
from services.surveys.expressions.domains import domain
from services.surveys.expressions.kinds import Shape, Type
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.plan import in_order
from services.surveys.expressions.tree import (
    EQUALITY,
    LOGICAL,
    MEMBERSHIP,
    ORDER,
    PANEL,
    Array,
    Binary,
    Context,
    Literal,
    Node,
    Operator,
    Sign,
    Unary,
    Value,
    Variable,
    names,
)

MOST = 20_000  # combinations looked at; beyond, a condition counts as possible
_ANY_DAY = Context(date(2026, 1, 1))  # nothing that depends on the day is evaluated
_FEW = frozenset(
    {Shape.BOOL, Shape.NUMBER, Shape.CHOICE, Shape.CHOICES, Shape.RANKING, Shape.DATE, Shape.DATETIME, Shape.TIME}
)


def impossible(survey: Survey, goal: Node, known: Mapping[str, Type], *, about: str | None = None) -> bool:
    """No answers make `goal` true, with hidden questions empty; `about`: and that question is shown and answered."""
    reader = _Reader(survey, known)
    wanted = reader.read(goal)
    reader.follow(names(goal) | ({about} if about else set()))
    choices: dict[str, tuple[Value, ...]] = {}
    size = 1
    for name in reader.compared:
        few = reader.values(name)
        size *= len(few) if few is not None else MOST + 1
        if few is None or size > MOST:
            return False
        choices[name] = few
    ordered = [name for name in in_order(reader.needs) if name in reader.conditions]
    rule = compile(wanted)
    held = tuple(choices)
    return not any(
        _holds(rule, reader, ordered, dict(zip(held, values, strict=True)), about)
        for values in product(*choices.values())
    )


def _holds(rule: Compiled, reader: _Reader, ordered: Sequence[str], seen: dict[str, Value], about: str | None) -> bool:
    for name in ordered:
        if not reader.conditions[name](seen, _ANY_DAY):
            if name == about:
                return False
            for own in reader.compared:
                if own.partition(".")[0] == name:
                    seen[own] = None
    if about in seen and seen[about] is None:
        return False
    return bool(rule(seen, _ANY_DAY))


class _Reader:
    """Turns conditions into ones over few values; `compared` gathers the fixed values beside each variable."""

    def __init__(self, survey: Survey, known: Mapping[str, Type]) -> None:
        self.questions = {question.id: question for question in survey.questions}
        self.known = known
        self.compared: dict[str, list[Value]] = {}
        self.conditions: dict[str, Compiled] = {}
        self.needs: dict[str, set[str]] = {}
        self._free: dict[Node, str] = {}

    def follow(self, reached: set[str]) -> None:
        """The conditions of every question that these (and those behind them) depend on."""
        waiting = list(reached)
        while waiting:
            name = waiting.pop()
            question = self.questions.get(name)
            if name in self.needs or question is None or not question.visible_if:
                continue
            node = parse(question.visible_if)
            self.needs[name] = names(node)
            self.conditions[name] = compile(self.read(node))
            waiting.extend(self.needs[name])

    def values(self, name: str) -> tuple[Value, ...] | None:
        """Those that the conditions tell apart, and empty."""
        if name.startswith("?"):
            return (False, True)
        kind = self._type(tuple(name.split(".")))
        question = self.questions.get(name.partition(".")[0])
        limits: tuple[float | None, float | None, float | None] = (None, None, None)
        if question is not None and question.type in NUMERIC:
            limits = _limits(question)
        return domain(kind, self.compared[name], limits) if kind is not None else (None,)

    def read(self, node: Node) -> Node:
        if isinstance(node, Literal):
            return node
        if isinstance(node, Binary) and node.operator in LOGICAL:
            return Binary(node.operator, self.read(node.left), self.read(node.right))
        if isinstance(node, Unary) and node.sign is Sign.NOT:
            return Unary(Sign.NOT, self.read(node.operand))
        if isinstance(node, Variable):
            return self._variable(node, (), node)
        if isinstance(node, Unary) and isinstance(node.operand, Variable) and node.sign in (Sign.EMPTY, Sign.NOT_EMPTY):
            return self._variable(node.operand, (), node)
        if isinstance(node, Binary) and node.operator in EQUALITY | ORDER | MEMBERSHIP:
            sides = (node.left, node.right)
            variable = next((side for side in sides if isinstance(side, Variable)), None)
            other = next((side for side in sides if isinstance(side, Literal | Array)), None)
            if variable is not None and other is not None:
                fixed = tuple(each.value for each in (other.items if isinstance(other, Array) else (other,)))
                return self._variable(variable, fixed, node)
        return self._any(node)

    def _variable(self, variable: Variable, fixed: tuple[Value, ...], whole: Node) -> Node:
        """`whole` with the variable under one flat name, where it has few values; else free."""
        kind = self._type(variable.path)
        words = kind is not None and kind.shape is Shape.TEXT
        parts = isinstance(whole, Binary) and whole.operator in (Operator.CONTAINS, Operator.NOT_CONTAINS)
        few = kind is not None and (kind.shape in _FEW or (words and not parts))
        if not few or not self._answered(variable):
            return self._any(whole)
        name = ".".join(variable.path)
        self.compared.setdefault(name, []).extend(fixed)
        flat = Variable((name,))
        if isinstance(whole, Binary):
            left, right = (flat if side == variable else side for side in (whole.left, whole.right))
            return Binary(whole.operator, left, right)
        return Unary(whole.sign, flat) if isinstance(whole, Unary) else flat

    def _answered(self, variable: Variable) -> bool:
        """Not a calculation, whose values follow from others."""
        return variable.path[0] != PANEL and variable.path[0] in self.questions

    def _type(self, path: tuple[str, ...]) -> Type | None:
        found = self.known.get(path[0])
        return found.inner if found is not None and len(path) > 1 else found

    def _any(self, node: Node) -> Node:
        name = self._free.setdefault(node, f"?{len(self._free)}")
        self.compared.setdefault(name, [])
        return Variable((name,))


def _limits(question: Question) -> tuple[float | None, float | None, float | None]:
    if not question.options:
        return limits_of(question)
    scores = [float(place if each.score is None else each.score) for place, each in enumerate(question.options, 1)]
    return (min(scores), max(scores), None)
