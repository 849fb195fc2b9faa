"""Which questions apply, given the answers so far; and which answers do not do. One rule for every mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.given import Answers, Given, scalar
from services.surveys.expressions import values
from services.surveys.expressions.plan import Bound, Plan, Step, bound, plan_of
from services.surveys.expressions.tree import PANEL, Context, Value

Panels = dict[str, dict[str, Value]]  # by child, by question


class Refused(StrEnum):
    """Why an answer does not do."""

    REQUIRED = "required"
    CONSTRAINT = "constraint"


@dataclass(frozen=True, slots=True)
class Situation:
    """`questions` that apply, in the survey's order; `children` for whom each per-child one applies; `seen` is what
    expressions see, `panels` the same child by child."""

    questions: tuple[Question, ...]
    children: Mapping[str, tuple[str, ...]]
    seen: Mapping[str, Value]
    panels: Mapping[str, Mapping[str, Value]]


def situation(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> Situation:
    """`children` are those of the assignment; without them, whoever has an answer."""
    return _situation(plan_of(survey), survey, answers, Context(today), _children(answers, children))


def shown(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> tuple[Question, ...]:
    """The questions that apply, in order; a hidden one's answer counts as empty. A per-child question applies if it does for
    at least one child."""
    if plan_of(survey).free:
        return survey.questions
    return situation(survey, answers, today, children=children).questions


def kept(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> dict[str, Given]:
    """The answers without those to questions that do not apply, or not for that child."""
    if plan_of(survey).free:
        return {question.id: answers[question.id] for question in survey.questions if question.id in answers}
    now = situation(survey, answers, today, children=children)
    found: dict[str, Given] = {}
    for question in now.questions:
        given = answers.get(question.id)
        if given is None:
            continue
        if question.per_child and given.children:
            there = now.children[question.id]
            given = replace(given, children={child: each for child, each in given.children.items() if child in there})
        found[question.id] = given
    return found


def faults(survey: Survey, answers: Answers, today: date, *, children: Sequence[str] = ()) -> dict[str, str]:
    """`required` or `constraint` for each question that applies and whose answer does not do. Declining is an answer."""
    plan = plan_of(survey)
    if plan.free:
        return {}
    context = Context(today)
    now = _situation(plan, survey, answers, context, _children(answers, children))
    applies = {question.id for question in now.questions}
    found: dict[str, str] = {}
    for step in plan.steps:
        if step.question is None or step.name not in applies or not (step.required or step.constraint):
            continue
        given = answers.get(step.name)
        if given is None or not given.declined:
            code = _fault(step, step.question, given, now, context)
            if code:
                found[step.name] = code.value
    return {question.id: found[question.id] for question in now.questions if question.id in found}


def holds(survey: Survey, condition: str, answers: Answers, today: date, *, children: Sequence[str] = ()) -> bool:
    """Whether a condition of the survey (of a quota, of an effect) holds, with hidden questions empty (ExpressionError)."""
    rule = bound(condition)
    now = situation(survey, answers, today, children=children)
    if rule.panel:
        return any(_true(rule, now.seen, panel, Context(today)) for panel in now.panels.values())
    return bool(rule.holds(now.seen, Context(today)))


def _fault(step: Step, question: Question, given: Given | None, now: Situation, context: Context) -> Refused | None:
    if not question.per_child:
        return _one(step, now.seen.get(step.name), now.seen, {}, context)
    for child in now.children[step.name]:
        if given is not None and child in given.children and given.children[child].declined:
            continue
        panel = now.panels.get(child, {})
        code = _one(step, panel.get(step.name), now.seen, panel, context)
        if code:
            return code
    return None


def _one(
    step: Step, value: Value, seen: Mapping[str, Value], panel: Mapping[str, Value], context: Context
) -> Refused | None:
    if values.empty(value):
        required = step.required is not None and _true(step.required, seen, panel, context)
        return Refused.REQUIRED if required else None
    if step.constraint is not None and not _true(step.constraint, seen, panel, context):
        return Refused.CONSTRAINT
    return None


def _situation(plan: Plan, survey: Survey, answers: Answers, context: Context, children: tuple[str, ...]) -> Situation:
    seen: dict[str, Value] = {}
    panels: Panels = {child: {} for child in children}
    applies: dict[str, tuple[str, ...]] = {}
    for step in plan.steps:
        question = step.question
        if question is None:
            seen[step.name] = step.value.holds(seen, context) if step.value else None
            continue
        there = _where(step, question, seen, panels, context)
        if there is None:
            continue
        applies[step.name] = there
        given = answers.get(step.name)
        value = None if given is None else scalar(question, given)
        if not question.per_child:
            seen[step.name] = value
        else:
            seen[step.name] = _by_child(step.name, given, value, there, panels)
    return Situation(tuple(each for each in survey.questions if each.id in applies), applies, seen, panels)


def _where(
    step: Step, question: Question, seen: Mapping[str, Value], panels: Panels, context: Context
) -> tuple[str, ...] | None:
    """None where the question does not apply; for a per-child one, the children for whom it does."""
    everyone = tuple(panels) if question.per_child else ()
    if step.visible is None:
        return everyone
    if not (step.visible.panel and question.per_child and panels):
        return everyone if _true(step.visible, seen, {}, context) else None
    return tuple(child for child in everyone if _true(step.visible, seen, panels[child], context)) or None


def _by_child(name: str, given: Given | None, value: Any, there: Sequence[str], panels: Panels) -> Value:
    """Puts each child's answer into its panel; gives all of them as a list, as `{q}` outside of a panel sees them."""
    several = given is not None and bool(given.children)
    for child in there:
        panels[child][name] = value.get(child) if several and isinstance(value, Mapping) else value
    each = [panels[child][name] for child in there] if there else [value]
    flat: list[Value] = []
    for one in each:
        if isinstance(one, tuple):
            flat.extend(one)
        elif not values.empty(one):
            flat.append(one)
    return tuple(flat) or None


def _true(rule: Bound, seen: Mapping[str, Value], panel: Mapping[str, Value], context: Context) -> bool:
    return bool(rule.holds({**seen, PANEL: panel} if rule.panel else seen, context))


def _children(answers: Answers, children: Sequence[str]) -> tuple[str, ...]:
    if children:
        return tuple(children)
    return tuple(dict.fromkeys(child for given in answers.values() for child in given.children))
