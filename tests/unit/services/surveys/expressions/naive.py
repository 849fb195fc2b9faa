"""What a tree means, written a second time and as plainly as can be: decimals instead of doubles, no closures, no JavaScript in mind."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from services.surveys.expressions.tree import Array, Binary, Call, Literal, Node, Unary, Variable

LARGEST = Decimal(2**53 - 1)


def meaning(node: Node, answers: dict[str, Any], today: date) -> Any:
    """None, bool, Decimal, str, or a list."""
    with localcontext() as context:
        context.prec = 60
        return _clean(_of(node, answers, today))


def _clean(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value] or None
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return value if value != "" else None


def _empty(value: Any) -> bool:
    return (
        value is None or value in ("", []) or (isinstance(value, dict) and all(_empty(each) for each in value.values()))
    )


def _word(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text.strip(" \u3000"))


def _same(left: Any, right: Any) -> bool:
    if _empty(left) or _empty(right):
        return _empty(left) and _empty(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return _word(left) == _word(right)
    if isinstance(left, list) and isinstance(right, list):
        return sorted(map(str, map(_key, left))) == sorted(map(str, map(_key, right)))
    return bool(left == right)


def _key(value: Any) -> Any:
    return _word(value) if isinstance(value, str) else value


def _before(left: Any, right: Any) -> bool:
    return left is not None and right is not None and left < right


def _of(node: Node, answers: dict[str, Any], today: date) -> Any:
    def of(other: Node) -> Any:
        return _clean(_of(other, answers, today))

    if isinstance(node, Literal):
        return _clean(node.value)
    if isinstance(node, Array):
        return [of(item) for item in node.items]
    if isinstance(node, Variable):
        value: Any = answers
        for part in node.path:
            value = value.get(part) if isinstance(value, dict) else None
        return _clean(value)
    if isinstance(node, Unary):
        return _unary(node.sign.value, of(node.operand))
    if isinstance(node, Binary):
        return _binary(node.operator.value, of(node.left), of(node.right))
    return _call(node, of, today)


def _unary(sign: str, value: Any) -> Any:
    match sign:
        case "not":
            return not value
        case "empty":
            return _empty(value)
        case "notempty":
            return not _empty(value)
    return -(value or Decimal(0))


def _binary(sign: str, left: Any, right: Any) -> Any:
    match sign:
        case "and":
            return bool(left) and bool(right)
        case "or":
            return bool(left) or bool(right)
        case "=":
            return _same(left, right)
        case "<>":
            return not _same(left, right)
        case "<":
            return _before(left, right)
        case ">":
            return _before(right, left)
        case "<=":
            return _same(left, right) or _before(left, right)
        case ">=":
            return _same(left, right) or _before(right, left)
        case "+" | "-" | "*" | "/" | "%":
            return _arithmetic(sign, left or Decimal(0), right or Decimal(0))
    return _member(sign, left, right if isinstance(right, list) else [right])


def _arithmetic(sign: str, left: Decimal, right: Decimal) -> Decimal | None:
    if sign in "/%" and not right:
        return None
    found = {"+": left + right, "-": left - right, "*": left * right}.get(sign)
    if found is None:
        found = left / right if sign == "/" else left - right * (left / right).to_integral_value(ROUND_DOWN)
    return found if abs(found) <= LARGEST else None


def _member(sign: str, left: Any, wanted: list[Any]) -> bool:
    if isinstance(left, str) and "contains" in sign:
        found = all(_lower(each) in _lower(left) for each in wanted)
    else:
        had = [_key(each) for each in (left if isinstance(left, list) else [] if left is None else [left])]
        some = any if sign in ("anyof", "noneof") else all
        found = some(_key(each) in had for each in wanted)
    return found is not sign.startswith("no")


def _lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _call(node: Call, of: Any, today: date) -> Any:
    name = node.function.value
    if name == "iif":
        condition, then, otherwise = node.arguments
        return of(then) if of(condition) else of(otherwise)
    values = [of(each) for each in node.arguments]
    if name == "today":
        return (today + timedelta(days=int(values[0]) if values else 0)).isoformat()
    if name == "age":
        return _between(values[0], today.isoformat(), "years")
    if name == "dateDiff":
        return _between(values[0], values[1], values[2] if len(values) > 2 else "days")
    if name == "substring":
        end = int(values[2]) if len(values) > 2 else None
        return (values[0] or "")[int(values[1] or 0) : end] or None
    if name == "round":
        places = Decimal(1).scaleb(-int(values[1] or 0)) if len(values) > 1 else Decimal(1)
        return None if values[0] is None else values[0].quantize(places, ROUND_HALF_UP)
    return _aggregate(name, [each for value in values for each in _leaves(value)])


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [] if _empty(value) else [value]


def _aggregate(name: str, found: list[Any]) -> Any:
    if name == "count":
        return Decimal(len(found))
    if name in ("min", "max"):
        return (min if name == "min" else max)(found, default=None)
    total: Decimal | None = Decimal(0)
    for each in found:
        total = _arithmetic("+", total, each) if total is not None else None
    return total if name == "sum" else ((total or Decimal(0)) / len(found) if found else Decimal(0))


def _between(first: str | None, second: str | None, unit: str) -> Decimal | None:
    if first is None or second is None:
        return None
    one, two = date.fromisoformat(first[:10]), date.fromisoformat(second[:10])
    if unit == "days":
        return Decimal(abs((two - one).days))
    months = two.year * 12 + two.month - (one.year * 12 + one.month) - (1 if two.day < one.day else 0)
    return Decimal(months) if unit == "months" else Decimal(abs(months) // 12) * (-1 if months < 0 else 1)
