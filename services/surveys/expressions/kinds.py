"""What kind of value a question gives, as far as its conditions are concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.kinds import NUMERIC, QuestionType
from services.surveys.expressions.tree import PANEL


class Shape(StrEnum):
    """The value is how an error calls it."""

    BOOL = "yes or no"
    NUMBER = "a number"
    TEXT = "free text"
    DATE = "a date"
    DATETIME = "a date with a time"
    TIME = "a time of day"
    CHOICE = "one choice"
    CHOICES = "several choices"
    RANKING = "choices in an order"
    GRID = "a matrix"
    LIST = "every child's answer"
    MEDIA = "a recording"
    NOTHING = "no answer"


@dataclass(frozen=True, slots=True)
class Type:
    """`options` of choices; `rows` of a matrix; `inner` of a row, or of one child's answer."""

    shape: Shape
    options: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    inner: Type | None = None


BOOL, NUMBER, TEXT, DATE = Type(Shape.BOOL), Type(Shape.NUMBER), Type(Shape.TEXT), Type(Shape.DATE)
_SHAPES = {
    QuestionType.YES_NO: Shape.BOOL,
    QuestionType.CONSENT: Shape.BOOL,
    QuestionType.MULTI: Shape.CHOICES,
    QuestionType.RANKING: Shape.RANKING,
    QuestionType.DATE: Shape.DATE,
    QuestionType.DATETIME: Shape.DATETIME,
    QuestionType.TIME: Shape.TIME,
    QuestionType.SINGLE: Shape.CHOICE,
    QuestionType.LANGUAGE: Shape.CHOICE,
    QuestionType.VOICE: Shape.MEDIA,
    QuestionType.NOTE: Shape.NOTHING,
    **dict.fromkeys(NUMERIC, Shape.NUMBER),
}
_CELLS = {
    QuestionType.MATRIX_SINGLE: Shape.CHOICE,
    QuestionType.MATRIX_MULTI: Shape.CHOICES,
    QuestionType.AVAILABILITY: Shape.CHOICES,
}


def type_of(question: Question) -> Type:
    """Of one answer; of one child's, where it is asked per child."""
    options = tuple(option.value for option in question.options)
    if question.type in _CELLS:
        return Type(
            Shape.GRID, options, tuple(row.value for row in question.rows), Type(_CELLS[question.type], options)
        )
    shape = _SHAPES.get(question.type, Shape.TEXT)
    return Type(shape, options if shape in (Shape.CHOICE, Shape.CHOICES, Shape.RANKING) else ())


def types_of(survey: Survey) -> dict[str, Type]:
    """By question as a condition outside of a panel sees it, and `panel.` with its id as one inside does. Calculations come
    with their expressions: see `publishing`."""
    found: dict[str, Type] = {}
    for question in survey.questions:
        one = type_of(question)
        if question.per_child:
            found[f"{PANEL}.{question.id}"] = one
            one = Type(Shape.LIST, one.options, inner=_each(one))
        found[question.id] = one
    return found


def _each(one: Type) -> Type:
    """What the list of all children holds: of several choices, each."""
    return replace(one, shape=Shape.CHOICE) if one.shape in (Shape.CHOICES, Shape.RANKING) else one


def outside_of_panels(found: Mapping[str, Type]) -> dict[str, Type]:
    """The same for a condition that is not asked per child: it has no panel to look into."""
    return {name: one for name, one in found.items() if not name.startswith(f"{PANEL}.")}
