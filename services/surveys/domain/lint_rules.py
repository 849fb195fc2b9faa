"""What answers do: known, free of contradiction, and undone as easily as it was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any
from zoneinfo import available_timezones

from services.surveys import expressions
from services.surveys.domain.actions_barriers import Barrier
from services.surveys.domain.definition import ABOUT_PARENT, EffectRule, Question, Survey
from services.surveys.domain.effects import Scope
from services.surveys.domain.kinds import CHOICES, DATED, GRIDS, WORDS, Detail, Mode, Privacy, QuestionType, Rule
from services.surveys.domain.lint_fault import Fault, Path
from services.surveys.domain.preferences import FIELDS, refused

_NAME_IT = "Correct the name, or remove the line."
_KINDS = {
    "channel_order": "a list of channels",
    "contacts_per_month": "a whole number",
    "timezone": "a time zone, like America/Chicago",
    "language": "a language tag",
}
_NAMELESS = frozenset({Rule.POLL, Rule.PULSE})  # what may follow from an answer that nobody stands behind
_TELLING = frozenset(  # kinds of answer that name who gave them
    {QuestionType.NAME, QuestionType.EMAIL, QuestionType.PHONE, QuestionType.VOICE}
)


def rule_faults(survey: Survey) -> Iterator[Fault]:
    """Every effect, then what only shows in several together."""
    for place, question in enumerate(survey.questions):
        path: Path = ("questions", place)
        for number, rule in enumerate(question.effects):
            yield from _effect(survey, question, rule, (*path, "effects", number))
        yield from _contradictions(question, path)
        yield from _one_way(question, path)
    yield from _between(survey)
    if survey.identified is Privacy.ANONYMOUS:
        yield from _anonymous(survey)


def _effect(survey: Survey, question: Question, rule: EffectRule, here: Path) -> Iterator[Fault]:
    for value in rule.values:
        if question.option(value) is None:
            yield Fault(
                "survey.unreachable", (*here, "values", value), f"{value} is no option of this question", _NAME_IT
            )
    if question.type is QuestionType.NOTE:
        yield Fault("survey.unreachable", here, "a note has no answer, and so no effect", "Remove the effect.")
    if rule.rule is Rule.PREFERENCE:
        yield from _preference(question, rule, here)
    if rule.rule is Rule.BOUNDARY and not (rule.values and {str(each) for each in rule.values.values()} <= {*Scope}):
        yield Fault("survey.unknown_scope", (*here, "values"), f"a boundary is one of {', '.join(Scope)}", _NAME_IT)
    if rule.rule is Rule.BARRIER:
        yield from _barrier(rule, here)
    yield from _without_answer(question, rule, here)
    if rule.consent is not None:
        yield from _consent(survey, question, rule.consent, (*here, "consent"))
    elif rule.rule is Rule.NEED:
        yield Fault(
            "survey.no_consent", here, "a need is passed on only with consent, and no question asks for it",
            "Add a question of type consent, and name it: `consent: <its id>`.", warning=True,
        )  # fmt: skip


def _barrier(rule: EffectRule, here: Path) -> Iterator[Fault]:
    """Facts of circumstance, from a closed list: there is no word for an opinion about a family."""
    if not rule.values:
        yield Fault("survey.unreachable", here, "a barrier rule names a barrier for some option", "Add `values`.")
    for value, barrier in rule.values.items():
        if barrier not in [str(each) for each in Barrier]:
            known = f"Write one of {', '.join(Barrier)}."
            yield Fault("survey.bad_value", (*here, "values", value), "this is no barrier that anybody acts on", known)


def _without_answer(question: Question, rule: EffectRule, here: Path) -> Iterator[Fault]:
    """A rule that no answer to this kind of question can set off."""
    if rule.values and question.type in GRIDS:
        yield Fault(
            "survey.unreachable",
            here,
            "an answer in a grid sets off no rule",
            "Ask with one choice, or remove the rule.",
        )
    words = question.type in WORDS or question.detail is Detail.TEXT
    if rule.rule is Rule.INSIGHT and not words:
        yield Fault(
            "survey.unreachable",
            here,
            "an insight is told in words, and this question takes none",
            "Add `detail: text`.",
        )
    if rule.rule in (Rule.CONCERN, Rule.NEED) and not (words or question.type in CHOICES):
        yield Fault("survey.unreachable", here, f"no answer to this raises a {rule.rule}", "Ask with choices or words.")


def _preference(question: Question, rule: EffectRule, here: Path) -> Iterator[Fault]:
    if rule.field not in FIELDS:
        known = f"a preference is one of {', '.join(FIELDS)}"
        yield Fault("survey.unknown_field", (*here, "field"), known, _NAME_IT)
        return
    if not rule.values and question.detail is None and question.type is not QuestionType.TIME:
        yield Fault(
            "survey.unreachable", here, "no answer to this question sets anything", "Add `values`, or `detail: time`."
        )
    for value, wanted in rule.values.items():
        if expected := _refused(rule.field, wanted):
            yield Fault(
                "survey.bad_value",
                (*here, "values", value),
                f"{rule.field} cannot be set to this",
                f"Write {expected}.",
            )


def _refused(field: str, wanted: Any) -> str | None:
    """What is expected instead, for a value that could not be saved or said."""
    if field == "channel_order":
        fits = isinstance(wanted, list) and all(isinstance(each, str) for each in wanted)
    elif field == "contacts_per_month":
        fits = isinstance(wanted, int) and not isinstance(wanted, bool)
    else:
        fits = isinstance(wanted, str) and (field != "timezone" or wanted in available_timezones())
    return refused({field: wanted}).get(field) if fits else _KINDS.get(field, "one of its words")


def _consent(survey: Survey, question: Question, asked: str, here: Path) -> Iterator[Fault]:
    known = survey.question(asked)
    if known is None or known.type not in (QuestionType.CONSENT, QuestionType.YES_NO):
        yield Fault("survey.unreachable", here, f"{asked} is no question that asks for consent", _NAME_IT)
    elif known is question:
        yield Fault("survey.unreachable", here, "a question does not consent to itself", "Name another question.")


def _contradictions(question: Question, path: Path) -> Iterator[Fault]:
    """Two rules that set one thing to two values for the same answer: which of them holds would be chance."""
    numbered = [
        (number, rule) for number, rule in enumerate(question.effects) if rule.rule in (Rule.PREFERENCE, Rule.BOUNDARY)
    ]
    for (_, first), (number, second) in combinations(numbered, 2):
        if first.rule is not second.rule or first.field != second.field or first.rule is Rule.BOUNDARY:
            continue
        here: Path = (*path, "effects", number)
        if not first.values or not second.values:
            yield _against(here, f"another rule sets {second.field} from the same answer")
            continue
        for value in first.values.keys() & second.values.keys():
            if first.values[value] != second.values[value]:
                yield _against((*here, "values", value), f"{value} sets {second.field} to two values")
    if question.type is QuestionType.MULTI:
        for number, rule in numbered:
            if rule.rule is Rule.PREFERENCE and len({repr(value) for value in rule.values.values()}) > 1:
                yield _against(
                    (*path, "effects", number),
                    f"two ticked answers set {rule.field} to two values",
                    "Ask for one only.",
                )


def _against(path: Path, message: str, remedy: str = "Keep one of them.") -> Fault:
    return Fault("survey.contradiction", path, message, remedy)


def _between(survey: Survey) -> Iterator[Fault]:
    """The same preference from two questions: allowed only where nobody answers both, which a condition sees to."""
    setters: dict[str, str] = {}
    for place, question in enumerate(survey.questions):
        for number, rule in enumerate(question.effects):
            if rule.rule is not Rule.PREFERENCE or rule.field is None:
                continue
            other = setters.setdefault(rule.field, question.id)
            if other != question.id and _both(survey, place, other):
                yield _against(
                    ("questions", place, "effects", number),
                    f"{other} sets {rule.field}, too",
                    f"Set it from one question, or ask this one only if the other was left out (`{{{other}}} empty`).",
                )


def _both(survey: Survey, place: int, other: str) -> bool:
    """Whether somebody may answer `other` and be asked this one, too."""
    question = survey.questions[place]
    if question.visible_if is None:
        return True
    asked = replace(question, visible_if=f"({question.visible_if}) and {{{other}}} notempty")
    questions = (*survey.questions[:place], asked, *survey.questions[place + 1 :])
    return question.id not in expressions.unsatisfiable(replace(survey, questions=questions), only={question.id})


def _one_way(question: Question, path: Path) -> Iterator[Fault]:
    """Who may say no may say yes again; what is asked about the parent may stay unsaid."""
    if question.tag == ABOUT_PARENT and not question.declinable:
        yield Fault(
            "survey.must_decline", (*path, "declinable"), "a question about the parent can always be declined",
            "Remove `declinable: false`.",
        )  # fmt: skip
    if question.tag == ABOUT_PARENT and question.required_if is not None:
        yield Fault(
            "survey.must_decline", (*path, "required_if"), "a question about the parent is never required",
            "Remove `required_if`.",
        )  # fmt: skip
    boundary = {value for rule in question.effects if rule.rule is Rule.BOUNDARY for value in rule.values}
    left = [option.value for option in question.options if option.value not in boundary]
    if boundary and not left:
        yield Fault(
            "survey.one_way", (*path, "options"), "every answer sets a boundary, so nobody could say that none is wanted",
            "Add an option that sets none.",
        )  # fmt: skip
    if boundary and not question.declinable and question.required_if is not None:
        yield Fault(
            "survey.one_way", (*path, "required_if"), "an answer that sets a boundary cannot be required",
            "Remove `required_if`, or let the question be declined.",
        )  # fmt: skip


def _anonymous(survey: Survey) -> Iterator[Fault]:
    """No effect on a person, no answer for a named child, no answer that says who gave it."""
    for place, question in enumerate(survey.questions):
        path: Path = ("questions", place)
        for number, rule in enumerate(question.effects):
            if rule.rule not in _NAMELESS:
                yield _named((*path, "effects", number), f"an anonymous answer can have no effect like {rule.rule}")
        if question.per_child:
            yield _named((*path, "per_child"), "an anonymous answer cannot be about a named child")
        if question.prefill:
            yield _named((*path, "prefill"), "nobody knows what was answered last year")
        if question.type in _TELLING:
            yield _named((*path, "type"), f"a question of type {question.type} says who answers")
        if question.type in DATED:
            yield Fault(
                "survey.not_anonymous",
                (*path, "type"),
                "a date may tell who answers",
                "Ask for a range instead.",
                warning=True,
            )
    for mode in (Mode.STAFF, Mode.VOICE):
        if mode in survey.modes:
            # somebody reads a staff entry, and a voice menu hears a number; both are warned about, not refused
            yield Fault(
                "survey.not_anonymous",
                ("modes",),
                f"{mode} is not anonymous in practice",
                "Leave it out of `modes`.",
                warning=True,
            )


def _named(path: Path, message: str) -> Fault:
    return Fault("survey.not_anonymous", path, message, "Remove it, or declare the survey `identified: confidential`.")
