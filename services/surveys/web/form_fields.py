"""What a template shows of a question: words in one language, what was given so far, a block for each child."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.surveys.domain.answers import Answers, limits_of, longest
from services.surveys.domain.definition import Question, text_in
from services.surveys.domain.given import NO, YES, Given
from services.surveys.domain.kinds import NUMERIC, QuestionType, Rule
from shared.web import Request

INPUTS = {  # HTML's own controls (WHATWG HTML 4.10.5): the phone shows the right keyboard
    QuestionType.DATE: ("date", "", ""),
    QuestionType.DATETIME: ("datetime-local", "", ""),
    QuestionType.EMAIL: ("email", "email", "email"),
    QuestionType.PHONE: ("tel", "tel", "tel"),
    QuestionType.NAME: ("text", "", "name"),
    QuestionType.TEXT: ("text", "", ""),
}
_MOST_POINTS = 11  # a scale of more points is written as a number


@dataclass(frozen=True, slots=True)
class Block:
    """The controls of one answer: the question's own, or one child's."""

    name: str
    given: Given
    label: str = ""

    @property
    def id(self) -> str:
        return self.name.replace("@", "-")

    @property
    def number(self) -> str:
        """As it was typed, or as short as it can be written."""
        if self.given.number is None:
            return self.given.text or ""
        return f"{self.given.number:g}"


def in_order(children: Mapping[str, str]) -> list[tuple[str, str]]:
    """Id and name of each child, by name: the order of a panel, on the page and when it is read."""
    return sorted(children.items(), key=lambda pair: (pair[1], pair[0]))


def fields_of(
    questions: Sequence[Question],
    answers: Answers,
    language: str,
    *,
    words: Mapping[str, str] = MappingProxyType({}),
    children: Sequence[tuple[str, str]] = (),
    open_ids: Collection[str] | None = None,
    before: Collection[str] = (),
) -> list[dict[str, Any]]:
    """One dict a question. `open_ids`: those whose condition holds now (None: all); `before`: answers taken from last time."""
    return [
        {
            "id": question.id,
            "type": question.type.value,
            "look": look_of(question),
            "input": INPUTS.get(question.type, ("text", "", "")),
            "detail": question.detail.value if question.detail else None,
            "detail_label": text_in(question.detail_label, language) if question.detail else "",
            "text": text_in(question.text, language),
            "why": text_in(question.why, language) if question.why else "",
            "options": options_of(question, language, words),
            "rows": [(row.value, text_in(row.label, language)) for row in question.rows],
            "unit": text_in(question.unit_label, language) if question.unit_label else "",
            "most": question.most,
            "length": longest(question),
            "min": question.min,
            "max": question.max,
            "places": range(1, (question.most or len(question.options)) + 1),
            "declinable": question.declinable and question.type is not QuestionType.NOTE,
            "concern": any(effect.rule is Rule.CONCERN for effect in question.effects),
            "given": answers.get(question.id, Given()),
            "blocks": blocks_of(question, answers.get(question.id, Given()), children),
            "per_child": question.per_child and len(children) > 1,
            "open": open_ids is None or question.id in open_ids,
            "conditional": question.visible_if is not None,
            "before": question.id in before,
            "number": "",  # on paper, and where paper is typed in
            "said": False,  # typing in: the family has answered this one itself
        }
        for question in questions
    ]


def look_of(question: Question) -> str:
    """Which macro draws it: choices, points, grid, ranking, number, area, line, time, note."""
    match question.type:
        case QuestionType.RANKING:
            return "ranking"
        case QuestionType.MATRIX_SINGLE | QuestionType.MATRIX_MULTI | QuestionType.AVAILABILITY:
            return "grid"
        case QuestionType.LONG_TEXT | QuestionType.VOICE:
            return "area"
        case QuestionType.TEXT:
            # the six first questions take several sentences, and their type is older than `long_text`
            return "line" if question.length and question.length <= 200 else "area"
        case QuestionType.NAME | QuestionType.EMAIL | QuestionType.PHONE | QuestionType.DATE | QuestionType.DATETIME:
            return "line"
        case QuestionType.NOTE:
            return "note"
        case QuestionType.TIME:
            return "time"
        case kind if kind in NUMERIC and not question.options:
            points = _points(question)
            return "points" if points else "number"
        case kind if kind in NUMERIC:
            return "choices"
    return "choices"


def options_of(question: Question, language: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Value and label of each choice; points of a scale without labels are their numbers, yes and no come from `words`."""
    if question.options:
        return [(option.value, text_in(option.label, language)) for option in question.options]
    if question.type is QuestionType.YES_NO:
        return [(YES, words.get("yes", YES)), (NO, words.get("no", NO))]
    if question.type is QuestionType.CONSENT:
        return [(YES, words.get("agree", YES))]
    return [(str(point), str(point)) for point in _points(question)]


def words_of(request: Request) -> dict[str, str]:
    """The few words that questions without options of their own are answered with."""
    return {"yes": request.t("form.yes"), "no": request.t("form.no"), "agree": request.t("page.agree")}


def _points(question: Question) -> range:
    low, high, step = limits_of(question)
    if question.type not in (QuestionType.SCALE, QuestionType.RATING) or low is None or high is None:
        return range(0)
    points = range(int(low), int(high) + 1, int(step or 1) or 1)
    return points if len(points) <= _MOST_POINTS else range(0)


def blocks_of(question: Question, given: Given, children: Sequence[tuple[str, str]]) -> list[Block]:
    """One block, or one for each child of a panel."""
    if not question.per_child:
        return [Block(question.id, given)]
    return [Block(f"{question.id}@{child}", given.children.get(child, Given()), name) for child, name in children]


def fault_texts(request: Request, questions: Sequence[Question], faults: Mapping[str, str]) -> dict[str, str]:
    """What to say about each fault, in the reader's language; "" is the whole form's."""
    asked = {question.id: question for question in questions}
    return {key: _fault_text(request, asked.get(key), code) for key, code in faults.items()}


def _fault_text(request: Request, question: Question | None, code: str) -> str:
    if code in ("constraint", "refused") and question is not None and question.constraint_text:
        return text_in(question.constraint_text, request.locale)
    key = f"error.{code}"
    said = request.t(key)
    return said if said != key else request.t("error.other")
