"""A survey as single prompts for a telephone: a matrix row by row, a panel child by child, everything else as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from services.surveys.domain.answers import DECLINED, Answers, Given, read_time, same_for_all
from services.surveys.domain.definition import GRIDS, Detail, Question, QuestionType, Row
from services.surveys.domain.reading import Reader, declines, read_cell, read_reply

MATRICES = frozenset({QuestionType.MATRIX_SINGLE, QuestionType.MATRIX_MULTI})
_NOTHING = Given()
Asked = tuple[Question, tuple[str, ...]]  # a question that applies, and the children for whom it does (of a panel)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to ask. `notes`: what is only shown, and stands before it; `family`: all children of a panel; `time`: only the
    time that belongs to a choice, which a keypad cannot give with it."""

    question: Question
    child: str | None = None
    row: Row | None = None
    notes: tuple[Question, ...] = ()
    family: tuple[str, ...] = ()
    time: bool = False

    @property
    def key(self) -> str:
        """`question`, `question[row]`, `question@child`: what the walk remembers."""
        row = f"[{self.row.value}]" if self.row else "+time" if self.time else ""
        return f"{self.question.id}{row}@{self.child}" if self.child else f"{self.question.id}{row}"


def prompts_of(asked: Sequence[Asked], *, by_row: Collection[QuestionType]) -> list[Prompt]:
    """In order. `by_row`: the grids that are asked line by line."""
    found: list[Prompt] = []
    notes: list[Question] = []
    for question, children in asked:
        if question.type is QuestionType.NOTE:
            notes.append(question)
            continue
        first, *others = _of(question, children, by_row)
        found += [replace(first, notes=tuple(notes)), *others]
        notes = []
    return found


def _of(question: Question, children: Sequence[str], by_row: Collection[QuestionType]) -> Iterator[Prompt]:
    rows: Sequence[Row | None] = question.rows if question.type in by_row and question.rows else (None,)
    family: Sequence[str | None] = tuple(children) if question.per_child and children else (None,)
    for child in family:
        for row in rows:
            yield Prompt(question, child, row, family=tuple(children) if child is not None else ())


def with_times(prompts: Sequence[Prompt], answers: Answers) -> list[Prompt]:
    """For the telephone: behind a choice that was made, the time that may be added to it."""
    found: list[Prompt] = []
    for prompt in prompts:
        found.append(prompt)
        if prompt.question.detail is Detail.TIME and prompt.row is None and inner(prompt, answers).values:
            found.append(replace(prompt, notes=(), time=True))
    return found


def inner(prompt: Prompt, answers: Answers) -> Given:
    """What stands for this prompt's child, or for the whole question."""
    given = answers.get(prompt.question.id, _NOTHING)
    return given.children.get(prompt.child, _NOTHING) if prompt.child is not None and given.children else given


def filled(prompt: Prompt, answers: Answers) -> bool:
    """Whether it was answered or declined, here or elsewhere."""
    if answers.get(prompt.question.id, _NOTHING).declined:
        return True
    given = inner(prompt, answers)
    if given.declined:
        return True
    if prompt.time:
        return given.time is not None
    return bool(given.cells.get(prompt.row.value)) if prompt.row is not None else not given.empty


def merged(prompt: Prompt, answers: Answers, part: Given) -> dict[str, Given]:
    """The answers with what was said at this prompt: a row's options (or its refusal) join those of the other rows."""
    before = answers.get(prompt.question.id, _NOTHING)
    if prompt.family and not before.children and not before.empty:
        before = same_for_all(before, prompt.family)  # one tick on the page stood for every child
    there = before.children.get(prompt.child, _NOTHING) if prompt.child is not None else before
    if prompt.time:
        part = replace(there, time=part.time)
    if prompt.row is not None:
        kept = {row: values for row, values in there.cells.items() if row != prompt.row.value}
        part = Given(cells=kept | ({} if part.declined else dict(part.cells)), about=there.about)
    if prompt.child is not None:
        part = Given(children={**before.children, prompt.child: part})
    return {**answers, prompt.question.id: part}


def read(prompt: Prompt, text: str, reader: Reader) -> Given | None:
    """What was said at this prompt alone."""
    if prompt.time:
        clock = read_time(text)
        return Given(time=clock) if clock else None
    if prompt.row is None:
        return read_reply(prompt.question, text, reader)
    if declines(prompt.question, text, reader.vocabulary):
        return DECLINED
    values = read_cell(prompt.question, text, reader)
    return Given(cells={prompt.row.value: values}) if values else None


def whole(question: Question, answers: Answers, passed: Collection[str]) -> Given | None:
    """A grid whose every line was passed over has been declined."""
    given = answers.get(question.id, _NOTHING)
    lines = {f"{question.id}[{row.value}]" for row in question.rows}
    if question.type in GRIDS and question.rows and given.empty and not question.per_child and lines <= set(passed):
        return DECLINED if question.declinable else None
    return None
