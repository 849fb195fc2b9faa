"""What follows from answers. One effect per (response, question, effect); declining has consequences, silence has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.definition import ABOUT_PARENT, EffectRule, Question, Rule

NO_CONCERN = "none"
NO_NEED = "none"
YES = "yes"


class EffectKind(StrEnum):
    PREFERENCE = "preference"
    CONCERN = "concern"
    DECLINED = "declined"
    BOUNDARY = "boundary"
    BARRIER = "barrier"
    INSIGHT = "insight"
    NEED = "need"
    PLAN = "plan"
    POLL = "poll"
    WORDS = "words"  # somebody's own words: only looked through for a child in danger


class Scope(StrEnum):
    """A boundary that only the guardian can undo."""

    STUDENT_ONLY = "student_only"
    NO_SURVEYS = "no_surveys"


@dataclass(frozen=True, slots=True)
class Effect:
    """`field` names the preference, the boundary's scope, the concern's topic, the barrier or need; `given` the answer it
    comes from. `value`: what is set; for a barrier whether it stands, for a need whether the guardian consents."""

    question_id: str
    kind: EffectKind
    field: str
    value: Any
    given: Given

    @property
    def key(self) -> tuple[str, str]:
        about = f":{self.given.about}" if self.kind is EffectKind.INSIGHT and self.given.about else ""
        return self.question_id, f"{self.kind}:{self.field}{about}"


def effects_of(questions: Sequence[Question], answers: Answers) -> tuple[Effect, ...]:
    """In the order of the questions; what was not asked has no effect."""
    found: dict[tuple[str, str], Effect] = {}
    for question in questions:
        given = answers.get(question.id)
        if given is None or given.empty:
            continue
        for effect in _declined(question, given) if given.declined else _answered(question, given, answers):
            found.setdefault(effect.key, effect)
    return tuple(found.values())


def _declined(question: Question, given: Given) -> list[Effect]:
    effects = [Effect(question.id, EffectKind.DECLINED, question.tag or "", True, given)]
    if question.tag == ABOUT_PARENT:
        effects.append(Effect(question.id, EffectKind.BOUNDARY, Scope.STUDENT_ONLY.value, True, given))
    return effects


def _answered(question: Question, given: Given, answers: Answers) -> Iterator[Effect]:
    for rule in question.effects:
        yield from _effects(question, rule, given, answers)
    for words in _each(given):
        if words.text:
            yield Effect(question.id, EffectKind.WORDS, words.about or "", words.text, words)


def _each(given: Given) -> tuple[Given, ...]:
    """The answer, or one for each child it was given for, with the child it is about."""
    children = given.children
    if not children:
        return (given,)
    return tuple(Given(each.values, each.text, each.time, child) for child, each in children.items() if not each.declined)


def _values(given: Given) -> tuple[str, ...]:
    """What was chosen, for whichever child: a home's circumstance stands if it was ticked for one of them."""
    return tuple(dict.fromkeys(value for each in _each(given) for value in each.values))


def _effects(question: Question, rule: EffectRule, given: Given, answers: Answers) -> Iterator[Effect]:
    match rule.rule:
        case Rule.CONCERN:
            for each in _each(given):
                topic = each.values[0] if each.values else "other"
                if topic != NO_CONCERN and (each.values or each.text):
                    yield Effect(question.id, EffectKind.CONCERN, topic, each.text, each)
                    return  # one concern per question: the first child it is about
        case Rule.BOUNDARY:
            scope = next((rule.values[value] for value in _values(given) if value in rule.values), None)
            if scope:
                yield Effect(question.id, EffectKind.BOUNDARY, Scope(scope).value, True, given)
        case Rule.PREFERENCE:
            assert rule.field is not None  # the loader's schema sees to it
            value = next((rule.values[each] for each in _values(given) if each in rule.values), None)
            if not rule.values:
                value = given.time
            if value is not None:
                yield Effect(question.id, EffectKind.PREFERENCE, rule.field, value, given)
        case Rule.BARRIER:
            standing = {rule.values[value] for value in _values(given) if value in rule.values}
            for barrier in dict.fromkeys(rule.values.values()):  # what is not ticked (any longer) does not stand
                yield Effect(question.id, EffectKind.BARRIER, barrier, barrier in standing, given)
        case Rule.INSIGHT:
            for each in _each(given):
                if each.text:
                    yield Effect(question.id, EffectKind.INSIGHT, rule.field or "home", each.text, each)
        case Rule.NEED:
            agreed = _agreed(rule, answers)
            for value in _values(given):
                need = rule.values.get(value, None if rule.values else value)
                if need is not None and need != NO_NEED:
                    yield Effect(question.id, EffectKind.NEED, need, agreed, given)
        case Rule.PLAN:
            yield Effect(question.id, EffectKind.PLAN, rule.field or "priorities", given.text, given)
        case Rule.POLL:
            yield Effect(question.id, EffectKind.POLL, "vote", list(given.values), given)
        case Rule.PULSE:
            return  # counted with everybody's at the end of the round; one answer changes nothing


def _agreed(rule: EffectRule, answers: Answers) -> bool:
    consents = answers.get(rule.consent) if rule.consent else None
    return consents is not None and not consents.declined and YES in consents.values


def withheld(question: Question, answers: Answers) -> bool:
    """Whether this names needs that nobody at school may be told of: the guardian was promised so, and has not consented."""
    return any(rule.rule is Rule.NEED and not _agreed(rule, answers) for rule in question.effects)


def receipt_of(effects: Sequence[Effect]) -> list[dict[str, str]]:
    """What will change, for the guardian to read: closed keys and values, no text of theirs."""
    lines: list[dict[str, str]] = []
    for effect in effects:
        match effect.kind:
            case EffectKind.PREFERENCE:
                value = " ".join(effect.value) if isinstance(effect.value, (list, tuple)) else str(effect.value)
                lines.append({"effect": effect.field, "value": value})
            case EffectKind.DECLINED:
                lines.append({"effect": "declined", "value": effect.question_id})
            case EffectKind.BARRIER:
                if effect.value:
                    lines.append({"effect": "barrier", "value": effect.field})
            case EffectKind.NEED:
                lines.append({"effect": "need" if effect.value else "need_list", "value": effect.field})
            case EffectKind.POLL:
                lines.append({"effect": "poll", "value": effect.question_id})
            case EffectKind.WORDS:
                continue
            case _:
                lines.append({"effect": effect.kind.value, "value": effect.field})
    return lines
