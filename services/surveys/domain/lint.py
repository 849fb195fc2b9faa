"""What makes a definition unfit to be published: found before a family sees it, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.surveys.domain.definition import ABOUT_PARENT, Option, Question, QuestionType, Rule, Survey, Texts
from services.surveys.domain.effects import Scope
from services.surveys.domain.preferences import FIELDS
from services.surveys.domain.sms import MOST_SEGMENTS, question_text, segments

MOST_QUESTIONS = 10
Path = tuple[str | int, ...]
_CHOICES = frozenset({QuestionType.SINGLE, QuestionType.MULTI, QuestionType.SCALE})


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` leads to the place in the definition's file."""

    code: str
    path: Path
    message: str


def lint(survey: Survey, *, skip: Mapping[str, str]) -> list[Fault]:
    """All faults; `skip` is the word for declining in each language, which counts towards a message's length."""
    faults = [
        *_missing(survey.languages, survey.title, ("title",)),
        *_missing(survey.languages, survey.intro, ("intro",)),
    ]
    if len(survey.questions) > MOST_QUESTIONS:
        faults.append(Fault("survey.too_long", ("questions",), f"at most {MOST_QUESTIONS} questions are asked at once"))
    counts = Counter(question.id for question in survey.questions)
    for place, question in enumerate(survey.questions):
        path: Path = ("questions", place)
        if counts[question.id] > 1:
            faults.append(Fault("survey.unreachable", (*path, "id"), f"another question is named {question.id}, too"))
        faults += _question(survey, question, path)
        if not any(fault.code == "survey.untranslated" for fault in faults):
            faults += _length(survey, question, place, skip)
    return faults


def _question(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    for name, texts in (("text", question.text), ("sms", question.sms), ("why", question.why)):
        yield from _missing(survey.languages, texts, (*path, name))
    if question.detail is not None:
        yield from _missing(survey.languages, question.detail_label, (*path, "detail_label"))
    if question.type in _CHOICES and len(question.options) < 2:
        yield Fault("survey.no_choice", path, "a choice needs two options or more")
    if question.type not in _CHOICES and question.options:
        yield Fault("survey.unreachable", (*path, "options"), f"a question of type {question.type} shows no options")
    if question.tag == ABOUT_PARENT and not question.declinable:
        yield Fault("survey.must_decline", (*path, "declinable"), "a question about the parent can always be declined")
    yield from _options(survey, question, path)
    yield from _effects(question, path)


def _options(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    digits = Counter(option.digit for option in question.options)
    values = Counter(option.value for option in question.options)
    for place, option in enumerate(question.options):
        here: Path = (*path, "options", place)
        if digits[option.digit] > 1 or values[option.value] > 1:
            yield Fault("survey.unreachable", here, "another option has the same digit or value")
        yield from _missing(survey.languages, option.label, (*here, "label"))
        yield from _missing(survey.languages, option.short, (*here, "short"))
        yield from _taken(question, option, here)


def _taken(question: Question, option: Option, here: Path) -> Iterator[Fault]:
    others = [other for other in question.options if other is not option]
    for language, words in option.synonyms.items():
        for word in words:
            if any(word.casefold() in {w.casefold() for w in o.synonyms.get(language, ())} for o in others):
                yield Fault("survey.ambiguous", (*here, "synonyms", language), f"{word} names another option, too")


def _effects(question: Question, path: Path) -> Iterator[Fault]:
    for place, rule in enumerate(question.effects):
        here: Path = (*path, "effects", place)
        for value in rule.values:
            if question.option(value) is None:
                yield Fault("survey.unreachable", (*here, "values", value), f"{value} is no option of this question")
        if rule.rule is Rule.PREFERENCE and rule.field not in FIELDS:
            yield Fault("survey.unknown_field", (*here, "field"), f"a preference is one of {', '.join(FIELDS)}")
        if rule.rule is Rule.BOUNDARY and not set(rule.values.values()) <= {str(scope) for scope in Scope}:
            yield Fault("survey.unknown_scope", (*here, "values"), f"a boundary is one of {', '.join(Scope)}")


def _missing(languages: tuple[str, ...], texts: Texts, path: Path) -> Iterator[Fault]:
    for language in languages:
        if not texts.get(language, "").strip():
            yield Fault("survey.untranslated", path, f"there is no text for {language}")


def _length(survey: Survey, question: Question, place: int, skip: Mapping[str, str]) -> Iterator[Fault]:
    for language in survey.languages:
        word = skip.get(language, "skip")
        text = question_text(question, language, position=place + 1, total=len(survey.questions), skip=word)
        if (count := segments(text)) > MOST_SEGMENTS:
            path: Path = ("questions", place, "sms", language)
            yield Fault("survey.sms_too_long", path, f"{count} parts as a text message ({len(text)} characters)")
