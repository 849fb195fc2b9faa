"""Which tables a question's answers make: who chose what, each home once; and what a number's answers add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.surveys.domain.definition import Question, Survey, Texts
from services.surveys.domain.given import Given, scalar
from services.surveys.domain.kinds import CHOICES, GRIDS, NUMERIC, SEVERAL, WORDS, QuestionType, Rule

NO_ANSWER = "-"  # declined, skipped, or not shown
CHOSEN, NOT_CHOSEN = "chosen", "not_chosen"
YES_NO: tuple[str, ...] = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Column:
    value: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Made:
    """One table of a question: `key` names it in a snapshot; every home stands in exactly one column.

    `never`: columns that are not printed. Who was not asked a conditional question is who gave some answer to another: the
    number of them would tell of a small answer there. For the same reason the options of one question with several answers
    share no column but "not chosen", which is each option's own.
    """

    key: str
    question_id: str
    title: Texts
    columns: tuple[Column, ...]
    part: Texts | None = None  # a row of a grid, or an option of a question with several answers
    never: tuple[str, ...] = ()


def tables_of(survey: Survey) -> tuple[Made, ...]:
    """Not of what a pulse's scores or a poll's result publish: two publications of one figure could be subtracted."""
    return tuple(made for question in survey.questions if not elsewhere(question) for made in _tables(question))


def elsewhere(question: Question) -> bool:
    """Whether its figures are published by the pulse or the poll that it belongs to."""
    return any(effect.rule in (Rule.PULSE, Rule.POLL) for effect in question.effects)


def _tables(question: Question) -> Iterator[Made]:
    options = _options(question)
    none = Column(NO_ANSWER, {})
    never = (NO_ANSWER,) if question.visible_if else ()
    if question.type in SEVERAL:
        for option in options:
            pair = (Column(CHOSEN, option.label), Column(NOT_CHOSEN, {}))
            yield Made(f"{question.id}.{option.value}", question.id, question.text, pair, option.label)
    elif question.type is QuestionType.MATRIX_SINGLE:
        for row in question.rows:
            yield Made(f"{question.id}.{row.value}", question.id, question.text, (*options, none), row.label, never)
    elif question.type in GRIDS:
        for row in question.rows:
            for option in options:
                pair = (Column(CHOSEN, option.label), Column(NOT_CHOSEN, {}))
                part = {tag: f"{text}: {option.label.get(tag, '')}" for tag, text in row.label.items()}
                yield Made(f"{question.id}.{row.value}.{option.value}", question.id, question.text, pair, part)
    elif (question.type in CHOICES or question.type in NUMERIC) and options:
        yield Made(question.id, question.id, question.text, (*options, none), never=never)


def _options(question: Question) -> tuple[Column, ...]:
    if question.options:
        return tuple(Column(option.value, option.label) for option in question.options)
    if question.type in (QuestionType.YES_NO, QuestionType.CONSENT):
        return tuple(Column(value, {}) for value in YES_NO)
    if question.type in (QuestionType.RATING, QuestionType.SCALE) and question.max is not None and question.max <= 11:
        first = int(question.min or (1 if question.type is QuestionType.RATING else 0))
        return tuple(Column(str(step), {"en": str(step)}) for step in range(first, int(question.max) + 1))
    return ()


def column_of(question: Question, made: Made, given: Given | None) -> str:
    """The column in which a home's answer stands. Of a panel the first child's answer counts: one home, one answer."""
    if given is not None and given.children:
        given = next((each for each in given.children.values() if not each.empty), given)
    if given is None or given.empty or given.declined:
        return NOT_CHOSEN if any(column.value == NOT_CHOSEN for column in made.columns) else NO_ANSWER
    rest = made.key[len(question.id) + 1 :]
    if question.type in SEVERAL:
        return CHOSEN if rest in given.values else NOT_CHOSEN
    if question.type in GRIDS:
        return _in_grid(question, rest, given)
    if given.values:
        return _known(made, given.values[0])
    return _known(made, str(int(given.number))) if given.number is not None else NO_ANSWER


def _in_grid(question: Question, rest: str, given: Given) -> str:
    if question.type is QuestionType.MATRIX_SINGLE:
        values = given.cells.get(rest, ())
        return values[0] if values else NO_ANSWER
    row, _, option = rest.rpartition(".")
    return CHOSEN if option in given.cells.get(row, ()) else NOT_CHOSEN


def _known(made: Made, value: str) -> str:
    return value if any(column.value == value for column in made.columns) else NO_ANSWER


def number_of(question: Question, given: Given | None) -> float | None:
    """A number to be averaged. Not where a table tells the answers: a mean beside it would be one equation more."""
    if question.type not in NUMERIC or given is None or elsewhere(question) or any(_tables(question)):
        return None
    seen = scalar(question, given)
    if isinstance(seen, Mapping):
        seen = next(iter(seen.values()), None)
    return float(seen) if isinstance(seen, int | float) else None


def wordy(question: Question) -> bool:
    """Words: counted here, read only by named staff."""
    return question.type in WORDS
