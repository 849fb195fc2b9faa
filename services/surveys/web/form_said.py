"""An answer in words, for whoever may read it."""

from __future__ import annotations

from collections.abc import Mapping

from services.surveys.domain.definition import Question, text_in
from services.surveys.domain.given import NO, YES, Given
from shared.web import Request

_WORDS = {YES: "form.yes", NO: "form.no"}


def said(request: Request, question: Question, given: Given, *, names: Mapping[str, str]) -> str:
    """The whole answer in the reader's language; `names` of the children that a panel was answered for."""
    if given.declined:
        return request.t("staff.rather_not")
    if given.children:
        each = [
            (names.get(child, ""), said(request, question, one, names=names)) for child, one in given.children.items()
        ]
        return " · ".join(f"{name}: {text}" if name else text for name, text in each)
    return ", ".join([*chosen(request, question, given), *(part for part in (given.time, given.text) if part)])


def chosen(request: Request, question: Question, given: Given) -> list[str]:
    """What was ticked, placed, counted or recorded; not what was written."""
    language = request.locale
    parts = [_label(request, question, value) for value in given.values]
    parts += [
        f"{text_in(row.label, language)}: {', '.join(_label(request, question, value) for value in given.cells[row.value])}"
        for row in question.rows
        if given.cells.get(row.value)
    ]
    if given.number is not None:
        parts.append(
            f"{given.number:g} {text_in(question.unit_label, language) if question.unit_label else ''}".strip()
        )
    if given.media:
        parts.append(request.t("before.recording"))
    return parts


def _label(request: Request, question: Question, value: str) -> str:
    option = question.option(value)
    return text_in(option.label, request.locale) if option is not None else request.t(_WORDS.get(value, value))
