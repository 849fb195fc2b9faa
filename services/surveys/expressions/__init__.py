"""Conditions of a survey: one language, one tree, the same meaning in Python, in the browser and in a text message.

`docs/surveys-expressions.md` describes the language. The rest of the service calls what stands in `__all__`.
"""

from services.surveys.expressions.browser import code, rules
from services.surveys.expressions.checking import types
from services.surveys.expressions.closures import compile
from services.surveys.expressions.errors import ExpressionError, Fault
from services.surveys.expressions.kinds import Shape, Type, type_of, types_of
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.plain import from_json, to_json
from services.surveys.expressions.printing import number_text, text_of
from services.surveys.expressions.publishing import check, unsatisfiable
from services.surveys.expressions.showing import Refused, Situation, faults, holds, kept, shown, situation
from services.surveys.expressions.tree import Context, Node, Value, names

__all__ = [
    "Context",
    "ExpressionError",
    "Fault",
    "Node",
    "Refused",
    "Shape",
    "Situation",
    "Type",
    "Value",
    "check",
    "code",
    "compile",
    "faults",
    "from_json",
    "holds",
    "kept",
    "names",
    "number_text",
    "parse",
    "rules",
    "shown",
    "situation",
    "text_of",
    "to_json",
    "type_of",
    "types",
    "types_of",
    "unsatisfiable",
]
