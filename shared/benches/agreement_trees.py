"""Random expressions that may be published, of every kind the language has, from a seed.

`shared`: only what SurveyJS's expressions mean too. What is left out, and why, stands in `docs/surveys-expressions.md`; it is
left out by how an expression is built, never by what it gave.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any

tree = import_module("services.surveys.expressions.tree")  # the benches measure services without depending on them
Op, Sign, Fn = tree.Operator, tree.Sign, tree.Function

WORDS = ("maple", "Elm street", "x", "bus stop", "q-17", "نعم", "ab")
PARTS = ("a", "el", "stop", "نع", "q-", "STR")
DAYS = ("2024-02-29", "2026-03-08", "2026-11-01", "2026-11-22", "2012-12-31", "2027-01-01")
TIMES = ("07:30", "12:00", "17:45")
MOMENTS = ("2026-03-08T02:30", "2026-11-01T01:30", "2026-11-22T09:00")


@dataclass(frozen=True)
class Known:
    """A question as a condition may read it. `shape`: number, text, choice, choices, bool, date, time, moment, grid, list."""

    path: tuple[str, ...]
    shape: str
    options: tuple[str, ...] = ()
    inner: str = ""


class Trees:
    """Draws trees over the questions that are known."""

    def __init__(self, draw: Random, known: Sequence[Known], *, shared: bool) -> None:
        self.draw = draw
        self.known = [one for one in known if not (shared and (one.shape == "moment" or one.path[0] == "panel"))]
        self.shared = shared

    def boolean(self, depth: int) -> Any:
        """A condition."""
        if depth <= 0:
            return self._comparison(0)
        kind = self.draw.random()
        if kind < 0.22:
            return tree.Binary(self.draw.choice((Op.AND, Op.OR)), self.boolean(depth - 1), self.boolean(depth - 1))
        if kind < 0.30:
            return tree.Unary(Sign.NOT, self.boolean(depth - 1))
        if kind < 0.34:
            return tree.Call(Fn.IIF, (self.boolean(depth - 1), self.boolean(depth - 1), self.boolean(depth - 1)))
        if kind < 0.38:
            same = self.draw.choice((Op.EQUAL, Op.UNEQUAL))
            return tree.Binary(
                same, self.boolean(depth - 1), self.draw.choice((tree.Literal(True), tree.Literal(False)))
            )
        return self._comparison(depth)

    def number(self, depth: int, *, divided: bool = True, empty: bool = True) -> Any:
        """`divided`: a division, a remainder or a mean may be in it; `empty`: it may come out empty."""
        if self.shared:
            ways: list[Callable[[], Any]] = [self._fixed]
        else:
            ways = [self._fixed, lambda: tree.Unary(Sign.NEGATIVE, self._negated(depth))]
        variables = self._named("number")
        if variables and empty:
            ways += [lambda: self.draw.choice(variables)] * 3
        if depth > 0:
            ways += [lambda: self._sum(depth, divided), lambda: self._counted(depth)] * 2
            ways += [lambda: self._rounded(depth)]
            if empty:
                ways += [lambda: self._aged(depth), lambda: self._least(depth), lambda: self._either(depth, divided)]
            if divided and empty:
                ways += [lambda: self._quotient(depth)]
        return self.draw.choice(ways)()

    def text(self, depth: int) -> Any:
        variables = self._named("text", "choice")
        if not variables:
            return tree.Literal(self.draw.choice(WORDS))
        kind = self.draw.random()
        if depth > 0 and kind < 0.3:
            start = self.draw.randrange(4)
            rest = (tree.Literal(float(start + 1 + self.draw.randrange(4))),) if self.draw.random() < 0.7 else ()
            return tree.Call(Fn.SUBSTRING, (self.draw.choice(variables), tree.Literal(float(start)), *rest))
        if depth > 0 and kind < 0.45:
            word = tree.Literal(self.draw.choice(WORDS))
            return tree.Call(Fn.IIF, (self.boolean(depth - 1), self.draw.choice(variables), word))
        return self.draw.choice(variables)

    def _comparison(self, depth: int) -> Any:
        ways = [self._numeric, self._textual, self._dated, self._timed, self._chosen, self._membered, self._emptied]
        while True:
            found = self.draw.choice(ways)(depth)
            if found is not None:
                return found

    def _numeric(self, depth: int) -> Any:
        order = self.draw.choice((Op.EQUAL, Op.UNEQUAL, Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST))
        left = self.number(depth)
        while isinstance(left, tree.Literal):
            left = self.number(max(depth, 1))
        return tree.Binary(order, left, self.number(depth - 1))

    def _textual(self, depth: int) -> Any:
        left = self.text(depth)
        if isinstance(left, tree.Literal):
            return None
        if self.draw.random() < 0.3 and not self._is_choice(left):
            part = tree.Literal(self.draw.choice(PARTS))
            return tree.Binary(self.draw.choice((Op.CONTAINS, Op.NOT_CONTAINS)), left, part)
        same = self.draw.choice((Op.EQUAL, Op.UNEQUAL))
        return tree.Binary(same, left, tree.Literal(self._word_for(left)))

    def _word_for(self, node: Any) -> str:
        for one in self.known:
            if one.options and isinstance(node, tree.Variable) and one.path == node.path:
                return self.draw.choice(one.options)
        return self.draw.choice(WORDS)

    def _is_choice(self, node: Any) -> bool:
        return isinstance(node, tree.Variable) and node in self._named("choice")

    def _dated(self, depth: int) -> Any:
        dates = self._named("date")
        order = self.draw.choice((Op.EQUAL, Op.UNEQUAL, Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST))
        moments = self._named("moment")
        if moments and self.draw.random() < 0.3:
            return tree.Binary(order, self.draw.choice(moments), tree.Literal(self.draw.choice(MOMENTS)))
        if not dates:
            return None
        right = self.draw.choice((tree.Literal(self.draw.choice(DAYS)), self._today(), self.draw.choice(dates)))
        return tree.Binary(order, self.draw.choice(dates), right)

    def _timed(self, depth: int) -> Any:
        times = self._named("time")
        order = self.draw.choice((Op.EQUAL, Op.UNEQUAL, Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST))
        right = tree.Literal(self.draw.choice(TIMES))
        return tree.Binary(order, self.draw.choice(times), right) if times else None

    def _chosen(self, depth: int) -> Any:
        """Yes or no."""
        answers = self._named("bool")
        if not answers:
            return None
        if self.draw.random() < 0.5:
            return self.draw.choice(answers)
        same = self.draw.choice((Op.EQUAL, Op.UNEQUAL))
        return tree.Binary(same, self.draw.choice(answers), tree.Literal(self.draw.random() < 0.5))

    def _membered(self, depth: int) -> Any:
        found = [one for one in self.known if one.shape in ("choice", "choices") or one.inner == "choice"]
        if not found:
            return None
        one = self.draw.choice(found)
        picked = self.draw.sample(one.options, self.draw.randint(1, len(one.options)))
        items = tree.Array(tuple(tree.Literal(each) for each in picked))
        several = (Op.CONTAINS, Op.NOT_CONTAINS, Op.ANY_OF, Op.ALL_OF, Op.NONE_OF)
        operator = self.draw.choice((Op.ANY_OF, Op.NONE_OF) if one.shape == "choice" else several)
        if one.shape == "choices" and self.draw.random() < 0.2:
            operator = self.draw.choice((Op.EQUAL, Op.UNEQUAL))
        elif operator in (Op.CONTAINS, Op.NOT_CONTAINS) and self.draw.random() < 0.5:
            items = items.items[0]
        return tree.Binary(operator, tree.Variable(one.path), items)

    def _emptied(self, depth: int) -> Any:
        one = self.draw.choice(self.known)
        return tree.Unary(self.draw.choice((Sign.EMPTY, Sign.NOT_EMPTY)), tree.Variable(one.path))

    def _named(self, *shapes: str) -> list[Any]:
        return [tree.Variable(one.path) for one in self.known if one.shape in shapes]

    def _fixed(self) -> Any:
        value = float(self.draw.randint(-20, 40))
        if self.draw.random() < 0.4:
            value += self.draw.choice((0.1, 0.5, 0.9)) if self.shared else self.draw.choice((0.1, 0.25, 0.005, 0.123))
        if not self.shared and self.draw.random() < 0.05:
            value = 99_999_999_999_999.0
        return tree.Literal(round(value, 3))

    def _negated(self, depth: int) -> Any:
        return self.draw.choice(self._named("number") or [tree.Call(Fn.COUNT, (tree.Literal(1.0),))])

    def _sum(self, depth: int, divided: bool) -> Any:
        operator = self.draw.choice((Op.PLUS, Op.MINUS, Op.TIMES))
        inside = divided and not self.shared
        sides = [self.number(depth - 1, divided=inside) for _ in range(2)]
        return tree.Binary(operator, *sides)

    def _quotient(self, depth: int) -> Any:
        operator = self.draw.choice((Op.OVER, Op.MODULO))
        right = self.number(depth - 1, divided=not self.shared)
        while right == tree.Literal(0.0):
            right = self._fixed()
        return tree.Binary(operator, self.number(depth - 1, divided=not self.shared), right)

    def _counted(self, depth: int) -> Any:
        """Never empty."""
        lists = [tree.Variable(one.path) for one in self.known if one.inner == "number"]
        if self.draw.random() < 0.4:
            any_of = self._named("choice", "choices", "text", "list") + ([] if self.shared else self._named("grid"))
            return tree.Call(Fn.COUNT, tuple(self.draw.choices(any_of, k=2))) if any_of else self._fixed()
        numbers = [self.number(depth - 1, divided=not self.shared) for _ in range(2)]
        return tree.Call(Fn.SUM, (*numbers, *(self.draw.sample(lists, 1) if lists else [])))

    def _least(self, depth: int) -> Any:
        function = self.draw.choice((Fn.MIN, Fn.MAX) if self.shared else (Fn.MIN, Fn.MAX, Fn.AVG))
        return tree.Call(function, tuple(self.number(depth - 1, divided=not self.shared) for _ in range(2)))

    def _rounded(self, depth: int) -> Any:
        number = self.number(depth - 1, divided=not self.shared, empty=not self.shared)
        places = (tree.Literal(float(self.draw.randrange(3))),) if self.draw.random() < 0.7 else ()
        return tree.Call(Fn.ROUND, (number, *places))

    def _aged(self, depth: int) -> Any:
        dates = self._named("date")
        if not dates:
            return self._fixed()
        if self.draw.random() < 0.4:
            return tree.Call(Fn.AGE, (self.draw.choice(dates),))
        unit = tree.Literal(self.draw.choice(("days", "months", "years")))
        pair = [self.draw.choice(dates), self.draw.choice([*dates, self._today()])]
        self.draw.shuffle(pair)
        return tree.Call(Fn.DATE_DIFF, (*pair, unit))

    def _either(self, depth: int, divided: bool) -> Any:
        ends = (self.number(depth - 1, divided=divided), self.number(depth - 1, divided=divided))
        return tree.Call(Fn.IIF, (self.boolean(depth - 1), *ends))

    def _today(self) -> Any:
        days = (tree.Literal(float(self.draw.randint(-400, 400))),) if self.draw.random() < 0.5 else ()
        return tree.Call(Fn.TODAY, days)
