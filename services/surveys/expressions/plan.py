"""A survey's expressions, bound once per published version: which questions apply, and which answers do not do.

Visibility is a fixed point: a hidden question counts as empty for every other. Conditions may not lead in a circle (`circles`
refuses them at publish), so one pass in the order of dependence reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from services.surveys.domain.definition import Question, Survey
from services.surveys.expressions.closures import Compiled, compile
from services.surveys.expressions.errors import ExpressionError
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.tree import PANEL, Node, names, variables

KEPT = 256  # versions bound at a time


@dataclass(frozen=True, slots=True)
class Bound:
    """An expression with its closure; `panel` where it looks at the answers for the same child."""

    node: Node
    holds: Compiled
    panel: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A question, or a calculation (`question` None), in the order of dependence."""

    name: str
    question: Question | None
    visible: Bound | None = None
    required: Bound | None = None
    constraint: Bound | None = None
    value: Bound | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    questions: tuple[Question, ...]
    written: tuple[object, ...]
    steps: tuple[Step, ...]
    free: bool  # no expression at all: everything applies, nothing is refused


_PLANS: dict[str, Plan] = {}


def plan_of(survey: Survey) -> Plan:
    """The survey's expressions, bound (ExpressionError where one cannot be read: publish refuses such a survey)."""
    kept = _PLANS.get(survey.version)
    if kept is not None and kept.questions is survey.questions and kept.written[0] == survey.calculations:
        return kept
    same = kept is not None and kept.written == _written(survey)
    plan = replace(kept, questions=survey.questions) if kept is not None and same else _bind(survey)
    if len(_PLANS) >= KEPT:
        _PLANS.pop(next(iter(_PLANS)))
    _PLANS[survey.version] = plan
    return plan


def _written(survey: Survey) -> tuple[object, ...]:
    """What a plan depends on: two surveys of one version name differ in tests, and after a boundary took questions away."""
    return (survey.calculations, *survey.questions)


def _bind(survey: Survey) -> Plan:
    steps: dict[str, Step] = {}
    for question in survey.questions:
        visible, required, constraint = (
            bound(text) if text else None for text in (question.visible_if, question.required_if, question.constraint)
        )
        steps[question.id] = Step(question.id, question, visible, required, constraint)
    for name, text in survey.calculations:
        steps[name] = Step(name, None, value=bound(text))
    ordered = tuple(steps[name] for name in in_order({name: needs(step) for name, step in steps.items()}))
    free = all(not (step.visible or step.required or step.constraint or step.value) for step in ordered)
    return Plan(survey.questions, _written(survey), ordered, free)


@lru_cache(maxsize=4096)
def bound(text: str) -> Bound:
    """An expression by its text (ExpressionError)."""
    node = parse(text)
    return Bound(node, compile(node), any(each.path[0] == PANEL for each in variables(node)))


def needs(step: Step) -> tuple[str, ...]:
    """What must be known before it is known whether the question applies (or what the calculation gives)."""
    source = step.visible if step.question is not None else step.value
    return tuple(sorted(names(source.node))) if source is not None else ()


def in_order(needed: Mapping[str, Iterable[str]]) -> list[str]:
    """Every name after what it needs, otherwise as given (ExpressionError with the way round a circle)."""
    done: dict[str, None] = {}
    for start in needed:
        _visit(start, needed, done, ())
    return list(done)


def _visit(name: str, needed: Mapping[str, Iterable[str]], done: dict[str, None], way: Sequence[str]) -> None:
    if name in done or name not in needed:
        return
    if name in way:
        circle = " → ".join([*way[way.index(name) :], name])
        raise ExpressionError(
            1, f"these depend on each other in a circle: {circle}", "Take one of the conditions away."
        )
    for each in needed[name]:
        _visit(each, needed, done, (*way, name))
    done[name] = None
