"""Whether what a guardian has answered fits the questions, and only that of it which was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.surveys.domain.definition import Question
from services.surveys.domain.given import DECLINED, NO, YES, Answers, Given, Scalar, given_of, same_for_all, scalar
from services.surveys.domain.kinds import CHOICES, DATED, GRIDS, NUMERIC, SEVERAL, WORDS, Detail, QuestionType
from services.surveys.domain.written import (
    read_date,
    read_datetime,
    read_email,
    read_number,
    read_phone,
    read_time,
    western_digits,
)

__all__ = [
    "DECLINED",
    "LONGEST",
    "NO",
    "YES",
    "Answers",
    "Given",
    "Problem",
    "Scalar",
    "fitted",
    "given_of",
    "limits_of",
    "places",
    "problems",
    "read_date",
    "read_datetime",
    "read_email",
    "read_number",
    "read_phone",
    "read_time",
    "same_for_all",
    "scalar",
    "western_digits",
]

LONGEST = 2_000  # characters of a free text
LINE = 200  # characters of a name, an address, a line
_FIVE = (1.0, 5.0)  # a scale or rating that says nothing else
_READERS = {
    QuestionType.EMAIL: ("not_an_email", read_email),
    QuestionType.PHONE: ("not_a_phone", read_phone),
    QuestionType.DATE: ("not_a_date", read_date),
    QuestionType.DATETIME: ("not_a_datetime", read_datetime),
}
_EXPECTED = {
    **dict.fromkeys(NUMERIC, "not_a_number"),
    **{kind: code for kind, (code, _) in _READERS.items()},
    QuestionType.TIME: "not_a_time",
    QuestionType.NOTE: "unknown",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` and `child` say where in the answer it stands; neither, where it is the whole."""

    code: str
    row: str | None = None
    child: str | None = None


def problems(questions: Sequence[Question], answers: Answers, *, children: Sequence[str]) -> dict[str, str]:
    """The first code for each answer that does not fit its question (`docs/surveys-definitions.md` lists them)."""
    return {question_id: found[0].code for question_id, found in places(questions, answers, children=children).items()}


def places(questions: Sequence[Question], answers: Answers, *, children: Sequence[str]) -> dict[str, list[Problem]]:
    """Everything that does not fit, by question, with the row or the child where it stands."""
    known = {question.id: question for question in questions}
    found: dict[str, list[Problem]] = {}
    for question_id, given in answers.items():
        question = known.get(question_id)
        here = [Problem("unknown")] if question is None else list(_places(question, given, children))
        if here:
            found[question_id] = here
    return found


def _places(question: Question, given: Given, children: Sequence[str]) -> Iterator[Problem]:
    if given.about and given.about not in children:
        yield Problem("not_a_child")
    if not question.per_child or not given.children:
        yield from _problems(question, given)
        return
    for child, each in given.children.items():
        if child not in children:
            yield Problem("not_a_child", child=child)
        else:
            yield from (Problem(problem.code, problem.row, child) for problem in _problems(question, each))


def _problems(question: Question, given: Given) -> Iterator[Problem]:
    if given.empty:
        return
    if given.declined:
        if not question.declinable:
            yield Problem("may_not_decline")
        return
    yield from _chosen(question, given.values)
    yield from _written(question, given)
    if question.type in NUMERIC and given.number is not None:
        yield from _measured(question, given.number)
    if question.type in GRIDS:
        yield from _cells(question, given)
    if _fitted(question, given).empty:
        # words where a number belongs, a number where words do: all of it would be dropped, and nobody would know
        yield Problem(_EXPECTED.get(question.type, "unknown" if question.type in WORDS else "not_an_option"))


def _chosen(question: Question, values: Sequence[str]) -> Iterator[Problem]:
    if question.type in (QuestionType.YES_NO, QuestionType.CONSENT) and not question.options:
        allowed = {YES, NO}
    else:
        allowed = {option.value for option in question.options}
    if any(value not in allowed for value in values):
        yield Problem("not_an_option")
    elif question.type is QuestionType.RANKING and values:
        yield from _ranked(question, values)
    elif len(values) > 1 and question.type not in SEVERAL:
        yield Problem("one_only")
    elif question.most is not None and len(set(values)) > question.most:
        yield Problem("too_many")


