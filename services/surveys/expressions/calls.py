"""What each function takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.surveys.expressions.kinds import DATE, NUMBER, TEXT, Shape, Type
from services.surveys.expressions.tree import Call, Function, Literal, Node

if TYPE_CHECKING:
    from services.surveys.expressions.checking import Check

_TAKES = {  # at least, at most
    Function.IIF: (3, 3), Function.SUM: (1, 40), Function.COUNT: (1, 40), Function.MIN: (1, 40), Function.MAX: (1, 40),
    Function.AVG: (1, 40), Function.ROUND: (1, 2), Function.AGE: (1, 1), Function.TODAY: (0, 1),
    Function.DATE_DIFF: (2, 3), Function.SUBSTRING: (2, 3),
}  # fmt: skip
UNITS = ("days", "months", "years")
PLACES, FARTHEST, LONGEST = 6, 40_000, 4_000


def call_type(check: Check, node: Call) -> Type | None:
    """What a call gives; None after a fault was noted."""
    least, most = _TAKES[node.function]
    if not least <= len(node.arguments) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        check.fault(node, f"{node.function} takes {count} values", f"It has {len(node.arguments)} here.")
        return None
    if node.function is Function.IIF:
        return _iif(check, node)
    if node.function in (Function.AGE, Function.DATE_DIFF):
        return _dates(check, node)
    if node.function is Function.TODAY:
        return DATE if all(_whole(check, each, -FARTHEST, FARTHEST) for each in node.arguments) else None
    if node.function is Function.ROUND:
        good = check.need(node.arguments[0], Shape.NUMBER, "round")
        return NUMBER if all(_whole(check, each, 0, PLACES) for each in node.arguments[1:]) and good else None
    if node.function is Function.SUBSTRING:
        return _substring(check, node)
    return NUMBER if not [each for each in node.arguments if not _summed(check, node, each)] else None


def _iif(check: Check, node: Call) -> Type | None:
    condition, *branches = node.arguments
    good = check.need(condition, Shape.BOOL, "iif")
    found = [check.type(branch) for branch in branches]
    shapes = {TEXT.shape if each.shape is Shape.CHOICE else each.shape for each in found if each is not None}
    if None in found or not good:
        return None
    if len(shapes) > 1 or not shapes <= {Shape.BOOL, Shape.NUMBER, Shape.TEXT, Shape.DATE, Shape.TIME}:
        check.fault(node, "the two ends of iif are of different kinds", "Give two numbers, two texts or two dates.")
        return None
    return Type(shapes.pop())


def _dates(check: Check, node: Call) -> Type | None:
    good = True
    for each in node.arguments[:2]:
        found = check.type(each)
        if found is None:
            good = False
        elif isinstance(each, Literal) or found.shape not in (Shape.DATE, Shape.DATETIME):
            check.fault(
                each, f"this is {found.shape}, and {node.function} needs a date", "Name a date question or today()."
            )
            good = False
    unit = node.arguments[2] if len(node.arguments) > 2 else Literal("days")
    if not (isinstance(unit, Literal) and unit.value in UNITS):
        check.fault(
            unit,
            "hours and minutes between two days depend on daylight saving",
            "Write one of 'days', 'months', 'years'.",
        )
        good = False
    return NUMBER if good else None


def _substring(check: Check, node: Call) -> Type | None:
    found = check.type(node.arguments[0])
    if found is not None and found.shape not in (Shape.TEXT, Shape.CHOICE):
        check.fault(node, f"substring is asked of {found.shape}", "Name a question that is answered in words.")
        found = None
    ends = [_whole(check, each, 0, LONGEST) for each in node.arguments[1:]]
    if all(ends) and len(node.arguments) > 2:
        start, end = (each.value for each in node.arguments[1:] if isinstance(each, Literal))
        if isinstance(start, float) and isinstance(end, float) and start >= end:
            check.fault(node, "the part ends before it begins", "Count from 0; the end is not part of it.")
            found = None
    return TEXT if found is not None and all(ends) else None


def _whole(check: Check, node: Node, least: int, most: int) -> bool:
    value = node.value if isinstance(node, Literal) else None
    if isinstance(value, float) and value.is_integer() and least <= value <= most:
        return True
    check.fault(node, "a fixed whole number is needed here", f"Write one from {least} to {most}.")
    return False


def _summed(check: Check, node: Call, argument: Node) -> bool:
    found = check.type(argument)
    if found is None:
        return False
    inner = found.inner if found.shape is Shape.LIST and found.inner is not None else found
    if isinstance(argument, Literal) and not isinstance(argument.value, float):
        check.fault(argument, f"{node.function} is asked of a fixed text", "Name questions or numbers.")
        return False
    if node.function is Function.COUNT or inner.shape is Shape.NUMBER:
        return True
    check.fault(argument, f"{node.function} is asked of {found.shape}", "Name number questions; count takes any.")
    return False
