"""A survey's questions as they stand on paper: the same words, the same order as the page and the entry screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.surveys.domain.definition import Question, Survey, text_in
from services.surveys.domain.kinds import GRIDS, NUMERIC, SEVERAL, Detail, QuestionType
from services.surveys.paper.sheet import Item, Shape

Say = Callable[..., str]  # a text of the catalogue in the reader's language
_LINES = {QuestionType.TEXT: 3, QuestionType.LONG_TEXT: 6, QuestionType.VOICE: 6}
_ONE = (QuestionType.SINGLE, QuestionType.LANGUAGE, QuestionType.YES_NO, QuestionType.SCALE, QuestionType.RATING)


def items_of(
    survey: Survey,
    questions: Sequence[Question],
    language: str,
    *,
    say: Say,
    points: Callable[[Question], Sequence[tuple[str, str]]],
    names: Sequence[str],
) -> tuple[Item, ...]:
    """`points`: value and label of every choice, also of a scale without labels; `names`: the children, for a panel."""
    titles = {page.id: text_in(page.title, language) for page in survey.pages}
    found: list[Item] = []
    number, group = 0, None
    for question in questions:
        number += question.type is not QuestionType.NOTE
        title = titles.get(question.group or "", "") if question.group not in (None, group) else ""
        group = question.group or group
        found.append(_item(question, language, number, title, say, points, names))
    return tuple(found)


def _item(
    question: Question,
    language: str,
    number: int,
    title: str,
    say: Say,
    points: Callable[[Question], Sequence[tuple[str, str]]],
    names: Sequence[str],
) -> Item:
    shape = shape_of(question, bool(points(question)))
    hints = [say("paper.if_applies")] if question.visible_if else []
    hints += _how(question, shape, say)
    why = text_in(question.why, language) if question.why and shape is not Shape.NOTE else ""
    blank = text_in(question.detail_label, language) if question.detail is Detail.TIME else ""
    if shape is Shape.BLANK:
        blank = text_in(question.unit_label, language) if question.unit_label else ""
    lines = _LINES.get(question.type, 0) if shape is Shape.LINES else (2 if question.detail is Detail.TEXT else 0)
    return Item(
        number=f"{number}." if shape is not Shape.NOTE else "",
        shape=shape,
        text=text_in(question.text, language),
        why=f"{say('page.why')} {why}" if why else "",
        hint=" ".join(hints),
        choices=tuple(label for _, label in points(question)),
        rows=tuple(text_in(row.label, language) for row in question.rows),
        names=tuple(names) if question.per_child and len(names) > 1 else (),
        blank=blank or (text_in(question.detail_label, language) if question.detail is Detail.TEXT else ""),
        lines=lines,
        decline=say("page.decline") if question.declinable and shape is not Shape.NOTE else "",
        group=title,
    )


def _how(question: Question, shape: Shape, say: Say) -> list[str]:
    if shape is Shape.ORDER:
        return [say("paper.number")]
    if shape is Shape.GRID:
        return [say("paper.one_each" if question.type is QuestionType.MATRIX_SINGLE else "paper.any")]
    if question.type in SEVERAL:
        return [say("page.at_most", number=question.most) if question.most else say("paper.any")]
    return [say("paper.one")] if shape is Shape.BOXES and question.type in _ONE else []


def shape_of(question: Question, choices: bool) -> Shape:
    """How it is answered with a pen."""
    if question.type is QuestionType.NOTE:
        return Shape.NOTE
    if question.type is QuestionType.RANKING:
        return Shape.ORDER
    if question.type in GRIDS:
        return Shape.GRID
    if question.type in _LINES:
        return Shape.LINES
    if question.type in NUMERIC and not choices:
        return Shape.BLANK
    return Shape.BOXES if choices else Shape.BLANK
