"""Conditions of SurveyJS: the same language as ours, as far as ours goes; names and choices as they are called here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from services.surveys.exchange.place import Place, Remark
from services.surveys.exchange.surveyjs_kinds import Element
from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.printing import text_of
from services.surveys.expressions.tree import Array, Binary, Call, Literal, Node, Unary, Variable

_NAME = re.compile(r"\{([^{}]*)\}")
_PANEL = "panel."
LONGEST = 2_000


class Expressions:
    """`known`: names to question ids; `values`: by question, choices to what they are called here."""

    def __init__(
        self, known: Mapping[str, str], values: Mapping[str, Mapping[str, str]], remarks: list[Remark]
    ) -> None:
        self.known, self._values, self._remarks = known, values, remarks

    def read(self, element: Element, key: str) -> str | None:
        written = element.take(key)
        return self.text(written, element.place(key)) if written not in (None, "") else None

    def text(self, written: object, place: Place) -> str | None:
        """Ours for `written`; None, and a remark, where there is none."""
        if not isinstance(written, str) or len(written) > LONGEST:
            self._refuse(place, f"an expression is a text of at most {LONGEST} characters", "Correct it.")
            return None
        unknown = [name for name in _NAME.findall(written) if self._named(name) is None]
        if unknown:
            self._refuse(place, f"there is no question named {unknown[0].strip()[:40]}", "Correct the name.")
            return None
        try:
            tree = parse(_NAME.sub(lambda match: f"{{{self._named(match[1])}}}", written))
            return text_of(self._called(tree))
        except ExpressionError as error:
            self._refuse(place, f"{error.message} (character {error.column})", error.remedy)
        except RecursionError:
            self._refuse(place, "the condition is nested too deeply", "Split it.")
        return None

    def _named(self, written: str) -> str | None:
        name = written.strip()
        if name in self.known:
            return self.known[name]
        if name.startswith(_PANEL) and name.removeprefix(_PANEL) in self.known:
            return _PANEL + self.known[name.removeprefix(_PANEL)]
        question, dot, row = name.rpartition(".")
        return f"{self.known[question]}.{row}" if dot and question in self.known else None

    def _called(self, node: Node) -> Node:
        """The tree with every choice by its name here."""
        if isinstance(node, Binary):
            left, right = self._called(node.left), self._called(node.right)
            for one, other in ((left, right), (right, left)):
                if isinstance(one, Variable) and (values := self._values.get(one.path[-1])):
                    changed = _renamed(other, values)
                    left, right = (one, changed) if one is left else (changed, one)
            return replace(node, left=left, right=right)
        if isinstance(node, Unary):
            return replace(node, operand=self._called(node.operand))
        if isinstance(node, Call):
            return replace(node, arguments=tuple(self._called(each) for each in node.arguments))
        return node

    def _refuse(self, place: Place, message: str, remedy: str) -> None:
        self._remarks.append(Remark("surveyjs.expression", place, f"{message[0].upper()}{message[1:]}.", remedy))


def _renamed(node: Node, values: Mapping[str, str]) -> Node:
    if isinstance(node, Array):
        return replace(node, items=tuple(_literal(item, values) for item in node.items))
    return _literal(node, values) if isinstance(node, Literal) else node


def _literal(node: Literal, values: Mapping[str, str]) -> Literal:
    """A choice; a number beside a scale stays the number."""
    whole = isinstance(node.value, float) and node.value.is_integer()
    written = str(int(node.value)) if whole else str(node.value)
    found = values.get(written)
    return node if found is None or isinstance(node.value, bool) else replace(node, value=found)
