"""Tree to Python: closures, bound once per published version and then only called."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from services.surveys.expressions import values
from services.surveys.expressions.tree import (
    Array,
    Binary,
    Call,
    Context,
    Function,
    Literal,
    Node,
    Operator,
    Sign,
    Unary,
    Value,
    Variable,
)

Answers = Mapping[str, Value]
Compiled = Callable[[Answers, Context], Value]

_ARITHMETIC: dict[Operator, Callable[[Value, Value], float | None]] = {
    Operator.PLUS: values.plus,
    Operator.MINUS: values.minus,
    Operator.TIMES: values.times,
    Operator.OVER: values.over,
    Operator.MODULO: values.modulo,
}
_ORDER: dict[Operator, tuple[Callable[[Any, Any], bool], bool]] = {  # and whether equal ones count
    Operator.LESS: (operator.lt, False),
    Operator.AT_MOST: (operator.lt, True),
    Operator.MORE: (operator.gt, False),
    Operator.AT_LEAST: (operator.gt, True),
}


def compile(node: Node) -> Compiled:
    """A function of the answers and the day; the answers hold the value of each question, None or nothing where empty."""
    if isinstance(node, Literal):
        return _constant(node.value)
    if isinstance(node, Array):
        return _constant(tuple(item.value for item in node.items))
    if isinstance(node, Variable):
        return _variable(node.path)
    if isinstance(node, Unary):
        return _unary(node)
    if isinstance(node, Binary):
        return _binary(node)
    return _call(node)


def _constant(value: Value) -> Compiled:
    return lambda answers, context: value


def _variable(path: tuple[str, ...]) -> Compiled:
    first, *rest = path
    if not rest:
        return lambda answers, context: answers.get(first)

    def inner(answers: Answers, context: Context) -> Value:
        value: Value = answers.get(first)
        for name in rest:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    return inner


def _unary(node: Unary) -> Compiled:
    operand = compile(node.operand)
    if node.sign is Sign.NOT:
        return lambda answers, context: not operand(answers, context)
    if node.sign is Sign.NEGATIVE:
        return lambda answers, context: values.minus(0.0, operand(answers, context))
    wanted = node.sign is Sign.EMPTY
    return lambda answers, context: values.empty(operand(answers, context)) is wanted


def _binary(node: Binary) -> Compiled:
    left, right = compile(node.left), compile(node.right)
    if node.operator is Operator.AND:
        return lambda answers, context: bool(left(answers, context) and right(answers, context))
    if node.operator is Operator.OR:
        return lambda answers, context: bool(left(answers, context) or right(answers, context))
    if node.operator in _ARITHMETIC:
        result = _ARITHMETIC[node.operator]
        return lambda answers, context: result(left(answers, context), right(answers, context))
    if node.operator in _ORDER:
        return _ordered(left, right, *_ORDER[node.operator])
    if node.operator in (Operator.EQUAL, Operator.UNEQUAL):
        return _equality(left, node.right, wanted=node.operator is Operator.EQUAL)
    return _membership(left, node)


def _ordered(left: Compiled, right: Compiled, before: Callable[[Any, Any], bool], also_equal: bool) -> Compiled:
    def inner(answers: Answers, context: Context) -> Value:
        a, b = left(answers, context), right(answers, context)
        if also_equal and values.equal(a, b):
            return True
        if a == "" or b == "" or type(a) is not type(b) or a is None:
            return False
        return before(a, b)

    return inner


def _equality(left: Compiled, right_node: Node, *, wanted: bool) -> Compiled:
    if isinstance(right_node, Literal) and isinstance(right_node.value, str):
        # Nearly every condition of a survey is this one: the literal is folded once.
        written, folded = right_node.value, values.word(right_node.value)

        def against_text(answers: Answers, context: Context) -> Value:
            value = left(answers, context)
            same = value == written or (isinstance(value, str) and values.word(value) == folded)
            return same is wanted

        return against_text
    right = compile(right_node)
    return lambda answers, context: values.equal(left(answers, context), right(answers, context)) is wanted


def _membership(left: Compiled, node: Binary) -> Compiled:
    items = node.right.items if isinstance(node.right, Array) else (node.right,)
    given = tuple(item.value for item in items if isinstance(item, Literal))
    wanted = tuple(_key(value) for value in given)
    if node.operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
        expected = node.operator is Operator.CONTAINS
        within = tuple(values.fold(value) if isinstance(value, str) else value for value in given)

        def contains(answers: Answers, context: Context) -> Value:
            value = left(answers, context)
            if isinstance(value, str):
                folded = values.fold(value)
                return all(isinstance(key, str) and key in folded for key in within) is expected
            chosen = _chosen(value)
            return all(key in chosen for key in wanted) is expected

        return contains
    if node.operator is Operator.ALL_OF:

        def all_of(answers: Answers, context: Context) -> Value:
            chosen = _chosen(left(answers, context))
            return all(key in chosen for key in wanted)

        return all_of
    expected = node.operator is Operator.ANY_OF

    def any_of(answers: Answers, context: Context) -> Value:
        chosen = _chosen(left(answers, context))
        return any(key in chosen for key in wanted) is expected

    return any_of


def _key(value: Value) -> Value:
    return values.word(value) if isinstance(value, str) else value


def _chosen(value: Value) -> tuple[Value, ...]:
    if isinstance(value, tuple):
        return tuple(_key(each) for each in value)
    return () if value is None or value == "" else (_key(value),)


def _call(node: Call) -> Compiled:
    arguments = tuple(compile(each) for each in node.arguments)
    if node.function is Function.IIF:
        condition, then, otherwise = arguments
        return lambda answers, context: (then if condition(answers, context) else otherwise)(answers, context)
    if node.function is Function.TODAY:
        days = _literal(node, 0)
        shift = days if isinstance(days, float) else 0.0
        return lambda answers, context: values.later(context.today, shift)
    if node.function is Function.AGE:
        return _age(arguments[0])
    if node.function is Function.DATE_DIFF:
        unit = _literal(node, 2)
        return _date_diff(arguments[0], arguments[1], unit if isinstance(unit, str) else "days")
    if node.function is Function.SUBSTRING:
        start, end = _whole(_literal(node, 1)) or 0, _whole(_literal(node, 2))
        return lambda answers, context: values.part(arguments[0](answers, context), start, end)
    if node.function is Function.ROUND:
        places = _whole(_literal(node, 1)) or 0
        return lambda answers, context: values.rounded(arguments[0](answers, context), places)
    return _aggregate(node.function, arguments)


def _literal(node: Call, position: int) -> Value:
    if position >= len(node.arguments):
        return None
    argument = node.arguments[position]
    return argument.value if isinstance(argument, Literal) else None


def _whole(value: Value) -> int | None:
    return int(value) if isinstance(value, float) else None


def _age(born: Compiled) -> Compiled:
    def inner(answers: Answers, context: Context) -> Value:
        day = values.civil(born(answers, context))
        return None if day is None else values.between(day, context.today, "years")

    return inner


def _date_diff(first: Compiled, second: Compiled, unit: str) -> Compiled:
    def inner(answers: Answers, context: Context) -> Value:
        a, b = values.civil(first(answers, context)), values.civil(second(answers, context))
        return None if a is None or b is None else values.between(a, b, unit)

    return inner


def _numbers(found: tuple[Value, ...]) -> list[float]:
    return [each for each in found if isinstance(each, float)]


_AGGREGATES: dict[Function, Callable[[tuple[Value, ...]], float | None]] = {
    Function.SUM: values.total,
    Function.COUNT: lambda found: float(len(found)),
    Function.MIN: lambda found: min(_numbers(found), default=None),
    Function.MAX: lambda found: max(_numbers(found), default=None),
    Function.AVG: values.average,
}


def _aggregate(function: Function, arguments: tuple[Compiled, ...]) -> Compiled:
    result = _AGGREGATES[function]
    return lambda answers, context: result(tuple(values.leaves(each(answers, context) for each in arguments)))