def _ranked(question: Question, values: Sequence[str]) -> Iterator[Problem]:
    """Complete: every option has its place, or the first `most`, and none has two."""
    if len(set(values)) != len(values):
        yield Problem("twice")
    elif len(values) > (question.most or len(question.options)):
        yield Problem("too_many")
    elif len(values) < (question.most or len(question.options)):
        yield Problem("not_all")


def _written(question: Question, given: Given) -> Iterator[Problem]:
    if given.time and read_time(given.time) != given.time:
        yield Problem("not_a_time")
    if not given.text:
        return
    if question.type in _READERS:
        code, read = _READERS[question.type]
        if read(given.text) is None:
            yield Problem(code)
    elif len(given.text) > longest(question):
        yield Problem("too_long")


def longest(question: Question) -> int:
    """Characters that may be written."""
    return question.length or (LINE if question.type is QuestionType.NAME else LONGEST)


def limits_of(question: Question) -> tuple[float | None, float | None, float | None]:
    """Smallest, largest and step of a number: five whole points where a scale or rating says nothing else."""
    low, high, step = question.min, question.max, question.step
    if question.type is not QuestionType.NUMBER:
        low, high, step = (_FIVE[0] if low is None else low), (_FIVE[1] if high is None else high), step or 1.0
    return low, high, step


def _measured(question: Question, number: float) -> Iterator[Problem]:
    low, high, step = limits_of(question)
    if question.type is QuestionType.SCALE and question.options:
        yield Problem("not_an_option")  # its points have names
    elif number != number or number in (float("inf"), float("-inf")):
        yield Problem("not_a_number")
    elif low is not None and number < low:
        yield Problem("too_small")
    elif high is not None and number > high:
        yield Problem("too_large")
    elif step and not on_step(number - (low or 0.0), step):
        yield Problem("not_a_step")


def on_step(distance: float, step: float) -> bool:
    """In tenths as people mean them: 0.3 is three steps of 0.1, whatever binary fractions say."""
    steps = distance / step
    return abs(steps - round(steps)) < 1e-6 * max(1.0, abs(steps))


def _cells(question: Question, given: Given) -> Iterator[Problem]:
    rows = {row.value for row in question.rows}
    options = {option.value for option in question.options}
    for row, values in given.cells.items():
        if row not in rows:
            yield Problem("not_a_row", row)
        elif any(value not in options for value in values):
            yield Problem("not_an_option", row)
        elif len(values) > 1 and question.type is QuestionType.MATRIX_SINGLE:
            yield Problem("one_only", row)
        elif question.most is not None and len(set(values)) > question.most:
            yield Problem("too_many", row)


def fitted(question: Question, given: Given, *, children: Sequence[str] = ()) -> Given:
    """Only what the question asked for, in one way of writing: a hidden or foreign part of a form is dropped, a declined
    answer holds nothing. An answer to a per-child question that names no child is one for all `children`."""
    if given.declined:
        return DECLINED
    if not question.per_child:
        return _fitted(question, given)
    if not given.children and children:
        given = same_for_all(given, children)
    each = {child: _fitted(question, answer) for child, answer in given.children.items() if not answer.empty}
    return Given(children=each) if each else _fitted(question, given)


def _fitted(question: Question, given: Given) -> Given:
    if given.declined:
        return DECLINED
    kind = question.type
    takes_values = kind in CHOICES or (kind is QuestionType.SCALE and bool(question.options))
    takes_text = kind in WORDS or kind in DATED or question.detail is Detail.TEXT
    takes_time = kind is QuestionType.TIME or question.detail is Detail.TIME
    text = given.text if takes_text else None
    if text and kind in _READERS:
        text = _READERS[kind][1](text) or text  # what cannot be read was refused before
    return Given(
        values=tuple(dict.fromkeys(given.values)) if takes_values else (),
        text=text,
        time=given.time if takes_time else None,
        about=given.about,
        number=given.number if kind in NUMERIC and not (takes_values and given.values) else None,
        cells={row: tuple(dict.fromkeys(cell)) for row, cell in given.cells.items() if cell} if kind in GRIDS else {},
        media=given.media if kind in WORDS else None,  # words may be spoken on the telephone
    )
