"""What follows from answers. One effect per (response, question, effect); declining has consequences, silence has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.definition import ABOUT_PARENT, EffectRule, Question, Rule

NO_CONCERN = "none"


class EffectKind(StrEnum):
    PREFERENCE = "preference"
    CONCERN = "concern"
    DECLINED = "declined"
    BOUNDARY = "boundary"


class Scope(StrEnum):
    """A boundary that only the guardian can undo."""

    STUDENT_ONLY = "student_only"
    NO_SURVEYS = "no_surveys"


@dataclass(frozen=True, slots=True)
class Effect:
    """`field` names the preference, the boundary's scope or the concern's topic; `given` the answer it comes from."""

    question_id: str
    kind: EffectKind
    field: str
    value: Any
    given: Given

    @property
    def key(self) -> tuple[str, str]:
        return self.question_id, f"{self.kind}:{self.field}"


def effects_of(questions: Sequence[Question], answers: Answers) -> tuple[Effect, ...]:
    """In the order of the questions; what was not asked has no effect."""
    found: dict[tuple[str, str], Effect] = {}
    for question in questions:
        given = answers.get(question.id)
        if given is None or given.empty:
            continue
        for effect in _declined(question, given) if given.declined else _chosen(question, given):
            found.setdefault(effect.key, effect)
    return tuple(found.values())


def _declined(question: Question, given: Given) -> list[Effect]:
    effects = [Effect(question.id, EffectKind.DECLINED, question.tag or "", True, given)]
    if question.tag == ABOUT_PARENT:
        effects.append(Effect(question.id, EffectKind.BOUNDARY, Scope.STUDENT_ONLY.value, True, given))
    return effects


def _chosen(question: Question, given: Given) -> list[Effect]:
    return [effect for rule in question.effects if (effect := _effect(question, rule, given)) is not None]


def _effect(question: Question, rule: EffectRule, given: Given) -> Effect | None:
    match rule.rule:
        case Rule.CONCERN:
            topic = given.values[0] if given.values else "other"
            if topic == NO_CONCERN:
                return None
            return Effect(question.id, EffectKind.CONCERN, topic, given.text, given)
        case Rule.BOUNDARY:
            scope = next((rule.values[value] for value in given.values if value in rule.values), None)
            return Effect(question.id, EffectKind.BOUNDARY, Scope(scope).value, True, given) if scope else None
        case Rule.PREFERENCE:
            assert rule.field is not None  # the loader's schema sees to it
            value = next((rule.values[each] for each in given.values if each in rule.values), None)
            if not rule.values:
                value = given.time
            return Effect(question.id, EffectKind.PREFERENCE, rule.field, value, given) if value is not None else None


def receipt_of(effects: Sequence[Effect]) -> list[dict[str, str]]:
    """What will change, for the guardian to read: closed keys and values, no text of theirs."""
    lines: list[dict[str, str]] = []
    for effect in effects:
        match effect.kind:
            case EffectKind.PREFERENCE:
                value = " ".join(effect.value) if isinstance(effect.value, (list, tuple)) else str(effect.value)
                lines.append({"effect": effect.field, "value": value})
            case EffectKind.CONCERN:
                lines.append({"effect": "concern", "value": effect.field})
            case EffectKind.BOUNDARY:
                lines.append({"effect": "boundary", "value": effect.field})
            case EffectKind.DECLINED:
                lines.append({"effect": "declined", "value": effect.question_id})
    return lines
