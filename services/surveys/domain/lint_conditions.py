"""Conditions, calculations and quotas: readable, of one meaning everywhere, in the order in which people answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from services.surveys import expressions
from services.surveys.domain.definition import Survey
from services.surveys.domain.lint_fault import Fault, Path

_RULES = ("visible_if", "required_if", "constraint")


def condition_faults(survey: Survey) -> Iterator[Fault]:
    """What the expressions themselves have to say, then what only shows beside the questions."""
    yield from _quotas(survey)
    ids = Counter(question.id for question in survey.questions)
    if max(ids.values(), default=0) > 1:
        return  # names mean two things: said elsewhere
    found = [
        Fault(fault.code, fault.path, f"at character {fault.column}: {fault.message}", fault.remedy)
        for fault in expressions.check(survey)
    ]
    yield from found
    if not found:
        yield from _later(survey)
        yield from _required_and_hidden(survey)


def _quotas(survey: Survey) -> Iterator[Fault]:
    ids = Counter(quota.id for quota in survey.quotas)
    for place, quota in enumerate(survey.quotas):
        here: Path = ("quotas", place)
        if ids[quota.id] > 1:
            yield Fault(
                "survey.unreachable", (*here, "id"), f"another quota is named {quota.id}, too", "Give each its own id."
            )
        if quota.most == 0:
            yield Fault("survey.impossible", (*here, "most"), "a quota of none closes the survey", "Write 1 or more.")


def _later(survey: Survey) -> Iterator[Fault]:
    """By text message and on the telephone there is no going back: a condition can only look at what was asked before."""
    at = {question.id: place for place, question in enumerate(survey.questions)}
    calculated = dict(survey.calculations)
    for place, question in enumerate(survey.questions):
        for rule in _RULES:
            text = getattr(question, rule)
            later = [name for name in _behind(text, calculated) if at.get(name, -1) > place] if text else []
            if later:
                yield Fault(
                    "survey.later", ("questions", place, rule), f"{later[0]} is asked later than this",
                    f"Put {question.id} behind {later[0]}.",
                )  # fmt: skip


def _behind(text: str, calculated: Mapping[str, str]) -> list[str]:
    """The questions that an expression looks at, through calculations too."""
    seen: dict[str, None] = {}
    waiting = [text]
    while waiting:
        for name in sorted(expressions.names(expressions.parse(waiting.pop()))):
            if name not in seen:
                seen[name] = None
                if name in calculated:
                    waiting.append(calculated[name])
    return [name for name in seen if name not in calculated]


def _required_and_hidden(survey: Survey) -> Iterator[Fault]:
    """Required only where it is not shown: the rule would never be true of anybody."""
    for place, question in enumerate(survey.questions):
        if not (question.visible_if and question.required_if):
            continue
        both = replace(question, visible_if=f"({question.visible_if}) and ({question.required_if})")
        questions = (*survey.questions[:place], both, *survey.questions[place + 1 :])
        if question.id in expressions.unsatisfiable(replace(survey, questions=questions), only={question.id}):
            yield Fault(
                "survey.contradiction", ("questions", place, "required_if"), "this is required only where it is hidden",
                "Correct `required_if` or `visible_if`.",
            )  # fmt: skip
