"""The columns of an export, the same in every format, and a response as one row of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from services.surveys.domain.definition import Question, Survey, text_in
from services.surveys.domain.given import Given
from services.surveys.domain.kinds import CHOICES, GRIDS, NUMERIC, SEVERAL, Privacy, QuestionType

Value = str | float | None


class Kind(Enum):
    """How a column is typed: a number, a code with labels, words."""

    NUMBER = "number"
    CODE = "code"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `codes`: by the stored value, (number, label): code books number from 1. `question` None: about the response."""

    name: str
    label: str
    kind: Kind
    codes: Mapping[str, tuple[int, str]]
    question: Question | None = None
    part: str = ""
    option: str = ""

    @property
    def asked(self) -> str:
        return text_in(self.question.text, "en") if self.question is not None else ""


YES_NO = {"yes": (1, "Yes"), "no": (2, "No")}
TICK = {"1": (1, "chosen"), "0": (0, "not chosen")}


def fields_of(survey: Survey) -> tuple[Field, ...]:
    """Who answered as far as the survey's privacy allows, then every question. Anonymous: no person, no home, no time."""
    return (*_about(survey.identified), *(field for question in survey.questions for field in _fields(question)))


def _about(privacy: Privacy) -> Iterator[Field]:
    def words(name: str, label: str) -> Field:
        return Field(name, label, Kind.WORDS, {})

    yield words("response", "Number of the response")
    yield words("school", "School")
    if privacy is Privacy.ANONYMOUS:
        return
    if privacy is Privacy.IDENTIFIED:
        yield words("guardian_id", "Guardian, as the roster numbers them")
        yield words("guardian", "Guardian's name")
    yield words("grade", "Grade of a child")
    yield words("language", "Language of the answers")
    yield words("via", "How the answers came")
    yield words("submitted_at", "When they came (UTC)")
    yield Field("weight", "Weight (raking; empty where the margins could not be met)", Kind.NUMBER, {})


def _fields(question: Question) -> Iterator[Field]:
    text = text_in(question.text, "en")
    options = _options(question)
    if question.type is QuestionType.NOTE:
        return
    if question.type is QuestionType.RANKING:
        for value, (_, label) in options.items():
            yield Field(f"{question.id}__{value}", f"{text}: {label}", Kind.NUMBER, {}, question, option=value)
    elif question.type in SEVERAL:
        for value, (_, label) in options.items():
            yield Field(f"{question.id}__{value}", f"{text}: {label}", Kind.CODE, TICK, question, option=value)
    elif question.type in GRIDS:
        yield from _grid(question, text, options)
    elif question.type in NUMERIC and not question.options:
        yield Field(question.id, text, Kind.NUMBER, {}, question)
    elif options and (question.type in CHOICES or question.options):
        yield Field(question.id, text, Kind.CODE, options, question)
    else:
        yield Field(question.id, text, Kind.WORDS, {}, question)
    if question.detail is not None:
        yield Field(f"{question.id}__detail", f"{text}: detail", Kind.WORDS, {}, question, part="detail")


def _grid(question: Question, text: str, options: Mapping[str, tuple[int, str]]) -> Iterator[Field]:
    for row in question.rows:
        line = f"{text}: {text_in(row.label, 'en')}"
        if question.type is QuestionType.MATRIX_SINGLE:
            yield Field(f"{question.id}__{row.value}", line, Kind.CODE, options, question, part=row.value)
            continue
        for value, (_, label) in options.items():
            name = f"{question.id}__{row.value}__{value}"
            yield Field(name, f"{line}: {label}", Kind.CODE, TICK, question, part=row.value, option=value)


def _options(question: Question) -> Mapping[str, tuple[int, str]]:
    if question.type in (QuestionType.YES_NO, QuestionType.CONSENT) and not question.options:
        return YES_NO
    return {option.value: (number, text_in(option.label, "en")) for number, option in enumerate(question.options, 1)}


def row_of(fields: Sequence[Field], about: Mapping[str, Any], given: Mapping[str, Given]) -> list[Value]:
    """The values in the order of the fields: a code as it is stored ("yes"), a tick as "1" or "0"; None for no answer."""
    return [
        _about_value(about.get(f.name)) if f.question is None else _value(f, given.get(f.question.id)) for f in fields
    ]


def _about_value(value: Any) -> Value:
    return value if value is None or isinstance(value, float) else str(value)


def _value(field: Field, given: Given | None) -> Value:
    question = field.question
    if given is not None and given.children:
        given = next((each for each in given.children.values() if not each.empty), given)
    if question is None or given is None or given.declined or given.empty:
        return None
    if field.part == "detail":
        return given.text or given.time
    if question.type in GRIDS:
        cells = given.cells.get(field.part, ())
        if field.option:
            return "1" if field.option in cells else "0"
        return cells[0] if cells else None
    if question.type is QuestionType.RANKING:
        return float(given.values.index(field.option) + 1) if field.option in given.values else None
    if question.type in SEVERAL:
        return "1" if field.option in given.values else "0"
    if field.kind is Kind.NUMBER:
        return given.number
    if field.kind is Kind.CODE:
        return given.values[0] if given.values else None
    return given.text or given.time or (given.media and "recording") or None
